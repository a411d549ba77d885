"""The law on a command line: shown, compared between years, checked, and traced from rule to case."""
