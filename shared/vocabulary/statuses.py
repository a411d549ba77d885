"""Statuses: whether an entity is graded, and what support a school is identified for."""

GRADED = "GRADED"
NOT_RATED_NO_TESTED_GRADES = "NOT_RATED_NO_TESTED_GRADES"
NOT_RATED_INSUFFICIENT_DATA = "NOT_RATED_INSUFFICIENT_DATA"
NOT_RATED_NO_ASSESSMENT_YEAR = "NOT_RATED_NO_ASSESSMENT_YEAR"
NOT_RATED_FIRST_YEAR = "NOT_RATED_FIRST_YEAR"
NOT_RATED_LEVEL = "NOT_RATED_LEVEL"  # the chapter grades no entity of this level, such as the state itself

SCHOOL = "school"
DISTRICT = "district"
STATE = "state"

COMPREHENSIVE = "comprehensive_support"
ADDITIONAL_TARGETED = "additional_targeted_support"
TARGETED = "targeted_support"
# From the gravest: of several, the first is a school's headline (SI-STATUS).
STATUS_LABELS = {
    COMPREHENSIVE: "Comprehensive Support and Improvement (CSI)",
    ADDITIONAL_TARGETED: "Additional Targeted Support and Improvement (ATSI)",
    TARGETED: "Targeted Support and Improvement (TSI)",
}
