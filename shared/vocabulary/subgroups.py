"""Student subgroups of the report card, and the partitions they form. Source: essa-report-card SUBG-1 to SUBG-10."""

ALL = "all"
RACES = ("american_indian", "asian", "black", "hispanic", "pacific_islander", "white", "two_or_more")
GENDERS = ("female", "male")
FLAGS = (
    "economically_disadvantaged",
    "students_with_disabilities",
    "english_learners",
    "migrant",
    "homeless",
    "foster_care",
    "military_connected",
)
SUBGROUPS = (ALL, *GENDERS, *RACES, *FLAGS)

# Each partition names the published members; a flag's other side is never published but still stands.
PARTITIONS: dict[str, tuple[str, ...]] = {
    "gender": GENDERS,
    "race": RACES,
    **{flag: (flag,) for flag in FLAGS},
}

LABELS = {
    ALL: "All students",
    "female": "Female",
    "male": "Male",
    "american_indian": "Alaskan Native or Native American",
    "asian": "Asian",
    "black": "Black or African American",
    "hispanic": "Hispanic/Latino",
    "pacific_islander": "Native Hawaiian or Other Pacific Islander",
    "white": "White",
    "two_or_more": "Two or more races",
    "economically_disadvantaged": "Economically disadvantaged",
    "students_with_disabilities": "Students with disabilities",
    "english_learners": "English learners",
    "migrant": "Migrant",
    "homeless": "Homeless",
    "foster_care": "Foster care",
    "military_connected": "Military connected",
}
