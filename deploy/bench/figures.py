"""The arithmetic of the bench: percentiles, ratios and the exponent of growth; nothing here measures."""

import math
from collections.abc import Sequence


class NotMeasured(RuntimeError):
    """A stage did not come to a figure that may be believed; the message says why, in a sentence."""


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all values do not exceed (nearest rank). 0 < share ≤ 1."""
    if not values:
        raise NotMeasured("nothing was measured, so there is no percentile")
    return sorted(values)[math.ceil(share * len(values)) - 1]


def ratio(measured: float, floor: float) -> float | None:
    """How many times its floor a figure is; None where the floor took no time that a clock could see."""
    return measured / floor if floor > 0 else None


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """The e of seconds = c × sizes^e that fits best: the slope of the least-squares line through the logarithms."""
    x, y = [math.log(size) for size in sizes], [math.log(each) for each in seconds]
    if len(set(x)) < 2:
        raise NotMeasured("an exponent needs two sizes at least")
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    across = sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y, strict=True))
    return across / sum((a - middle_x) ** 2 for a in x)
