"""What reportcard decides: when an edition is whole, what its cards say, and what a release opens. Pure."""

from services.reportcard.handle.arrivals import Delivery, half_of, on_deliveries
from services.reportcard.handle.building import Earlier, Judged, Scores, Whole, build, build_judged, judge, on_built
from services.reportcard.handle.releases import ReleaseCommand, on_release, on_released

__all__ = [
    "Delivery",
    "Earlier",
    "Judged",
    "ReleaseCommand",
    "Scores",
    "Whole",
    "build",
    "build_judged",
    "half_of",
    "judge",
    "on_built",
    "on_deliveries",
    "on_release",
    "on_released",
]
