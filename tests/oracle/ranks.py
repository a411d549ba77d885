"""Yearly scores of Title I-A and other schools, crowded so that averages tie and cuts fall on ties."""

from dataclasses import dataclass

from hypothesis import strategies as st

THIS_YEAR = "2024-25"
YEARS = ("2024-25", "2023-24", "2022-23", "2021-22", "2020-21")  # as far as a score may lie back
TOLD = ("2018-19", "2020-21", "2022-23", "2023-24", "2024-25")  # without a year in which schools are identified


@dataclass(frozen=True)
class Ranked:
    """A school: its scores, one for each of TOLD or None, the points possible, and whether it is in Title I-A."""

    school_id: str
    scores: tuple[int | None, ...]
    possible: int
    title_i: bool


_scores = st.tuples(
    *[st.one_of(st.none(), st.sampled_from((280, 281, 350, 351, 420)), st.integers(0, 700))] * len(TOLD)
)
_school = st.tuples(_scores, st.sampled_from((700, 700, 1000)), st.sampled_from((True, True, True, False)))
schools = st.lists(_school, min_size=1, max_size=45).map(
    lambda told: [Ranked(f"S{number:02d}", *each) for number, each in enumerate(told)]
)
