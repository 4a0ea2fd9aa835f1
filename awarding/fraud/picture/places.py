"""Places on the stored picture and on the repaired one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from awarding.fraud.picture.findings import Spot
from receipts.image import Placed
from receipts.transcript import Point, Quad

Matrix = NDArray[np.float64]
_HORIZON = 1e-9
"""Points so near to a plane's vanishing line lie nowhere."""


def on_page(placed: Placed | None, scale: float) -> Matrix:
    """What brings a point of the examined pixels onto the repaired picture, or the stored one without it.

    `scale` is how many stored pixels one of the examined ones stands for.
    """
    matrix = np.eye(3) if placed is None else np.array(placed, np.float64).reshape(3, 3)
    return np.asarray(matrix @ np.diag([scale, scale, 1.0]))


def brought(spots: Iterable[Spot], matrix: Matrix) -> tuple[Spot, ...]:
    """The spots, moved by the matrix."""
    return tuple(replace(spot, quad=quad_of(moved(corners(spot.quad)[None], matrix)[0])) for spot in spots)


def corners(quad: Quad) -> Matrix:
    """4 x 2."""
    points = (quad.top_left, quad.top_right, quad.bottom_right, quad.bottom_left)
    return np.array([[point.x, point.y] for point in points])


def moved(points: Matrix, matrix: Matrix) -> Matrix:
    """Points of any shape that ends in 2."""
    flat = points.reshape(-1, 2)
    out = np.column_stack([flat, np.ones(len(flat))]) @ matrix.T
    away = np.where(np.abs(out[:, 2:]) < _HORIZON, _HORIZON, out[:, 2:])
    return np.asarray((out[:, :2] / away).reshape(points.shape))


def quad_of(points: Matrix) -> Quad:
    """Four corners to a quad, to a tenth of a pixel."""
    a, b, c, d = (Point(round(float(x), 1), round(float(y), 1)) for x, y in points)
    return Quad(a, b, c, d)
