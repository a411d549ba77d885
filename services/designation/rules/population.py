"""Which schools a rule looks at. Source: essa-report-card CSI-1 to CSI-3, TSI-1, ATSI-1."""

from services.designation.rules.edition import SchoolYear

TITLE_I_A, ALL_SCHOOLS = "title_i_a", "all_schools"
POPULATIONS = (TITLE_I_A, ALL_SCHOOLS)


def is_in(school: SchoolYear, population: str) -> bool:
    """Whether the school is of the population."""
    return population == ALL_SCHOOLS or school.title_i
