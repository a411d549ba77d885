"""Low graduation and subgroups through whole editions and years: what is told, what goes on, what nobody can tell."""

import copy
import random
import re
from collections.abc import Iterator, Sequence
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as some

from deploy import offline
from deploy.offline import History
from services.designation import policy
from services.designation.rules.catalog import LOWEST_SHARE
from shared.events.designations import Reason, SchoolDesignated
from shared.events.editions import SubgroupScore
from shared.events.envelope import Event
from shared.policy.reader import PolicyError
from shared.runtime.database import prepare
from shared.vocabulary.subgroups import LABELS
from tests.services.designation_log import (
    CHAPTERS,
    Log,
    edition_id_of,
    make_cohort,
    make_edition,
    make_group,
    make_school,
)

CSI, ATSI, TSI = "comprehensive_support", "additional_targeted_support", "targeted_support"
EL, BLACK = "english_learners", "black"
Groups = dict[str, Sequence[SubgroupScore]]
# Twenty schools that stand still: A is lowest, the rest rise by 10 points.
FIELD = [("A", 100), *((f"R{n:02d}", 300 + 10 * n) for n in range(19))]
LETTERS = ((442, "A"), (377, "B"), (328, "C"), (269, "D"), (0, "F"))


def letter(points: int) -> str:
    return next(name for cut, name in LETTERS if points >= cut)


class Years:
    """Editions one after the other, in memory or, with a log, on a database."""

    def __init__(self, log: Log | None = None) -> None:
        self.log, self.history, self.ids = log, History(), dict[str, UUID]()
        self.events: list[Event] = []

    def decide(self, year: str, points: dict[str, int | None], groups: Groups, chapters: dict | None = None,
               title_i: bool = True) -> dict[str, SchoolDesignated]:  # fmt: skip
        """A year's edition; schools that `points` does not name stand as in FIELD."""
        schools = [
            make_school(name, p, letter(p or 0), title_i=title_i) for name, p in {**dict(FIELD), **points}.items()
        ]
        edition = make_edition(year, schools, dict(self.ids), chapters, groups=groups)
        self.events, self.history = offline.designated(edition, year, self.history)
        self.ids[year] = edition_id_of(edition)
        if self.log:
            self.log.send(edition)
        return {event.school_id: event for event in self.events if isinstance(event, SchoolDesignated)}


@pytest.fixture
def log(database_url: str) -> Iterator[Log]:
    engine = prepare(database_url, "designation")
    yield Log(engine)
    engine.dispose()


def reason(school: SchoolDesignated, rule: str, subgroup: str | None = None) -> Reason:
    (found,) = [one for one in school.reasons if f" {rule}" in one.rule and one.subgroup == subgroup]
    return found


def held(school: SchoolDesignated) -> list[tuple[str, str | None, str]]:
    return [
        (one.status, one.subgroup, one.decision)
        for one in school.reasons
        if one.decision in ("identified", "continued")
    ]


def a_life(years: Years) -> dict[str, dict[str, SchoolDesignated]]:
    """R09 through the years: its English learners are low, then better; its graduation falls."""
    low, better = [make_group(EL, "10", "5", "5")], [make_group(EL, "90", "60", "60")]
    found = {}
    for year in ("2017-18", "2018-19"):
        found[year] = years.decide(year, {}, {"R09": low, "A": [make_group("all", None, "20", "20")]})
    found["2019-20"] = years.decide("2019-20", {name: None for name, _ in FIELD}, {})
    for year in ("2020-21", "2021-22"):
        found[year] = years.decide(year, {}, {"R09": low, "A": [make_group("all", None, "20", "20")]})
    found["2022-23"] = years.decide("2022-23", {"R09": 500}, {"R09": better})
    found["2023-24"] = years.decide("2023-24", {"R09": 500}, {"R09": better})
    cohort = make_cohort(67, 100)
    found["2024-25"] = years.decide("2024-25", {"R09": 500}, {"R09": [*better, cohort]})
    return found


