"""Late corrections: a new edition, later years marked stale; one changed record moves the fingerprint."""

import json

import httpx

from tests.pipeline.conftest import Reference
from tests.pipeline.samples import Sample


def test_a_late_correction_is_a_new_edition_and_marks_later_years_stale(sample: Sample, reference: Reference) -> None:
    line, (first, last) = reference.line, sample.manifest.years
    for year in (first, last):
        line.state.release(reference.editions[year])
    path = sample.folder / "state" / first / "studentAssessments.ndjson"
    changed = _another_level(path)
    before = line.content_fingerprint(reference.editions[first])
    answer = line.state.post("ingest", "/data/v3/ed-fi/studentAssessments", changed)
    assert answer is not None
    corrected = line.certify(first)
    assert corrected != reference.editions[first]
    assert line.content_fingerprint(corrected) != before
    line.state.release(corrected)

    def known() -> dict[str, dict[str, object]]:
        return {e["edition_id"]: e for e in line.state.get("reportcard", "/api/editions")}

    line.wait("the later year is stale", lambda: bool(known()[reference.editions[last]].get("stale_because")))
    assert known()[corrected]["state"] == "released"
    changes = httpx.get(f"{line.cluster.url('reportcard')}/editions/{corrected}/changes.json")
    assert changes.status_code == 200  # the published difference, for everyone
    assert changes.json()["changes"]
    assert not known()[corrected].get("stale_because")
    assert line.content_fingerprint(reference.editions[first]) == before  # the old edition stands as it was


def test_putting_the_record_back_gives_the_first_numbers_again(sample: Sample, reference: Reference) -> None:
    line, first = reference.line, sample.manifest.years[0]
    path = sample.folder / "state" / first / "studentAssessments.ndjson"
    line.state.post("ingest", "/data/v3/ed-fi/studentAssessments", json.loads(path.read_text().splitlines()[0]))
    again = line.certify(first)
    assert again != reference.editions[first]  # another cut is another edition
    assert line.content_fingerprint(again) == line.content_fingerprint(reference.editions[first])


def _another_level(path) -> dict[str, object]:  # type: ignore[no-untyped-def]
    """The first result of the file with its score taken away: expected, not tested."""
    body: dict[str, object] = json.loads(path.read_text().splitlines()[0])
    assert body.pop("scoreResults")
    assert body.pop("performanceLevels")
    return {**body, "reasonNotTestedDescriptor": "uri://ed-fi.org/ReasonNotTestedDescriptor#Absent"}
