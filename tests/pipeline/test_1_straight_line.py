"""The straight line: records in, released cards and running clocks out, once; a replay gives the same bytes."""

import json
from collections import Counter
from pathlib import Path

import httpx
import sqlalchemy as sa

from deploy import log, records, recount, replay, story, whatif
from shared.events.catalog import TOPICS
from shared.events.editions import EDITIONS
from shared.events.notices import NOTICES
from shared.events.sis import SIS
from shared.runtime import inbox
from shared.vocabulary.identity import canonical
from tests.pipeline.conftest import Reference
from tests.pipeline.samples import Sample


def test_every_good_line_is_taken_in_and_every_faulty_one_refused(sample: Sample, reference: Reference) -> None:
    held = reference.line.state.get("ingest", "/status")["records"]
    assert sum(held.values()) == recount.records(sample.folder, sample.manifest)
    assert reference.totals["refused"] == sum(sample.manifest.faulty.values()) > 0


def test_statewide_participation_is_what_the_files_say(sample: Sample, reference: Reference) -> None:
    for school_year, edition in reference.editions.items():
        scored = [e for e in reference.line.edition(edition) if e["type"] == "entity.scored" and e["level"] == "state"]
        counts = {
            c["measure"]: (c["numerator"], c["denominator"]) for c in scored[0]["counts"] if c["subgroup"] == "all"
        }
        for subject, numbers in recount.participation(sample.folder, school_year).items():
            assert counts[f"{subject}.participation"] == numbers


def test_schools_have_letters_and_the_lowest_are_identified(sample: Sample, reference: Reference) -> None:
    last = sample.manifest.years[-1]
    events = reference.line.edition(reference.editions[last])
    letters = recount.letters([e for e in events if e["type"] == "entity.scored"])
    identified = [e for e in events if e["type"] == "school.designated" and e["after"]]
    assert sum(letters.values()) > 0
    assert identified
    assert all(e["starts_on"] == "2025-09-15" for e in identified)


def test_a_released_card_is_public_and_an_unreleased_one_is_not(sample: Sample, reference: Reference) -> None:
    line, last = reference.line, sample.manifest.years[-1]
    school = json.loads((sample.folder / "state/schools.ndjson").read_text().splitlines()[0])["schoolId"]
    page = f"{line.cluster.url('reportcard')}/schools/{school}"
    assert httpx.get(page, params={"year": last}).status_code == 404
    released = line.state.release(reference.editions[last])
    again = line.state.release(reference.editions[last])
    assert again["fingerprint"] == released["fingerprint"]
    line.wait("the release is served", lambda: httpx.get(page, params={"year": last}).status_code == 200)
    assert str(school) in httpx.get(f"{page}.json", params={"year": last}).text


def test_each_newly_identified_school_has_one_notice_and_its_mail_leaves_once(reference: Reference) -> None:
    line = reference.line
    events = [e for edition in reference.editions.values() for e in line.edition(edition)]
    owing = {"comprehensive_support", "additional_targeted_support", "targeted_support"}  # what the chapter names
    told = [e for e in events if e["type"] == "school.designated"]
    identified = {(e["school_id"], status) for e in told for status in owing & {*e["after"]} - {*e["before"]}}
    line.wait("notices are open", lambda: len(line.state.get("notify", "/obligations")) >= len(identified))
    notices = line.state.get("notify", "/obligations")
    assert sorted((n["school_id"], n["status"]) for n in notices) == sorted(identified)
    mailed = [e for e in line.events(NOTICES.name) if e["type"] == "notice.mailed"]
    line.wait("the first mails left", lambda: len(line.cluster.mails) > 0)
    assert max(Counter(e["message_id"] for e in mailed).values(), default=0) <= 1


def test_the_same_push_again_changes_nothing(sample: Sample, reference: Reference) -> None:
    line, year = reference.line, sample.manifest.years[-1]
    names = [topic.name for topic in SIS]
    before = log.ends(line.cluster.bootstrap, names, line.namespace)
    pushes = [*story.directory(sample.folder), *story.year(sample.folder, year)]
    totals = line.push([push for push in pushes if "corrections" not in push.path.parts])
    assert totals["new"] == totals["changed"] == 0
    assert totals["unchanged"] == totals["received"] - totals["refused"] - totals["parked"]
    assert log.ends(line.cluster.bootstrap, names, line.namespace) == before


def test_certifying_again_gives_the_same_edition(sample: Sample, reference: Reference) -> None:
    last = sample.manifest.years[-1]
    before = len(reference.line.events(EDITIONS.name))
    assert reference.line.certify(last) == reference.editions[last]
    assert len(reference.line.events(EDITIONS.name)) == before


def test_scored_offline_from_its_records_every_year_is_the_same(reference: Reference, tmp_path: Path) -> None:
    """Ratings, counts, who was left out, statuses and reasons: event by event, to the last digit."""
    line = reference.line
    held = records.write(line.cluster.bootstrap, tmp_path, line.namespace)
    assert sum(held.values()) == sum(line.state.get("ingest", "/status")["records"].values())
    for school_year, edition in reference.editions.items():
        told = {(e["type"], e.get("entity_id") or e.get("school_id")): e for e in line.edition(edition)}
        found = whatif.scored(tmp_path, line.cluster.settings.state, school_year, [], False, min(reference.editions))
        assert found["policy_fingerprint"] == told["edition.opened", None]["policy_fingerprint"]
        assert len(found["entities"]) == sum(told["edition.closed", None]["entities"].values())
        for entity in found["entities"]:
            support = entity.pop("support", {})
            for event, part in (("entity.scored", entity), ("school.designated", support)):
                theirs = told[event, entity["entity_id"]] if part else {}
                assert canonical(part) == canonical({name: theirs[name] for name in part}), entity["entity_id"]


def test_no_id_has_two_bodies_and_none_is_applied_twice(reference: Reference) -> None:
    line = reference.line
    for topic in TOPICS:
        line.events(topic.name)  # asserts one body an id
    line.wait(
        "nothing is left to do", lambda: all(line.backlog(s) == 0 for s in ("scoring", "designation", "reportcard"))
    )
    ids = {e["event_id"] for topic in SIS for e in line.events(topic.name)}
    applied = line.rows("scoring", sa.select(sa.func.count()).select_from(inbox.applied))[0][0]
    assert applied == len(ids)


def test_a_replay_gives_the_same_bytes_and_mails_nobody(reference: Reference) -> None:
    line = reference.line
    line.wait("nothing is left to do", lambda: line.backlog("notify") == 0)
    mails = len(line.cluster.mails)
    into = f"{line.cluster.database_url}_replay"
    done = replay.replay(line.cluster.bootstrap, into, line.cluster.settings.state, line.namespace)
    assert done.compared["accountability.editions.v1"] > 0
    assert done.compared["accountability.designations.v1"] > 0
    assert done.mails_planned == 0
    assert len(line.cluster.mails) == mails
