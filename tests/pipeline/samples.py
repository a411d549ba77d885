"""A sample state on disk, with its manifest."""

from dataclasses import dataclass
from pathlib import Path

from deploy.sample.manifest import Manifest


@dataclass(frozen=True)
class Sample:
    """A sample on disk. The arguments are chosen so that some schools are small and some scored years stand."""

    folder: Path
    manifest: Manifest
