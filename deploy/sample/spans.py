"""Which kinds of school a district of a given size has, and which grades each kind teaches."""

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How a school shares out the district's families with its sisters."""

    ELEMENTARY = "elementary"  # the elementary schools divide the families among them
    CONTINUES = "continues"  # takes over the children of the elementary school before it in the list
    OVERLAY = "overlay"  # takes a few families from the first elementary school
    MIDDLE = "middle"
    HIGH = "high"


@dataclass(frozen=True)
class Kind:
    """A kind of school; kindergarten is grade 0."""

    title: str
    low: int
    high: int
    level: Level

    def teaches(self, grade: int) -> bool:
        """Whether the grade is taught here."""
        return self.low <= grade <= self.high


K5 = Kind("Elementary School", 0, 5, Level.ELEMENTARY)
K6 = Kind("Elementary School", 0, 6, Level.ELEMENTARY)
K8 = Kind("School", 0, 8, Level.ELEMENTARY)
K12 = Kind("Attendance Center", 0, 12, Level.ELEMENTARY)
K2 = Kind("Primary School", 0, 2, Level.ELEMENTARY)
G3_5 = Kind("Intermediate School", 3, 5, Level.CONTINUES)
TINY = Kind("Community School", 0, 4, Level.OVERLAY)
MIDDLE = Kind("Middle School", 6, 8, Level.MIDDLE)
HIGH = Kind("High School", 9, 12, Level.HIGH)
JUNIOR_HIGH = Kind("Junior-Senior High School", 7, 12, Level.HIGH)


def kinds_of(size: int, rank: int, has_tiny: bool) -> list[Kind]:
    """The schools of a district, in the order in which a child is offered to them."""
    if size == 1:
        return [K12]
    if size == 2:
        return [K6, JUNIOR_HIGH] if rank % 2 else [K8, HIGH]
    if size == 3:
        return [K6 if rank % 2 else K5, MIDDLE, HIGH]
    high = max(1, round(size * 0.18))
    middle = max(1, round(size * 0.2))
    rest = size - high - middle - has_tiny
    elementary: list[Kind] = []
    if rank == 0 and rest >= 3:  # the one school in the state with no tested grade
        elementary += [K2, G3_5]
    elif rank % 4 == 3 and rest >= 2:
        elementary += [K8]
    if rank % 3 == 1:
        elementary += [K6]
    elementary += [K5] * (rest - len(elementary))
    return [TINY] * has_tiny + elementary + [MIDDLE] * middle + [HIGH] * high
