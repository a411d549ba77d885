"""Scoring: computes points and indicators from facts as of a revision."""
