"""A real browser for the site's tests: the chromium that stands on this machine, driven by playwright."""

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "chromium-headless-shell")
PLACES = ("/usr/bin/chromium", "/usr/lib/chromium/chromium", "/snap/bin/chromium", "/opt/google/chrome/chrome")
MEND = (
    "no browser is found, and the site's tests need a real one; mend: `apt-get update && apt-get install -y "
    "--no-install-recommends chromium`, or set SCHOOLMARK_BROWSER to the program of a Chromium or Chrome"
)


class NoBrowser(RuntimeError):
    """There is no browser on this machine; the message is the mend."""


def executable() -> str:
    """The browser's program. Raises NoBrowser with the mend: the tests fail then, they are never left out."""
    named = os.environ.get("SCHOOLMARK_BROWSER")
    if named:
        return named
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    found = found or next((place for place in PLACES if Path(place).exists()), None)
    if found is None:
        raise NoBrowser(MEND)
    return found
