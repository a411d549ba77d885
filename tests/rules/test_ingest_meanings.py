"""What bodies mean, case by case: tests/cases/ingest/meanings*.yaml and claims.yaml."""

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from services.ingest.policy import intake_in_force
from services.ingest.rules.catalog import BY_NAME, TABLE
from services.ingest.rules.resources import examine
from tests.services import accountability_bodies
from tests.services import ingest_door as bodies

FOLDER = Path(__file__).parents[1] / "cases/ingest"
FILES = ("meanings.yaml", "meanings_accountability.yaml", "claims.yaml")
CASES = [case for name in FILES for case in yaml.safe_load((FOLDER / name).read_text())]
MAKE = {
    "localEducationAgencies": bodies.district,
    "schools": bodies.school,
    "assessments": bodies.assessment,
    "students": bodies.student,
    "studentSchoolAssociations": bodies.enrollment,
    "studentEducationOrganizationAssociations": bodies.groups,
    "studentAssessments": bodies.result,
    "studentSchoolAttendanceEvents": bodies.absence,
    **accountability_bodies.MAKE,
}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_body_means_what_the_case_says(case: dict[str, Any]) -> None:
    resource, intake = BY_NAME[case["resource"]], intake_in_force("ms")
    body = orjson.loads(orjson.dumps(MAKE[case["resource"]](**case["body"])))
    fields, reasons = examine(resource, resource.form(intake), body, intake, None)
    assert reasons == case.get("reasons", {})
    if "reasons" in case:
        assert fields is None
    else:
        assert fields is not None
        assert {name: fields[name] for name in case["fields"]} == case["fields"]


def test_parents_stand_before_their_children_in_the_table() -> None:
    intake, seen = intake_in_force("ms"), set()
    for resource in TABLE:
        body = MAKE[resource.name]()
        fields, _ = examine(resource, resource.form(intake), body, intake, None)
        assert fields is not None
        assert {name for name, *_ in resource.needs(fields, body)} <= seen
        seen.add(resource.name)


def test_the_year_of_the_url_stands_for_a_missing_school_year() -> None:
    resource, intake = BY_NAME["studentEducationOrganizationAssociations"], intake_in_force("ms")
    body = bodies.groups(_ext={})
    fields, _ = examine(resource, resource.form(intake), body, intake, "2023-24")
    assert fields is not None
    assert fields["school_year"] == "2023-24"
