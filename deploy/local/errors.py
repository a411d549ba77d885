"""The one error of local running: what could not start, why, and the mend, in words for a person."""


class CannotStart(Exception):
    """Its text is the whole message; the command line prints it without a traceback."""
