"""The pure rules of scoring, one a file."""
