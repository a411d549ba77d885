"""Receipts of decisions: every number that decided, exact and as text, and a sentence or two that a parent can read."""
