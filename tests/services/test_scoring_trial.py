"""The trial state by the same code: four levels, full year as reported, six components; by its chapter alone."""

from datetime import date

import polars as pl

from services.scoring import policy
from services.scoring.handle import score_edition
from services.scoring.rules import frames as facts
from services.scoring.rules.frames import Frames
from shared.events.editions import EDITIONS, EntityScored
from shared.events.sis import EditionRequested
from shared.policy import reader
from shared.vocabulary.identity import fact_id

LEVELS = ("Unsatisfactory", "Partially Proficient", "Proficient", "Advanced")
Result = tuple[str, str, str, str, int | None, int]


def request_of(school_year: str) -> EditionRequested:
    return EditionRequested(
        event_id=fact_id("edition.requested", school_year),
        edition_id=fact_id("edition", school_year),
        state="trial",
        school_year=school_year,
        cut_revision=1,
        history={},
        chapters={"scoring": reader.chapter("trial", "scoring", school_year)},
        policy_fingerprint="f" * 64,
        notified_on=date(2025, 9, 15),
        markers=(),
    )


def frames_of(results: list[Result], flags: list[tuple[str, str, bool, bool, bool]]) -> Frames:
    """Results: student, school, subject, year, rank (None: no score), score. Flags: student, school, full-year."""
    tests = {(subject, year) for _, _, subject, year, _, _ in results}
    told = [
        (
            f"{s} {c} {subject} {year} {score}",
            f"{subject} {year}",
            s,
            year,
            c,
            LEVELS[rank - 1] if rank else None,
            score,
        )
        for s, c, subject, year, rank, score in results
    ]
    stays = [(s, c, date(2021, 8, 1), "2021-22", "05", None, None, *full) for s, c, *full in flags]
    assessments = [
        (f"{subject} {year}", "State test", "academic", subject, "grade 5", "[]") for subject, year in sorted(tests)
    ]
    schools = [(f"1-{n}", "1", name, "05", True, None, None, None, None) for n, name in ((1, "One"), (2, "Two"))]
    return Frames(
        districts=pl.DataFrame([("1", "First", None)], facts.DISTRICTS, orient="row"),
        schools=pl.DataFrame(schools, facts.SCHOOLS, orient="row"),
        assessments=pl.DataFrame(assessments, facts.ASSESSMENTS, orient="row"),
        demographics=pl.DataFrame(schema=facts.DEMOGRAPHICS),
        enrollments=pl.DataFrame(stays, facts.ENROLLMENTS, orient="row"),
        results=pl.DataFrame(told, facts.RESULTS, orient="row"),
    )


def entity_of(frames: Frames, entity_id: str, school_year: str = "2021-22") -> EntityScored:
    events = [EDITIONS.decode(fact.event.to_bytes()) for fact in score_edition(frames, request_of(school_year))]
    (found,) = [e for e in events if isinstance(e, EntityScored) and e.entity_id == entity_id]
    return found


def counts(entity: EntityScored) -> dict[str, tuple[int, int]]:
    return {c.measure: (c.numerator, c.denominator) for c in entity.counts if c.subgroup == "all"}


def test_the_sources_own_flags_decide_where_a_result_counts() -> None:
    results: list[Result] = [
        ("1", "1-1", "reading", "2021-22", 3, 500),  # full-year everywhere
        ("2", "1-1", "reading", "2021-22", 3, 500),  # in the district and the state
        ("3", "1-1", "reading", "2021-22", 3, 500),  # in the state only
        ("4", "1-1", "reading", "2021-22", 2, 400),  # nowhere
    ]
    flags = [
        ("1", "1-1", True, True, True),
        ("2", "1-1", False, True, True),
        ("3", "1-1", False, False, True),
        ("4", "1-1", False, False, False),
    ]
    frames = frames_of(results, flags)
    assert counts(entity_of(frames, "1-1"))["reading.proficiency"] == (1, 1)
    assert counts(entity_of(frames, "1"))["reading.proficiency"] == (2, 2)
    assert counts(entity_of(frames, "trial"))["reading.proficiency"] == (3, 3)
    assert counts(entity_of(frames, "1-1"))["reading.participation"] == (4, 4)


