"""The chapter of the law on scoring, typed: what each value must look like, and the mend when it does not."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, TypeVar

from services.scoring.policy import (
    acceleration,
    attendance,
    discipline,
    english,
    equity,
    graduation,
    law_enforcement,
    outcomes,
    preschool,
    readiness,
    safety,
    spending,
    teachers,
)
from services.scoring.policy.reading import window
from services.scoring.rules.full_year import (
    AS_REPORTED,
    ENROLLED_SHARE,
    FIRST_DAY_AFTER,
    LAST_DAY_ENROLLED,
    FullYear,
)
from services.scoring.rules.growth import GrowthWeights
from services.scoring.rules.law import Law
from services.scoring.rules.points import HALF_UP, NOT_ROUNDED, Column, Letters, PointsLaw, Scale
from services.scoring.rules.prior import PriorLaw
from services.scoring.rules.programs import Program
from services.scoring.rules.ratings import NO_PENALTY, ONE_LETTER, PRESENCE_OF_GRADE, ParticipationLaw, ScaleChoice
from services.scoring.rules.repeats import preferences
from shared.policy.reader import Chapter, PolicyError, shaped, value
from shared.vocabulary import measures, school_years
from shared.vocabulary.subgroups import SUBGROUPS

T = TypeVar("T")
RATED, NOT_RATED = "rated", "not_rated"
OFF = "off"


@shaped
def law(chapter: Chapter, school_year: str) -> Law:
    """The law of a school year. Raises PolicyError naming the value and what it must be."""

    def read(name: str, make: Callable[[Any], T]) -> T:
        try:
            return make(value(chapter, name))
        except PolicyError:
            raise
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise PolicyError(f"scoring chapter, {school_year}, {name}: {error}; mend its value") from None

    programs, full_year = read("programs", _programs), _full_year(chapter, school_year, read)
    scales = read("scales", lambda told: {name: _scale(part) for name, part in told.items()})
    columns = read("columns", lambda told: {name: _column(part, scales) for name, part in told.items()})
    read("bank_to_high_school", lambda told: _one_of(told, (OFF,)))
    return Law(
        state_name=read("state_name", str),
        school_year=school_year,
        programs=programs,
        repeated_results=read("repeated_results", lambda told: _each_of(told, preferences(programs))),
        full_year=full_year,
        growth_subjects=read("growth_subjects", frozenset),
        growth_weights=read("growth_weights", lambda told: GrowthWeights(**_integers(told))),
        prior=_prior(chapter, school_year),
        lowest_share=read("lowest_share", Fraction),
        points=_points_law(read, scales),
        columns=columns,
        scale_choice=read("scale_choice", lambda told: _scale_choice(told, columns)),
        participation=read("participation", _participation),
        tested_grades=read("tested_grades", frozenset),
        no_assessments=school_year in value(chapter, "no_assessment_years"),
        graded_levels=read("graded_levels", frozenset),
        rates_first_year=read("first_year_schools", lambda told: _one_of(told, (RATED, NOT_RATED))) == RATED,
        indexed_subgroups=read("indexed_subgroups", lambda told: _each_of(told, dict.fromkeys(SUBGROUPS))),
        graduation=graduation.law(read) if "graduation_lag" in chapter else None,
        english=english.law(read, full_year) if "english_exit_years" in chapter else None,
        acceleration=acceleration.law(read) if "acceleration_grades" in chapter else None,
        readiness=readiness.law(read, school_year, full_year) if "readiness_grade" in chapter else None,
        attendance=attendance.law(read, school_year, full_year) if "chronic_absence" in chapter else None,
        discipline=discipline.law(read) if "discipline_population" in chapter else None,
        law_enforcement=law_enforcement.law(read) if "civil_rights_years" in chapter else None,
        preschool=preschool.law(read) if "preschool_grades" in chapter else None,
        outcomes=outcomes.law(read) if "outcomes" in chapter else None,
        spending=spending.law(read) if "essa_excluded_funds" in chapter else None,
        teachers=teachers.law(read) if "inexperienced_below_years" in chapter else None,
        equity=equity.law(read) if "equity_printed" in chapter else None,
        safety=safety.law(read) if "violent_incidents" in chapter else None,
    )


def _programs(told: Mapping[str, Any]) -> tuple[Program, ...]:
    programs = tuple(
        Program(
            name=name,
            is_main=part["main"] == "yes",
            levels=tuple(part["levels"]),
            proficient_from=int(part["proficient_from"]),
            subjects=frozenset(part["subjects"]),
            held=_integers({int(rank): earned for rank, earned in part["held"].items()}),
            half_levels=frozenset(int(rank) for rank in part["half_levels"]),
        )
        for name, part in told.items()
    )
    if sum(program.is_main for program in programs) != 1:
        raise ValueError("exactly one program must have main: yes")
    return programs


def _full_year(chapter: Chapter, school_year: str, read: Callable[..., Any]) -> FullYear:
    told = value(chapter, "full_academic_year")
    method = _one_of(told["method"], (ENROLLED_SHARE, AS_REPORTED))
    if method == AS_REPORTED:
        return FullYear(method, Fraction(1), LAST_DAY_ENROLLED, None)
    windows = value(chapter, "full_academic_year_windows")
    if school_year not in windows:
        raise PolicyError(
            f"scoring chapter: full_academic_year_windows has no {school_year}; add its first and last day and closures"
        )
    told_window = read("full_academic_year_windows", lambda windows: window(windows[school_year]))
    share = read("full_academic_year", lambda told: Fraction(told["share"]))
    exits = (FIRST_DAY_AFTER, LAST_DAY_ENROLLED)
    exit_date = read("full_academic_year", lambda told: _one_of(told["exit_date"], exits))
    return FullYear(method, share, exit_date, told_window)


def _prior(chapter: Chapter, school_year: str) -> PriorLaw:
    told = value(chapter, "prior_scores")
    years = told["instead_of_previous"].get(school_year) or [school_years.previous(school_year)]
    ends = school_years.parse(school_year)
    reach = int(told["latest_earlier_years"])
    return PriorLaw(
        years=tuple(years),
        latest_tests=frozenset(told["latest_earlier_tests"]),
        all_years=tuple(school_years.ending(ends - n) for n in range(1, reach + 1)),
    )


def _points_law(read: Callable[..., Any], scales: Mapping[str, Scale]) -> PointsLaw:
    scaled = read("scaled_away", dict)
    measure, divisor = scaled.get("component"), Fraction(scaled.get("divisor", "1"))
    for name, scale in scales.items():
        others = sum((m for c, m in scale.maxima.items() if c != measure), Fraction(0))
        if measure in scale.maxima and others / divisor != scale.full:
            raise PolicyError(
                f"scoring chapter: scale {name} without {measure} sums to {others / divisor}, not to {scale.full}; "
                "mend its components or scaled_away.divisor"
            )
    return PointsLaw(
        minimum_n=read("minimum_n", int),
        scaled_away=measure,
        divisor=divisor,
        least_available_share=read("least_available_share", Fraction),
        rounding=read("score_rounding", lambda told: _one_of(told, (HALF_UP, NOT_ROUNDED))),
        multipliers=read("component_multipliers", _multipliers),
        zero_without=read("zero_without_participants", lambda told: _zero_without(told, scales)),
    )


def _zero_without(told: Mapping[str, str], scales: Mapping[str, Scale]) -> dict[str, str]:
    components = tuple(sorted({component for scale in scales.values() for component in scale.maxima}))
    return {_one_of(component, components): _one_of(asked, components) for component, asked in told.items()}


def _multipliers(told: Mapping[str, str]) -> dict[str, Fraction]:
    multipliers = {component: Fraction(multiplier) for component, multiplier in told.items()}
    if any(multiplier < 0 for multiplier in multipliers.values()):
        raise ValueError("a multiplier must be 0 or more")
    return multipliers


def _scale(told: Mapping[str, Any]) -> Scale:
    maxima = {measure: Fraction(maximum) for measure, maximum in told["components"].items()}
    full = Fraction(told["full"])
    if sum(maxima.values()) != full:
        raise ValueError(f"components sum to {sum(maxima.values())}, not to the full {full}")
    return Scale(full, dict(sorted(maxima.items(), key=lambda part: _order_of(part[0]))))


def _order_of(measure: str) -> tuple[int, int, str]:
    """Subjects before other areas, in the vocabulary's order: a chapter's mapping has lost its order on the wire."""
    areas = (*measures.SUBJECTS, *measures.AREA_LABELS)
    kinds = (measures.PROFICIENCY, measures.GROWTH, measures.GROWTH_LOWEST)
    kind = measures.kind_of(measure)
    return areas.index(measures.subject_of(measure)), kinds.index(kind) if kind in kinds else len(kinds), kind


def _letters(told: Mapping[str, str]) -> Letters:
    letters = sorted(((letter, Fraction(least)) for letter, least in told.items()), key=lambda part: -part[1])
    if letters[-1][1] != 0:
        raise ValueError("the lowest letter must begin at 0")
    return tuple(letters)


def _column(told: Mapping[str, Any], scales: Mapping[str, Scale]) -> Column:
    return Column(scales[_one_of(told["scale"], tuple(scales))], _letters(told["cuts"]))


def _scale_choice(told: Mapping[str, str], columns: Mapping[str, Column]) -> ScaleChoice:
    for part in ("school_with", "school_without", "district_with", "district_without"):
        _one_of(told[part], tuple(columns))
    _one_of(told["method"], (PRESENCE_OF_GRADE,))
    return ScaleChoice(**told)


def _participation(told: Mapping[str, Any]) -> ParticipationLaw:
    penalty = _one_of(told["penalty"], (NO_PENALTY, ONE_LETTER))
    return ParticipationLaw(Fraction(told["expected_share"]), tuple(told["subjects"]), penalty, told["flag"])


def _integers(told: Mapping[Any, str]) -> dict[Any, int]:
    return {name: int(number) for name, number in told.items()}


def _one_of(told: str, known: tuple[str, ...]) -> str:
    if told not in known:
        raise ValueError(f"{told!r} is none of {', '.join(known)}")
    return told


def _each_of(told: list[str], known: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(_one_of(name, tuple(known)) for name in told)
