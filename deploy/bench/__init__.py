"""Measures a line on this machine against the machine's own floor, in one run: `run` prints a table and a JSON file."""
