"""Editions as they come: whole ones become cards, broken ones are refused, corrections are told, releases restored."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.reportcard import store, timer
from shared.events.designations import DESIGNATIONS
from shared.events.editions import Amount
from shared.events.published import PUBLISHED
from shared.runtime.database import prepare
from shared.vocabulary.identity import fingerprint
from tests.services.reportcard_builders import (
    CHAPTERS,
    NOW,
    Edition,
    School,
    Service,
    make_edition,
    random_state,
)

STATE = random_state(3, 2, 5)
AMOUNTS = (
    Amount(measure="spending.essa", numerator="12018013.4", denominator="1222", unit="dollars"),
    Amount(measure="equity.low_income.inexperienced.signed_gap", numerator="-0.0113", denominator="1", unit="share"),
    Amount(measure="safety.violence", numerator="3", denominator=None, unit="incidents"),
)
EDITION = make_edition(STATE, amounts=AMOUNTS)


@pytest.fixture
def service(database_url: str, folder: Path) -> Service:
    return Service(prepare(database_url, "reportcard"), folder)


def listed(service: Service) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = service.http.get("/api/editions", headers=service.bearer("state")).json()
    return found


def cards(service: Service, edition: Edition) -> list[str]:
    with service.engine.connect() as connection:
        query = sa.select(store.cards.c.body).where(store.cards.c.edition_id == edition.edition_id)
        ordered = query.order_by(store.cards.c.level, store.cards.c.entity_id)
        return list(connection.execute(ordered).scalars())


def test_an_edition_is_due_when_both_halves_are_whole_and_then_built(service: Service) -> None:
    service.send(EDITION.scores)
    timer.build(service.runtime)
    assert [one["state"] for one in listed(service)] == ["arriving"]
    service.send(EDITION.designations, DESIGNATIONS)
    assert [one["state"] for one in listed(service)] == ["due"]
    timer.build(service.runtime)
    assert [one["state"] for one in listed(service)] == ["built"]
    assert len(cards(service, EDITION)) == 5 + 2 + 1  # schools, districts, the state
    assert service.rejections() == []


def test_the_halves_may_come_in_either_order(service: Service, folder: Path) -> None:
    service.send(EDITION.designations, DESIGNATIONS)
    service.send(EDITION.scores)
    timer.build(service.runtime)
    assert [one["state"] for one in listed(service)] == ["built"]


def test_messages_twice_change_nothing(service: Service) -> None:
    service.take(EDITION)
    before = cards(service, EDITION)
    handled = service.send(EDITION.scores)
    assert (handled.applied, handled.duplicates) == (0, len(EDITION.scores))
    timer.build(service.runtime)
    assert cards(service, EDITION) == before


def test_the_fingerprint_is_over_the_cards_as_the_public_gets_them(service: Service) -> None:
    service.take(EDITION)
    with service.engine.connect() as connection:
        rows = connection.execute(sa.select(store.cards.c.level, store.cards.c.entity_id, store.cards.c.body)).all()
    rank = {"state": 0, "district": 1, "school": 2}
    ordered = sorted(rows, key=lambda row: (rank[row.level], row.entity_id))
    assert listed(service)[0]["fingerprint"] == fingerprint(row.body.encode() for row in ordered)


@pytest.mark.parametrize("missing", [1, 4])
def test_an_edition_with_a_message_missing_is_refused_with_the_reason(service: Service, missing: int) -> None:
    scores = [event for place, event in enumerate(EDITION.scores) if place != missing]
    assert service.send(scores).rejected == 1
    (rejection,) = service.rejections()
    assert "{'district': 2, 'school': 5, 'state': 1}, {'district': 2, 'school': 4, 'state': 1} came" in rejection.reason
    service.send(EDITION.designations, DESIGNATIONS)
    timer.build(service.runtime)
    assert [one["state"] for one in listed(service)] == ["arriving"]


def test_an_edition_with_a_changed_message_is_refused_by_its_checksum(service: Service) -> None:
    changed = EDITION.scores[1].model_copy(update={"left_out": ()})
    assert service.send([EDITION.scores[0], changed, *EDITION.scores[2:]]).rejected == 1
    assert "checksum" in service.rejections()[0].reason


def test_a_message_of_an_edition_that_was_never_opened_is_refused(service: Service) -> None:
    assert service.send(EDITION.scores[1:2]).rejected == 1
    assert "never opened" in service.rejections()[0].reason


@pytest.mark.parametrize(
    ("chapters", "reason"),
    [
        ({}, "'reportcard'"),
        ({**CHAPTERS, "reportcard": {**CHAPTERS["reportcard"], "minimum_n": {"value": "ten"}}}, "minimum_n: 'ten'"),
        ({**CHAPTERS, "reportcard": {**CHAPTERS["reportcard"], "series_ranges": {"value": ["0-10"]}}}, "series_ranges"),
    ],
)
def test_an_edition_whose_law_cannot_decide_is_refused_at_its_head(
    service: Service, chapters: dict[str, Any], reason: str
) -> None:
    head = EDITION.scores[0].model_copy(update={"chapters": chapters})
    assert service.send([head]).rejected == 1
    assert reason in service.rejections()[0].reason


def test_a_closed_edition_takes_no_more(service: Service) -> None:
    service.take(EDITION)
    late = EDITION.scores[1].model_copy(update={"event_id": EDITION.edition_id})
    assert service.send([late]).rejected == 1
    assert "closed already" in service.rejections()[0].reason


def test_a_release_is_published_once_and_stands(service: Service) -> None:
    service.take(EDITION)
    first, second = service.release(EDITION), service.release(EDITION)
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    (event,) = service.out(PUBLISHED)
    assert event.fingerprint == first.json()["fingerprint"] == listed(service)[0]["fingerprint"]
    assert (event.released_by, event.released_at) == ("client-1", NOW)


def test_an_edition_that_is_not_built_cannot_be_released(service: Service) -> None:
    service.send(EDITION.scores)
    answer = service.release(EDITION)
    assert answer.status_code == 409
    assert "arriving" in answer.json()["detail"]
    assert service.out(PUBLISHED) == []


def test_an_unknown_edition_cannot_be_released(service: Service) -> None:
    assert service.release(EDITION).status_code == 404


@pytest.fixture
def rebuilt(postgres: Any, database_url: str, folder: Path) -> Iterator[tuple[Service, Service]]:
    """The service as it was, and a second one whose schema is dropped and read anew from the topics."""
    first = Service(prepare(database_url, "reportcard"), folder)
    first.take(EDITION)
    first.release(EDITION)
    before = Snapshot(first)
    with first.engine.begin() as connection:
        connection.execute(sa.text("drop schema reportcard cascade"))
    second = Service(prepare(database_url, "reportcard"), folder)
    second.send(before.published, PUBLISHED)
    second.take(EDITION)
    yield before, second  # type: ignore[misc]


class Snapshot:
    """What the public could see, and what was published."""

    def __init__(self, service: Service) -> None:
        self.card = service.http.get("/schools/S001.json").content
        self.editions = service.http.get("/api/editions").content
        self.published = service.out(PUBLISHED)


def test_a_rebuilt_database_opens_what_was_open_and_nothing_else(rebuilt: tuple[Snapshot, Service]) -> None:
    before, again = rebuilt
    assert again.http.get("/schools/S001.json").content == before.card
    assert again.http.get("/api/editions").content == before.editions
    assert again.out(PUBLISHED) == []  # a release that was read is not published again


def corrected() -> list[School]:
    """The state with 12 more boys, all proficient in reading, at S001."""
    state = random_state(3, 2, 5)
    state[1].add(12, ["male", "white"], reading__proficiency=1)
    return state


def test_a_correction_tells_its_public_difference_and_marks_later_years(service: Service) -> None:
    old = make_edition(STATE, cut=1, year="2023-24")
    later = make_edition(STATE, cut=2, year="2024-25", history={"2023-24": old.edition_id})
    new = make_edition(corrected(), cut=3, year="2023-24")
    for edition in (old, later):
        service.take(edition)
        service.release(edition)
    later_before = cards(service, later)
    service.take(new)
    service.release(new)
    assert cards(service, later) == later_before
    by_id = {one["edition_id"]: one for one in listed(service)}
    assert by_id[str(later.edition_id)]["stale_because"] == [
        "averages and prior statuses of 2024-25 rest on an edition of 2023-24 that has since been corrected"
    ]
    assert by_id[str(new.edition_id)]["stale_because"] == by_id[str(old.edition_id)]["stale_because"] == []
    rows = service.http.get(f"/editions/{new.edition_id}/changes.json").json()["changes"]
    touched = {row["entity_id"] for row in rows}
    assert touched >= {"S001", "D01", "ms"}  # the school, its district, the state; others only as cover
    assert not touched & {"S000", "S002", "S004"}
    notes = service.http.get("/schools/S001.json?year=2023-24").json()["notes"]
    assert [note["kind"] for note in notes] == ["corrected"]


def test_a_difference_is_between_public_values_only(service: Service) -> None:
    old, new = make_edition(STATE, cut=1), make_edition(corrected(), cut=2)
    seen = []
    for edition in (old, new):
        service.take(edition)
        service.release(edition)
        body = service.http.get("/schools/S001.json").json()
        seen.append({row["subgroup"]: row["cell"] for row in body["measures"][0]["rows"]})
    rows = service.http.get(f"/editions/{new.edition_id}/changes.json").json()["changes"]
    told = {row["place"]: (row["before"], row["after"]) for row in rows if row["entity_id"] == "S001"}
    for group in ("all", "male"):
        before, after = (_text(cells[group]) for cells in seen)
        assert told.get(f"reading.proficiency/{group}", (before, before)) == (before, after)


def test_an_edition_whose_year_is_not_corrected_is_not_stale(service: Service) -> None:
    old = make_edition(STATE, cut=1, year="2023-24")
    later = make_edition(STATE, cut=2, year="2024-25", history={"2023-24": old.edition_id})
    service.take(old)
    service.take(later)
    assert [one["stale_because"] for one in listed(service)] == [[], []]


def test_the_gauge_counts_editions_by_state(service: Service) -> None:
    service.take(EDITION)
    timer.measure(service.runtime)
    gauge = service.runtime.metrics.registry.get_sample_value
    assert gauge("schoolmark_editions", {"state": "built"}) == 1
    service.release(EDITION)
    timer.measure(service.runtime)
    assert gauge("schoolmark_editions", {"state": "built"}) == 0
    assert gauge("schoolmark_editions", {"state": "released"}) == 1


def test_no_number_of_a_hidden_cell_leaves_in_the_public_json(service: Service) -> None:
    """Walks every card: a mask or a range stands alone; counts stand only beside the exact percentage they make."""
    service.take(EDITION)
    service.release(EDITION)
    hidden = exact = 0
    for body in cards(service, EDITION):
        for cell in _cells(json.loads(body)):
            shown = cell["display"]
            if shown in ("<10", "*", "<5%", ">95%") or ("-" in shown and shown.endswith("%")):
                hidden += 1
                assert set(cell) == {"display"}
            elif "denominator" in cell:
                exact += 1
                assert set(cell) == {"display", "percent", "numerator", "denominator"}
                assert cell["denominator"] >= 10
        for path, number in _numbers(json.loads(body)):
            assert path[-1] in ("numerator", "denominator"), path
            assert isinstance(number, int)
    assert hidden > 100
    assert exact > 100


def test_every_published_number_has_a_receipt_and_no_receipt_says_more_than_its_card(service: Service) -> None:
    service.take(EDITION)
    service.release(EDITION)
    card = service.http.get("/schools/S001.json").json()
    links = sorted(set(_links(card)))
    assert len(links) > 50
    for link in links:
        receipt = service.http.get(f"{link}.json")
        assert receipt.status_code == 200, link
        body = receipt.json()
        assert body["rule"]
        assert all(entry["source"] and entry["tag"] for entry in body["law"])
        if body["display"] in ("<10", "*", "<5%", ">95%"):
            said = " ".join(body["sentences"]).replace(body["display"], "")
            assert not any(text in said for text in (" of ", "÷", "=")), said


def _text(cell: dict[str, Any]) -> str:
    return cell["display"] + (f" ({cell['numerator']} of {cell['denominator']})" if "denominator" in cell else "")


def _cells(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "display" in value:
            yield value
        for part in value.values():
            yield from _cells(part)
    elif isinstance(value, list):
        for part in value:
            yield from _cells(part)


def _numbers(value: Any, path: tuple[str, ...] = ("",)) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _numbers(part, (*path, name))
    elif isinstance(value, list):
        for part in value:
            yield from _numbers(part, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def _links(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "explain" in value:
            yield value["explain"]
        for part in value.values():
            yield from _links(part)
    elif isinstance(value, list):
        for part in value:
            yield from _links(part)