def test_a_subgroup_through_a_cycle_with_a_year_without_tests() -> None:
    found = a_life(Years())
    # 2019-20: nobody has a score, nobody is judged, and nothing is taken for a zero
    assert found["2019-20"]["R09"].after == ()
    assert {one.decision for one in found["2019-20"]["R09"].reasons} == {"not_evaluated"}
    # 2021-22: the subgroup's average of 2021-22, 2020-21 and 2018-19 is 10 of 100; the only one of the lowest 5 percent
    # of 20 schools is A with 100 of 700, 1/7. 1/10 <= 1/7.
    told = reason(found["2021-22"]["R09"], "ATSI-1", EL)
    assert (told.decision, told.status) == ("identified", ATSI)
    assert (told.numbers["average"], told.numbers["comparison"]) == ("1/10", "1/7")
    assert told.numbers["years_used"] == "2018-19, 2020-21, 2021-22"
    assert told.numbers["above_by"] == "-3/70"  # 7/70 - 10/70
    assert found["2021-22"]["R09"].after == (ATSI,)
    # 2022-23: (90 + 10 + 10) / 300 = 11/30 is above 1/7, and the school's letter rose from B (390) to A (500)
    told = reason(found["2022-23"]["R09"], "ATSI-2", EL)
    assert (told.decision, told.numbers["finding"]) == ("exited", "letter_rose")
    assert (told.numbers["average"], told.numbers["baseline_letter"], told.numbers["letter"]) == ("11/30", "B", "A")
    assert found["2022-23"]["R09"].after == ()
    # 2024-25: 67 of 100 graduates; an average index of 500/700 is far above the lowest
    last = found["2024-25"]["R09"]
    assert (last.before, last.after) == ((), (CSI,))
    assert held(last) == [(CSI, None, "identified")]
    assert last.reasons[0].rule == "essa-report-card CSI-1"
    assert reason(last, "CSI-2").decision == "not_identified"


def test_in_memory_and_on_the_database_the_same_bytes(log: Log) -> None:
    years = Years(log)
    a_life(years)
    assert log.rejections() == []
    assert [event.to_bytes() for event in years.events] == log.published_bytes()[-len(years.events) :]


def test_three_years_in_additional_targeted_support_become_comprehensive_and_both_reasons_stay() -> None:
    years = Years()
    groups = {"R09": [make_group(EL, "10", "15", "5")], "A": [make_group("all", None, "15", "20")]}
    for year in ("2020-21", "2021-22", "2022-23", "2023-24"):
        years.decide(year, {}, groups)
    found = years.decide("2024-25", {}, groups)["R09"]
    # all students of A, the only school of the lowest: 15 percent in reading, 20 in math; the subgroup's are 15 and 5
    told = reason(found, "CSI-3", EL)
    assert told.numbers["low_subjects"] == "reading and mathematics"
    assert (told.numbers["reading_2022-23"], told.numbers["reading_2022-23_at_most"]) == ("3/20", "3/20")
    assert (found.before, found.after) == ((ATSI,), (CSI, ATSI))
    assert held(found) == [(CSI, EL, "identified"), (ATSI, EL, "continued")]


def tsi_years(years: Years, last: str = "10", growth: str = "50") -> SchoolDesignated:
    """A, outside Title I-A as all are, with three low years; then one with an index of `last` and this growth."""
    wide = {name: [make_group(BLACK, "60", "60", "60")] for name, _ in FIELD if name not in "A"}
    for year in ("2020-21", "2021-22", "2022-23"):
        found = years.decide(year, {}, {**wide, "A": [make_group(BLACK, "10", "10", "10")]}, title_i=False)
    assert held(found["A"]) == [(TSI, BLACK, "identified")]
    groups = {**wide, "A": [make_group(BLACK, last, "10", "10", growth)]}
    return years.decide("2023-24", {}, groups, title_i=False)["A"]


@pytest.mark.parametrize(
    ("last", "growth", "decision", "finding"),
    [
        ("10", "90", "continued", "met_again"),
        ("99", "49", "continued", "growth_below"),
        ("99", "50", "exited", "grew"),
    ],
)
def test_targeted_support_ends_with_conditions_no_longer_met_and_growth(
    last: str, growth: str, decision: str, finding: str
) -> None:
    found = tsi_years(Years(), last, growth)
    told = reason(found, "TSI-2", BLACK)
    assert (told.decision, told.numbers["finding"], told.numbers["growth_span"]) == (decision, finding, "1")
    assert found.after == ((TSI,) if decision == "continued" else ())


def test_targeted_support_sets_comprehensive_schools_aside() -> None:
    years = Years()
    wide = {name: [make_group(BLACK, "60", "60", "60")] for name, _ in FIELD if name not in "A"}
    for year in ("2020-21", "2021-22", "2022-23"):
        found = years.decide(year, {}, {**wide, "A": [make_group(BLACK, "50", "10", "10")]})
    # of Title I-A, A is in comprehensive support since 2021-22; of three tested years 2022-23 has the first
    assert held(found["A"]) == [(CSI, None, "continued")]
    assert reason(found["A"], "TSI-1").numbers["finding"] == "set_aside"


def test_a_rule_that_the_law_no_longer_holds_ends_nothing_by_itself() -> None:
    years = Years()
    tsi_years(years)
    chapters = copy.deepcopy(CHAPTERS)
    chapters["designation"]["rules"]["value"] = [LOWEST_SHARE]
    found = years.decide("2024-25", {}, {}, chapters, title_i=False)["A"]
    told = [one for one in found.reasons if one.subgroup == BLACK]
    assert [(one.decision, one.numbers["finding"]) for one in told] == [("continued", "not_in_force")]
    assert found.after == (TSI,)
    assert years.events[-1].warnings[-1] == f"{TSI}: 1 goes on by a rule that the law no longer holds"  # type: ignore[attr-defined]


