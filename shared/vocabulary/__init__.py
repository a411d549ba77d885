"""The words of the field: identity, school years, grades, subgroups, measures, statuses. Standard library only."""
