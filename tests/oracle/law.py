"""The values of the chapters as rows for the second engine: read, never decided."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

Rows = list[tuple[Any, ...]]
_WORDS = ("tested_grades", "cohort_removals", "graduation_diplomas", "acceleration_grades", "acceleration_outcomes")
_RANGES = (
    "essa_excluded_funds",
    "essa_excluded_functions",
    "essa_excluded_objects",
    "superintendent_included_functions",
    "federal_funds",
)


def scoring(chapter: Mapping[str, Any], state: str, school_year: str) -> dict[str, Rows]:
    """The rows of every table of law.sql."""
    value = {name: entry["value"] for name, entry in chapter.items()}
    end = int(school_year[:4]) + 1
    last_class = end - int(value["graduation_lag"])
    window = value["full_academic_year_windows"][school_year]
    programs = value["programs"]
    tables: dict[str, Rows] = {
        "law_state": [(state,)],
        "law_year": [
            (
                school_year,
                _year(end - 1),
                _year(last_class),
                f"{last_class}-{value['graduation_last_day']}",
                f"{end}-{value['readiness_snapshot']}",
            )
        ],
        "law_class_years": [(_year(last_class - back),) for back in range(int(value["cohort_window_years"]))],
        "law_numbers": [
            ("full_year_share", *_whole(value["full_academic_year"]["share"])),
            ("english_exit_years", *_whole(value["english_exit_years"])),
            *((name, *_whole(value[name])) for name in ("minimum_n", "lowest_share", "least_available_share")),
        ],
        "law_words": [
            *((name, word) for name in _WORDS for word in value[name]),
            ("readiness_grade", value["readiness_grade"]),
            *(("certificates_alone", word) for word in value["work_certificates"]["alone"]),
            *(("certificates_with_credential", word) for word in value["work_certificates"]["with_credential"]),
        ],
        "law_ranges": [(name, *_ends(each)) for name in _RANGES for each in value[name]],
        "law_window": [(window["first"], window["last"])],
        "law_closures": [(day,) for each in window["closures"] for day in _days(each)],
        "law_programs": [
            (name, each["main"] == "yes", each["proficient_from"], len(each["levels"]))
            for name, each in programs.items()
        ],
        "law_levels": [
            (name, level, rank, each["held"].get(str(rank)), str(rank) in each["half_levels"])
            for name, each in programs.items()
            for rank, level in enumerate(each["levels"], start=1)
        ],
        "law_program_subjects": [(name, subject) for name, each in programs.items() for subject in each["subjects"]],
        "law_prior_years": _prior_years(value["prior_scores"], school_year, end),
        "law_latest_earlier_tests": [(test,) for test in value["prior_scores"]["latest_earlier_tests"]],
        "law_growth_subjects": [(subject,) for subject in value["growth_subjects"]],
        "law_growth_weights": [
            tuple(
                value["growth_weights"][name] for name in ("one_level", "several_levels", "highest_level", "half_level")
            )
        ],
        "law_marks": [
            (kind, each["marks"], each["least"])
            for kind, each in value["acceleration_successes"].items()
            if isinstance(each, Mapping)
        ],
        "law_act_marks": [
            (part, name, least) for part, marks in enumerate(value["act_marks"]) for name, least in marks.items()
        ],
    }
    return tables | _points(value)


def designation(chapter: Mapping[str, Any]) -> Rows:
    """The numbers of the lowest share of schools."""
    names = {"average_years": "average_years", "average_at_least": "average_at_least"}
    names["lowest_schools_share"] = "lowest_share"
    return [(name, *_whole(chapter[entry]["value"])) for name, entry in names.items()]


def _points(value: Mapping[str, Any]) -> dict[str, Rows]:
    choice, columns, away = value["scale_choice"], value["columns"], value["scaled_away"]
    return {
        "law_scales": [(name, scale["full"]) for name, scale in value["scales"].items()],
        "law_components": [
            (name, measure, *_whole(most))
            for name, scale in value["scales"].items()
            for measure, most in scale["components"].items()
        ],
        "law_scaled_away": [(away["component"], *_whole(away["divisor"]))] if away else [],
        "law_zero_without": list(value["zero_without_participants"].items()),
        "law_columns": [
            (level, upper, name, columns[name]["scale"])
            for level in ("school", "district")
            for upper, word in ((True, "with"), (False, "without"))
            for name in [choice[f"{level}_{word}"]]
        ],
        "law_cuts": [(name, letter, least) for name, each in columns.items() for letter, least in each["cuts"].items()],
        "law_scale_choice": [(choice["grade"],)],
    }


def _prior_years(prior: Mapping[str, Any], school_year: str, end: int) -> Rows:
    before = prior["instead_of_previous"].get(school_year, [_year(end - 1)])
    back = range(1, int(prior["latest_earlier_years"]) + 1)
    return [
        *((False, year, place) for place, year in enumerate(before)),
        *((True, _year(end - years), years) for years in back),
    ]


def _year(end: int) -> str:
    return f"{end - 1}-{end % 100:02d}"


def _whole(text: str) -> tuple[int, int]:
    number = Fraction(text)
    return number.numerator, number.denominator


def _ends(text: str) -> tuple[int, int]:
    low, _, high = text.partition("..")
    return int(low), int(high or low)


def _days(text: str) -> Iterator[date]:
    low, _, high = text.partition("..")
    day, last = date.fromisoformat(low), date.fromisoformat(high or low)
    while day <= last:
        yield day
        day += timedelta(days=1)