def test_levels_and_growth_are_the_chapters_own() -> None:
    changes = [(1, 2), (1, 3), (2, 4), (3, 3), (4, 4), (3, 2), (1, 1)]
    # 100 + 125 (two levels) + 125 + 100 (held Proficient) + 125 (held Advanced) + 0 + 0 (no half levels)
    results: list[Result] = []
    for number, (prior, now) in enumerate(changes):
        results += [
            (str(number), "1-1", "math", "2020-21", prior, 300 + number),
            (str(number), "1-1", "math", "2021-22", now, 400),
        ]
    frames = frames_of(results, [(str(n), "1-1", True, True, True) for n in range(len(changes))])
    found = counts(entity_of(frames, "1-1"))
    assert found["math.growth"] == (575, 7)
    assert found["math.proficiency"] == (4, 7)  # from the third of four levels: 3, 4, 3, 4
    assert found["math.level.4"] == (2, 7)
    assert found["math.growth_lowest"] == (225, 2)  # 7 students, 1.75 -> 2 places: 100 + 125
    assert "math.level.5" not in found


def test_of_two_schools_the_flagged_one_goes_first_and_the_other_result_is_told_as_repeated() -> None:
    results: list[Result] = [("1", "1-1", "reading", "2021-22", 4, 700), ("1", "1-2", "reading", "2021-22", 1, 100)]
    flags = [("1", "1-1", False, False, True), ("1", "1-2", True, True, True)]
    frames = frames_of(results, flags)
    assert counts(entity_of(frames, "1-2"))["reading.proficiency"] == (
        0,
        1,
    )  # the lower score, where the student counts
    assert counts(entity_of(frames, "trial"))["reading.proficiency"] == (0, 1)
    assert [
        (e.measure, e.reason, e.students) for e in entity_of(frames, "1-1").left_out if e.measure == "reading.growth"
    ] == [("reading.growth", "REPEATED", 1)]


def scored_school(school_year: str, *, with_prior: bool) -> EntityScored:
    """Ten students, all Proficient in both subjects, this year and, if told, the year before."""
    results: list[Result] = []
    for number in range(10):
        for subject in ("reading", "math"):
            results.append((str(number), "1-1", subject, school_year, 3, 500))
            if with_prior:
                results.append((str(number), "1-1", subject, "2020-21", 3, 450 + number))
    frames = frames_of(results, [(str(n), "1-1", True, True, True) for n in range(10)])
    stays = frames.enrollments.with_columns(pl.lit(school_year).alias("school_year"))
    return entity_of(Frames(**{**vars(frames), "enrollments": stays}), "1-1", school_year)


def test_a_first_year_without_prior_scores_has_too_little_of_the_scale() -> None:
    rating = scored_school("2020-21", with_prior=False).rating
    assert rating.status == "NOT_RATED_INSUFFICIENT_DATA"  # 2 x 100 of 600 are less than half


def test_a_later_year_is_graded_on_the_chapters_scale() -> None:
    rating = scored_school("2021-22", with_prior=True).rating
    # all proficient: 100 + 100; held Proficient: 100 + 100; the lowest three are fewer than ten: dropped
    assert (rating.possible, rating.points, rating.letter) == ("600", "600", "A")  # 400 x 600 / 400
    assert rating.flags == ("rescaled",)


def test_every_chapter_version_reads_as_law() -> None:
    for school_year in ("2020-21", "2021-22", "2022-23", "2023-24", "2024-25"):
        law = policy.law(reader.chapter("trial", "scoring", school_year), school_year)
        assert law.points.minimum_n == 10
        assert law.full_year.window is None
