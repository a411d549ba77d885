"""What reportcard decides: when an edition is whole, what its cards say, and what a release opens. Pure."""

from services.reportcard.handle.arrivals import Delivery, half_of, on_deliveries
from services.reportcard.handle.building import Earlier, Whole, build, on_built
from services.reportcard.handle.releases import ReleaseCommand, on_release, on_released

__all__ = [
    "Delivery",
    "Earlier",
    "ReleaseCommand",
    "Whole",
    "build",
    "half_of",
    "on_built",
    "on_deliveries",
    "on_release",
    "on_released",
]
