"""The natural key as a list in its own order; what a record needs follows from it and is not kept twice."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_LEAVES = {
    "localEducationAgencies": ("localEducationAgencyId",),
    "schools": ("schoolId",),
    "assessments": ("assessmentIdentifier", "namespace"),
    "students": ("studentUniqueId",),
    "studentSchoolAssociations": ("studentUniqueId", "schoolId", "entryDate"),
    "studentEducationOrganizationAssociations": ("studentUniqueId", "educationOrganizationId", "schoolYear"),
    "studentAssessments": ("studentAssessmentIdentifier", "assessmentIdentifier", "namespace", "studentUniqueId"),
    "studentSchoolAttendanceEvents": (
        "studentUniqueId", "schoolId", "schoolYear", "eventDate", "attendanceEventCategoryDescriptor",
    ),
}  # fmt: skip


def upgrade() -> None:
    """Changes both tables that hold records."""
    for table in ("records", "parked"):
        op.execute(f"alter table {table} add column key text[]")
        for resource, names in _LEAVES.items():
            parts = ", ".join(f"leaves->>'{name}'" for name in names)
            op.execute(f"update {table} set key = array[{parts}] where resource = '{resource}'")
        op.execute(f"alter table {table} alter column key set not null, drop column leaves, drop column parents")
