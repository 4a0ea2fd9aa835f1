"""Error rates from a sample, with intervals that say how little a small sample knows."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z_95 = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of wrong decisions, as the sample has it.

    Attributes:
        looked_at: how many were answered; with none, the interval is 0 to 1.
        low: lower end of the 95 % interval.
        high: upper end.
    """

    wrong: int
    looked_at: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share in the sample; 0 of none."""
        return self.wrong / self.looked_at if self.looked_at else 0.0


def rate_of(wrong: int, looked_at: int) -> Rate:
    """The rate with Wilson's score interval (E. B. Wilson, JASA 22, 1927), which holds near 0 as well."""
    if not looked_at:
        return Rate(0, 0, 0.0, 1.0)
    share, z2 = wrong / looked_at, Z_95 * Z_95
    middle = (share + z2 / (2 * looked_at)) / (1 + z2 / looked_at)
    half = math.sqrt(share * (1 - share) / looked_at + z2 / (4 * looked_at**2)) * Z_95 / (1 + z2 / looked_at)
    # Rounding may pass the share itself where it is 0 or 1.
    return Rate(wrong, looked_at, min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half)))
