"""Frames of a case of teachers: who works where, for how much, and what is known of it."""

from datetime import date
from typing import Any

from services.scoring.rules.frames import Frames
from tests.rules.frames_by_hand import YEAR, frames, school

YES_NO = {"yes": True, "no": False}


def staffed(case: dict[str, Any]) -> Frames:
    """The case's schools with their flags, and its teachers."""
    lunch, flags = case.get("lunch", {}), case.get("flags", {})
    directory = [
        school(
            name,
            home,
            **{flag: YES_NO[told] for flag, told in flags.get(name, {}).items()},
            lunch_hundredths=int(lunch[name]) if name in lunch else None,
        )
        for name, home in case["schools"].items()
    ]
    years = {told["who"]: int(told["years"]) for told in case["teachers"] if "years" in told}
    return frames(
        directory,
        assignments=[_assignment(told, case["schools"]) for told in case["teachers"]],
        staff=[{"staff_id": who, "years_hundredths": number} for who, number in years.items()],
    )


def _assignment(told: dict[str, Any], schools: dict[str, str]) -> dict[str, Any]:
    names = ("subject", "fte_thousandths", "in_field", "credential")
    duties = [
        dict(zip(names, (subject, int(fte), YES_NO[in_field], credential), strict=True))
        for subject, fte, in_field, credential in told.get("duties", ())
    ]
    at_school = told["at"] in schools
    return {
        "staff_id": told["who"],
        "school_id": told["at"] if at_school else None,
        "district_id": None if at_school else told["at"],
        "school_year": told.get("year", YEAR),
        "role": told.get("role", "teacher"),
        "began_on": date(2023, 8, 7),
        "fte_thousandths": int(told["fte"]),
        "certified": YES_NO[told["certified"]] if "certified" in told else None,
        "effectiveness_hundredths": int(told["score"]) if "score" in told else None,
        "duties": duties,
    }
