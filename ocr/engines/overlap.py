"""Which boxes of two looks at the same page are the same piece of print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from receipts.transcript import Quad

SAME_SHARE: Final = 0.7
"""Two boxes are the same piece when what they share is at least this much of what they cover together."""


def match_boxes(before: Sequence[Quad], after: Sequence[Quad]) -> list[int | None]:
    """For each box of `after`, the box of `before` that is the same piece of print."""
    partners: list[int | None] = []
    for quad in after:
        best, share = None, SAME_SHARE
        for index, other in enumerate(before):
            if (together := _union_share(quad, other)) >= share:
                best, share = index, together
        partners.append(best)
    return partners


def covered_share(quad: Quad, other: Quad) -> float:
    """How much of the first box the second covers, 0 to 1."""
    area = _area(quad)
    return _shared(quad, other) / area if area > 0 else 0.0


def _union_share(first: Quad, second: Quad) -> float:
    shared = _shared(first, second)
    together = _area(first) + _area(second) - shared
    return shared / together if together > 0 else 0.0


def _area(quad: Quad) -> float:
    return (quad.right - quad.left) * (quad.bottom - quad.top)


def _shared(first: Quad, second: Quad) -> float:
    width = min(first.right, second.right) - max(first.left, second.left)
    height = min(first.bottom, second.bottom) - max(first.top, second.top)
    return max(0.0, width) * max(0.0, height)
