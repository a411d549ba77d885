"""What districts spend, account by account, and the attendance and membership it is divided by."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from deploy.sample.bodies import compact, school_ids
from deploy.sample.dice import Dice, Ints
from deploy.sample.plan import Plan
from deploy.sample.terms import Term
from deploy.sample.years import Year

_FIRST_MONTH = 20  # day of instruction on which net membership is counted
_PLACES = 10_000  # of average daily attendance
_TITLE_I_FUND = "2211"


@dataclass(frozen=True)
class Account:
    """An account, and the dollars a pupil that go through it."""

    fund: str
    function: str
    object: str
    dollars: int


_OF_SCHOOLS = (
    Account("1120", "1110", "111", 3450), Account("1120", "1110", "210", 960), Account("1120", "1220", "111", 540),
    Account("1120", "2410", "113", 580), Account("1120", "2610", "431", 490), Account("1120", "2220", "112", 120),
    Account(_TITLE_I_FUND, "1110", "111", 560), Account("2610", "1220", "112", 230),
)  # fmt: skip
_OF_DISTRICTS = (
    Account("1120", "2310", "311", 95), Account("1120", "2320", "113", 170), Account("1120", "2510", "114", 200),
    Account("1120", "2720", "450", 540), Account("1120", "2620", "411", 450), Account("1120", "2130", "116", 150),
    Account("1120", "2210", "320", 270), Account("1120", "1130", "111", 310), Account("1120", "1210", "111", 190),
    Account("2211", "2210", "113", 130), Account("2590", "1110", "610", 420),
    # what one method of the per-pupil figure, or both, leave out
    Account("1845", "2610", "431", 65), Account("2110", "3120", "630", 640), Account("2255", "1110", "320", 5),
    Account("2830", "2310", "340", 8), Account("3010", "4100", "720", 360), Account("4010", "6110", "831", 280),
    Account("7010", "2310", "340", 3), Account("1120", "1225", "560", 11), Account("1120", "1320", "111", 21),
    Account("1120", "3300", "111", 26), Account("1120", "6200", "831", 32), Account("1120", "7200", "910", 110),
    Account("1120", "8100", "900", 5), Account("1120", "1110", "564", 30), Account("1120", "4050", "340", 2),
    Account("1120", "1110", "611", -6),  # a reversal
)  # fmt: skip
_HALFWAY = ("1120", "2720")  # told of in the middle of the year too


def present(year: Year, schools: int) -> tuple[Ints, Ints]:
    """Of each school the days that pupils attended, added up, and the pupils at the end of the first month."""
    rows, away = year.enrolled.enrollments, year.absences
    attended = np.zeros(schools, dtype=np.int64)
    np.add.at(attended, rows.school, rows.exit - rows.entry + 1)
    np.subtract.at(attended, rows.school[away.enrollment], 1)
    here = (rows.entry <= _FIRST_MONTH) & (rows.exit >= _FIRST_MONTH)
    return attended, np.bincount(rows.school[here], minlength=schools).astype(np.int64)


def memberships(plan: Plan, attended: Ints, members: Ints, term: Term) -> list[str]:
    """The divisors of each district and school."""
    homes = np.array([each.district for each in plan.schools], dtype=np.int64)
    found = []
    for at, district in enumerate(plan.districts):
        mine = homes == at
        found.append(
            _membership(district.district_id, "district", int(attended[mine].sum()), int(members[mine].sum()), term)
        )
    for school, days, count in zip(school_ids(plan).tolist(), attended.tolist(), members.tolist(), strict=True):
        found.append(_membership(school, "school", days, count, term))
    return found


def _membership(organisation: int, kind: str, attended: int, members: int, term: Term) -> str:
    days = len(term.days)
    return compact(
        {
            "educationOrganizationReference": {"educationOrganizationId": organisation},
            "educationOrganizationKind": kind,
            "schoolYearTypeReference": {"schoolYear": term.year},
            "averageDailyAttendance": (2 * attended * _PLACES + days) // (2 * days) / _PLACES,
            "netMembershipMonth1": members,
        }
    )


def expenditures(plan: Plan, district: int, members: Ints, term: Term, seed: int) -> list[str]:
    """A district's balances at the end of the fiscal year, its own and its schools'."""
    dice = Dice(seed, "money", term.year, district)
    wealth = 95 + int(Dice(seed, "wealth", district).below(1, 40)[0])  # of a hundred
    mine = [at for at, each in enumerate(plan.schools) if each.district == district]
    own = int(members[mine].sum())
    found = []
    for account, turn in zip(_OF_DISTRICTS, dice.below(len(_OF_DISTRICTS), 20).tolist(), strict=True):
        cents = own * account.dollars * wealth * (90 + turn) // 100
        if (account.fund, account.function) == _HALFWAY:
            found.append(_balance(account, plan.districts[district].district_id, 0, term, cents * 2 // 5, half=True))
        found.append(_balance(account, plan.districts[district].district_id, 0, term, cents))
    for at in mine:
        school = plan.schools[at]
        for account, turn in zip(_OF_SCHOOLS, dice.below(len(_OF_SCHOOLS), 20).tolist(), strict=True):
            if account.fund != _TITLE_I_FUND or school.title_i:
                cents = int(members[at]) * account.dollars * wealth * (90 + turn) // 100
                found.append(_balance(account, school.school_id, school.school_id % 1000, term, cents))
    return found


def _balance(account: Account, place: int, location: int, term: Term, cents: int, *, half: bool = False) -> str:
    facts: dict[str, object] = {"fund": account.fund, "function": account.function, "object": account.object}
    if account.fund.startswith("2"):
        facts["source"] = "federal"
    if location:
        facts["educationOrganizationKind"] = "school"
    return compact(
        {
            "localAccountReference": {
                "accountIdentifier": f"{account.fund}-{account.function}-{account.object}-{location:03d}",
                "educationOrganizationId": place,
                "fiscalYear": term.year,
            },
            "asOfDate": (date(term.year - 1, 12, 31) if half else date(term.year, 6, 30)).isoformat(),
            "amount": cents / 100,
            "_ext": {"schoolmark": facts},
        }
    )
