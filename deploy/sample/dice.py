"""The chance of the sample state: named streams of draws that come out alike on every machine.

Only the raw words of PCG64 are used, whose values numpy guarantees, and only sums, products and comparisons of
them: the distributions of numpy may change between editions, and logarithms differ between processors.
"""

import hashlib
import math

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_TWO_TO_32 = 4294967296.0
_BELL_PARTS = 12  # the sum of twelve even draws has variance one and is near enough to a normal curve
_BELL_MIDDLE = _BELL_PARTS * 32767.5


class Dice:
    """One stream of draws, named by the seed and what it is used for."""

    def __init__(self, seed: int, *purpose: object) -> None:
        name = ":".join(str(part) for part in (seed, *purpose))
        self._words = np.random.PCG64(int.from_bytes(hashlib.sha256(name.encode()).digest()[:16], "big"))

    def _halves(self, count: int) -> npt.NDArray[np.uint16]:
        words: npt.NDArray[np.uint64] = np.asarray(self._words.random_raw((count + 3) // 4 or 1), dtype="<u8")
        return words.view("<u2")[:count]

    def _doubles(self, count: int) -> npt.NDArray[np.uint32]:
        words: npt.NDArray[np.uint64] = np.asarray(self._words.random_raw((count + 1) // 2 or 1), dtype="<u8")
        return words.view("<u4")[:count]

    def share(self, count: int) -> Reals:
        """Even draws from 0 up to, not including, 1."""
        return np.asarray(self._doubles(count).astype(np.float64) / _TWO_TO_32)

    def chance(self, count: int, probability: Reals | float) -> Flags:
        """True with the probability given, one for all or one each."""
        return np.asarray(self._doubles(count).astype(np.float64) < np.asarray(probability) * _TWO_TO_32)

    def below(self, count: int, limit: Ints | int) -> Ints:
        """Whole numbers from 0 up to, not including, the limit."""
        wide = self._doubles(count).astype(np.int64) * np.asarray(limit, dtype=np.int64)
        return np.asarray(wide >> 32, dtype=np.int64)

    def bell(self, count: int) -> Reals:
        """Draws of mean 0 and spread 1, bell-shaped, never beyond 6."""
        parts = self._halves(count * _BELL_PARTS).reshape(count, _BELL_PARTS)
        return np.asarray((parts.sum(axis=1, dtype=np.int64).astype(np.float64) - _BELL_MIDDLE) / 65536.0)

    def levelled_bell(self, count: int) -> Reals:
        """Bell-shaped draws, moved together so that their mean is 0 in a small state too."""
        drawn = self.bell(count)
        return np.asarray(drawn - math.fsum(drawn.tolist()) / max(count, 1))

    def pick(self, count: int, weights: Ints) -> Ints:
        """Places in the weights, each as likely as its weight."""
        ends = np.cumsum(weights)
        return np.asarray(np.searchsorted(ends, self.below(count, int(ends[-1])), side="right"), dtype=np.int64)

    def order(self, count: int) -> Ints:
        """The numbers 0 to count - 1, shuffled."""
        return np.argsort(self._doubles(count), kind="stable").astype(np.int64)