def test_editions_of_before_the_rules_were_named_are_decided_as_they_were() -> None:
    before = ("population", "lowest_share", "index_basis", "cycle_years", "exit_after_years")
    averages = ("average_years", "average_at_least", "average_within_years")
    old = {name: CHAPTERS["designation"][name] for name in (*before, *averages)}
    law = policy.law_of({**CHAPTERS, "designation": old})
    assert law.rules == (LOWEST_SHARE,)
    new = policy.law_of(CHAPTERS)
    assert (law.lowest, law.grouping) == (new.lowest, None)
    with pytest.raises(PolicyError, match="rules"):
        policy.law_of({**CHAPTERS, "designation": {**old, "rules": {**old["population"], "value": ["lowest"]}}})


def test_what_cannot_be_told_is_a_decision_with_its_finding() -> None:
    found = Years().decide("2024-25", {}, {"R09": [make_group(EL, "10", students=9)]})["R09"]
    told = {(one.rule.split(",")[0], one.decision, one.numbers["finding"]) for one in found.reasons}
    assert told == {
        ("essa-report-card CSI-2", "not_evaluated", "too_few_years"),
        ("essa-report-card CSI-1", "not_evaluated", "no_cohort"),
        ("essa-report-card CSI-3", "not_identified", "not_additional"),
        ("essa-report-card ATSI-1", "not_evaluated", "no_comparison"),
        ("essa-report-card TSI-1", "not_identified", "school_above"),
    }


def test_rankings_of_nobody_are_warned_of() -> None:
    years = Years()
    years.decide("2024-25", {}, {})
    warnings = years.events[-1].warnings  # type: ignore[attr-defined]
    assert "comprehensive_support: no school is ranked" in warnings
    assert "comprehensive_support: no school has a graduation rate" in warnings
    assert "additional_targeted_support: no school is ranked to compare with" in warnings
    assert any(told.startswith("targeted_support: no school is ranked by score for ") for told in warnings)


def everything() -> list[SchoolDesignated]:
    found = [*a_life(Years()).values()]
    years = Years()
    tsi_years(years, "99", "50")
    last = {event.school_id: event for event in years.events if isinstance(event, SchoolDesignated)}
    return [school for edition in [*found, last] for school in edition.values()]


def test_a_sentence_without_public_numbers_tells_no_result() -> None:
    """Its digits are of school years, of the law, or of the school's letter; never of a subgroup or a rate."""
    law = {"50", "5", "3", "10", "67.0", "25", "2", "1"}
    told = [one for school in everything() for one in school.reasons if not one.numbers_are_public]
    assert {one.status for one in told} == {CSI, ATSI, TSI}
    for one in told:
        words = re.sub(r"\d{4}-\d\d", "", one.sentence)
        assert set(re.findall(r"\d+(?:\.\d+)?", words)) <= law
        assert one.subgroup is None or LABELS[one.subgroup] in one.sentence
        assert "{" not in one.sentence and "  " not in one.sentence and one.sentence.endswith(".")


@settings(max_examples=8, deadline=None)
@given(some.integers(0, 10_000), some.permutations(range(20)))
def test_the_order_of_schools_and_subgroups_changes_nothing(seed: int, order: list[int]) -> None:
    answers = []
    for places in (list(range(20)), order):
        dice, years, told = random.Random(seed), Years(), []
        for year in ("2021-22", "2022-23", "2023-24", "2024-25"):
            drawn = [
                (name, dice.choice([None, *range(60, 440, 20)]), [
                    make_group(group, dice.choice([None, "10", "30", "50"]), str(dice.randrange(0, 90, 10)),
                               str(dice.randrange(0, 90, 10)), str(dice.randrange(0, 90, 10)), dice.choice([9, 10, 40]))
                    for group in ("all", EL, BLACK)
                ])
                for name, _ in FIELD
            ]  # fmt: skip
            shuffled = [drawn[place] for place in places]
            points = {name: earned for name, earned, _ in shuffled}
            groups: Groups = {name: subgroups for name, _, subgroups in shuffled}
            found = years.decide(year, points, groups)
            told.append({name: school.model_dump(mode="json") for name, school in sorted(found.items())})
        answers.append(told)
    assert answers[0] == answers[1]


def test_a_standing_is_kept_under_its_rule(log: Log) -> None:
    years = Years(log)
    for year in ("2020-21", "2021-22"):
        years.decide(year, {}, {})
    with log.engine.connect() as connection:
        standing = connection.execute(sa.text("select standing from designation.designations where standing <> '{}'"))
        assert [row.standing for row in standing] == [{LOWEST_SHARE: "2021-22"}]
