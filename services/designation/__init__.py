"""Designation: decides each school's federal status and emits its changes."""
