"""Reportcard: builds and serves the public card, suppressed."""
