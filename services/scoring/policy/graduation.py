"""The part of the chapter on graduation: the class, its cohort, and what graduates (ACGR-1 to ACGR-3)."""

from services.scoring.policy.reading import Read, month_and_day, truth
from services.scoring.rules.graduation import GraduationLaw


def law(read: Read) -> GraduationLaw:
    """As the chapter says."""
    return GraduationLaw(
        lag=read("graduation_lag", int),
        diplomas=read("graduation_diplomas", frozenset),
        removable=read("cohort_removals", frozenset),
        needs_evidence=read("cohort_removal_needs_evidence", truth),
        window_years=read("cohort_window_years", int),
        last_day=read("graduation_last_day", month_and_day),
    )
