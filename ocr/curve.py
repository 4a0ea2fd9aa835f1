"""How the lines of a bent page run, from the slopes of its own boxes.

Paper that curls makes its lines arch: they slope one way on the left and the other way on the right, more at
one end than at the other. So slope is fitted as a plane over the page (with a term for its twist), and the
height that a box would have on flat paper follows by adding the slope up from the page's middle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from receipts.transcript import Quad, TextBox

TELLING_FACTOR: Final = 2.0
"""Boxes at least so much wider than high tell a slope."""
MIN_TELLING: Final = 8
"""Four unknowns, twice over."""
RIDGE: Final = 0.02
"""Holds a slope back that only a few boxes on one side speak for."""
OUTLYING: Final = 2.5
"""Times the median residual: such boxes count little in the second round."""

Vector = NDArray[np.float64]


def heights_when_flat(boxes: Sequence[TextBox]) -> list[float] | None:
    """For each box the y of its middle on flat paper; None where too few boxes tell."""
    if len(boxes) < MIN_TELLING:
        return None
    middles = np.array([_middle(box.quad) for box in boxes])
    sizes = np.array([_size(box.quad) for box in boxes])
    slopes = np.array([_slope(box.quad) for box in boxes])
    telling = sizes[:, 0] >= TELLING_FACTOR * sizes[:, 1]
    if telling.sum() < MIN_TELLING:
        return None
    centre = np.median(middles, axis=0)
    reach = max(1.0, float(np.ptp(middles, axis=0).max()) / 2)
    x, y = ((middles - centre) / reach).T
    plane = _fit(
        np.stack([np.ones_like(x), x, y, x * y], axis=1)[telling], slopes[telling], sizes[telling, 0]
    )
    level, arch, lean, twist = plane
    rise = level * x + arch * x**2 / 2 + lean * x * y + twist * x**2 * y / 2
    return [float(value) for value in middles[:, 1] - reach * rise]


def _fit(terms: NDArray[np.float64], slopes: Vector, weights: Vector) -> Vector:
    """Weighted least squares with a little ridge on all but the level slope, twice."""
    ridge = RIDGE * np.diag([0.0, 1.0, 1.0, 1.0])
    weights = weights / weights.sum()
    plane = np.zeros(4)
    for _ in range(2):
        weighted = terms * weights[:, None]
        plane = np.linalg.solve(
            terms.T @ weighted + ridge * weights.sum() + 1e-9 * np.eye(4), weighted.T @ slopes
        )
        residuals = np.abs(slopes - terms @ plane)
        limit = OUTLYING * max(1e-4, float(np.median(residuals)))
        weights = weights * np.minimum(1.0, limit / np.maximum(residuals, 1e-9))
    return np.asarray(plane, np.float64)


def _middle(quad: Quad) -> tuple[float, float]:
    corners = (quad.top_left, quad.top_right, quad.bottom_right, quad.bottom_left)
    return sum(point.x for point in corners) / 4, sum(point.y for point in corners) / 4


def _size(quad: Quad) -> tuple[float, float]:
    width = math.dist((quad.top_left.x, quad.top_left.y), (quad.top_right.x, quad.top_right.y))
    height = math.dist((quad.top_left.x, quad.top_left.y), (quad.bottom_left.x, quad.bottom_left.y))
    return width, height


def _slope(quad: Quad) -> float:
    """Of the upper and the lower side together: a box's two sides err apart from each other."""
    run = quad.top_right.x - quad.top_left.x + quad.bottom_right.x - quad.bottom_left.x
    rise = quad.top_right.y - quad.top_left.y + quad.bottom_right.y - quad.bottom_left.y
    return rise / run if run > 0 else 0.0
