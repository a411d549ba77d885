"""Events: students end at scoring, one writer a topic, and every topic and event is documented and has its example."""

import ast
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import pytest
from pydantic import BaseModel, TypeAdapter

from shared.events import catalog, records, rejections, sis
from shared.events.envelope import Event, Frozen, Text
from shared.events.topic import Topic
from tests.architecture.sources import REPOSITORY, plant, sources

# What tells of one student. Topics outside STUDENT_TOPICS carry groups and counts only.
STUDENT_FIELDS = {
    "student_id", "student_ids", "scale_score", "result_id", "birth_date", "first_name", "last_name", "gender",
    "race", "entry_date", "exit_date", "fay_school", "fay_district", "fay_state", "share_of_day", "body_base64",
    "value_base64", "exit_kind", "exit_score", "exam_score", "exit_reason", "exit_evidence", "staff_id",
    "is_referred", "is_arrested",
}  # fmt: skip
STUDENT_RECORDS = (
    records.StudentRecord,
    records.DemographicsRecord,
    records.EnrollmentRecord,
    records.ResultRecord,
    records.AttendanceRecord,
    records.TranscriptRecord,
    records.AwardsRecord,
    records.CohortMemberRecord,
    records.StaffRecord,
    records.AssignmentRecord,
    records.InvolvementRecord,
    records.ActionRecord,
    records.OutcomeRecord,
)
STUDENT_TOPICS = {*(topic.name for topic in sis.SIS), rejections.REJECTIONS.name}
# Who writes what; rejections may come from any service.
WRITERS = {
    "SIS": "ingest", "DIRECTORY": "ingest", "STUDENTS": "ingest", "ENROLLMENTS": "ingest", "RESULTS": "ingest",
    "ATTENDANCE": "ingest", "ACCOUNTABILITY": "ingest", "SCORES": "scoring", "EDITIONS": "scoring",
    "DESIGNATIONS": "designation", "PUBLISHED": "reportcard", "NOTICES": "notify",
}  # fmt: skip
# Services that name a Fact's topic by a variable: ingest, whose resource table says which sis topic a record goes to.
BY_TABLE = {"ingest"}


def models_of(topic: Topic) -> set[type[BaseModel]]:
    """Every model that a topic's events are built of."""
    found: set[type[BaseModel]] = set()
    _collect(topic.events._type, found)
    return found


def events_of(topic: Topic) -> set[type[Event]]:
    """The event classes of a topic."""
    return {model for model in models_of(topic) if issubclass(model, Event)}


def student_fields(topic: Topic) -> list[str]:
    """Fields and records in a topic's events that tell of one student."""
    found = [
        f"{topic.name}: {model.__name__}.{name}"
        for model in models_of(topic)
        for name in model.model_fields
        if name in STUDENT_FIELDS
    ]
    return sorted(found + [f"{topic.name}: {model.__name__}" for model in models_of(topic) if model in STUDENT_RECORDS])


def fact_targets(root: Path) -> list[tuple[str, str, str]]:
    """(place, service, what stands as the topic) of every Fact that a service makes."""
    found = []
    for source in sources(root, ("services",)):
        for node in ast.walk(source.syntax):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fact"):
                continue
            named = [keyword.value for keyword in node.keywords if keyword.arg == "topic"]
            target = (list(node.args) + named)[0]
            found.append((f"{source.path}:{node.lineno}", source.service or "", ast.unparse(target)))
    return found


def foreign_writers(root: Path) -> list[str]:
    """Facts for a topic that another service writes, and topics that cannot be told from the code."""
    found = []
    for place, service, target in fact_targets(root):
        name = target.split(".")[-1]
        if name == "REJECTIONS" or (name not in WRITERS and service in BY_TABLE):
            continue
        if WRITERS.get(name) != service:
            found.append(f"{place}: {service} writes {target}, which {WRITERS.get(name, 'nobody known')} writes")
    return found


def _collect(kind: Any, found: set[type[BaseModel]]) -> None:
    for part in get_args(kind):
        _collect(part, found)
    if get_origin(kind) is None and isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in found:
        found.add(kind)
        for field in kind.model_fields.values():
            _collect(field.annotation, found)


@pytest.mark.parametrize("topic", catalog.TOPICS, ids=lambda topic: topic.name)
def test_students_end_at_scoring(topic: Topic) -> None:
    if topic.name in STUDENT_TOPICS - {"sis.directory.v1"}:
        assert student_fields(topic) != []  # the check does see students where they may be
    elif topic.name not in STUDENT_TOPICS:
        assert student_fields(topic) == []


def test_a_student_deep_inside_an_event_is_caught() -> None:
    class Inner(Frozen):
        student_id: Text

    class Leaking(Event):
        groups: dict[str, tuple[Inner, ...]]

    class Recording(Event):
        results: tuple[sis.Revised[records.ResultRecord], ...] | None

    one = Topic("leak", 1, "state", TypeAdapter(Annotated[Leaking, ...]), "")
    two = Topic("leak", 1, "state", TypeAdapter(Recording), "")
    assert student_fields(one) == ["leak: Inner.student_id"]
    assert "leak: ResultRecord" in student_fields(two)


def test_every_topic_has_one_writer() -> None:
    assert foreign_writers(REPOSITORY) == []
    assert {"DESIGNATIONS"} <= {target for _, _, target in fact_targets(REPOSITORY)}  # the check does see Facts


@pytest.mark.parametrize(
    "text",
    [
        "FACTS = [Fact(DESIGNATIONS, 'key', event)]",
        "FACTS = [Fact(topic=sis.RESULTS, key='key', event=event)]",
        "FACTS = [Fact(topic, 'key', event)]",
    ],
)
def test_a_second_writer_is_caught(text: str, tmp_path: Path) -> None:
    assert len(foreign_writers(plant(tmp_path, {"services/notify/handle.py": text}))) == 1


def test_the_writer_itself_passes(tmp_path: Path) -> None:
    text = "FACTS = [Fact(NOTICES, 'key', event), Fact(REJECTIONS, 'key', event)]"
    assert foreign_writers(plant(tmp_path, {"services/notify/handle.py": text})) == []


def test_every_topic_of_the_catalog_has_a_writer() -> None:
    from shared.events import designations, editions, notices, published, scores

    modules = (sis, scores, editions, designations, published, notices)
    constants = [getattr(module, name, None) for module in modules for name in WRITERS]
    named = [constant for constant in constants if isinstance(constant, Topic)]
    assert {topic.name for topic in named} == {topic.name for topic in catalog.TOPICS} - {rejections.REJECTIONS.name}
