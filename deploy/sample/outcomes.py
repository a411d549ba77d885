"""What graduates did after school: college, public and private, here and elsewhere, and work."""

from datetime import date, timedelta

import numpy as np

from deploy.sample.bodies import compact, descriptor, extension, rows_of, student_of
from deploy.sample.dice import Dice, Ints, Reals

_CATEGORY = "PostSecondaryEventCategory"
_COLLEGES = (  # each with how many of a hundred who enrol
    ({"public": True, "inState": True, "level": "two_year"}, 46),
    ({"public": True, "inState": True, "level": "four_year"}, 32),
    ({"public": False, "inState": True, "level": "four_year"}, 7),
    ({"public": True, "inState": False, "level": "four_year"}, 10),
    ({"public": False, "inState": False, "level": "two_year"}, 5),
)
_ENROLS, _EMPLOYED = 0.6, 0.45
_A_YEAR_LATER = 0.04  # of those who enrol: too late to count


def lines(student_id: Ints, ability: Reals, class_of: int, seed: int) -> list[str]:
    """What became of the graduates of a class: none, one or two facts of each."""
    dice = Dice(seed, "outcomes", class_of)
    count = len(student_id)
    enrols = dice.chance(count, np.clip(_ENROLS + 0.2 * ability, 0.05, 0.95))
    college = dice.pick(count, np.array([weight for _, weight in _COLLEGES], dtype=np.int64))
    late = dice.chance(count, _A_YEAR_LATER)
    employed = dice.chance(count, np.where(enrols, _EMPLOYED * 0.6, _EMPLOYED * 1.4))
    weeks = dice.below(count, 10)
    autumns = [[(date(class_of + more, 8, 15) + timedelta(weeks=w)).isoformat() for w in range(10)] for more in (0, 1)]
    work = [(date(class_of, 7, 1) + timedelta(weeks=week)).isoformat() for week in range(10)]
    enrolled, hired = (
        f'"postSecondaryEventCategoryDescriptor":"{descriptor(_CATEGORY, code)}"'
        for code in ("College Enrollment", "Employment")
    )
    institutions = [extension(f'"institution":{compact(facts)}') for facts, _ in _COLLEGES]
    found = []
    for student, does_enrol, at, is_late, works, week in rows_of(student_id, enrols, college, late, employed, weeks):
        if does_enrol:
            day = autumns[is_late][week]
            found.append(f'{{{student_of(student)},"eventDate":"{day}",{enrolled},{institutions[at]}}}')
        if works:
            found.append(f'{{{student_of(student)},"eventDate":"{work[week]}",{hired}}}')
    return found
