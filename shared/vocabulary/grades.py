"""Grade levels as codes: PK, KG, 01 to 12."""

GRADES = ("PK", "KG", *(f"{grade:02d}" for grade in range(1, 13)))
LAST_GRADE = "12"


def ordered(grades: set[str]) -> tuple[str, ...]:
    """Grades from the youngest to the oldest."""
    return tuple(grade for grade in GRADES if grade in grades)
