"""The generator of a coherent sample state: `write` lays it down as files that can be sent to ingest."""

from deploy.sample.manifest import Manifest, load
from deploy.sample.state import write

__all__ = ["Manifest", "load", "write"]
