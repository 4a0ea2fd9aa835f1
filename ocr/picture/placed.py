"""Where a point of the picture as it is stored lies on the page that was read: each step's matrix, 3 x 3.

Points are pixel corners: (0, 0) is the outer corner of the first pixel. Whoever looks at the stored pixels
themselves says by it where on the shown page something lies.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
AS_IT_IS: Final[Matrix] = np.eye(3)


def turned(shape: tuple[int, ...], quarter_turns: int) -> Matrix:
    """Of `ocr.picture.level.turn` for a picture of that height and width."""
    matrix, (height, width) = AS_IT_IS, shape[:2]
    for _ in range(quarter_turns % 4):
        matrix = np.array([[0.0, -1.0, height], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]) @ matrix
        height, width = width, height
    return matrix


def scaled(before: tuple[int, int], after: tuple[int, int]) -> Matrix:
    """From one width and height to another."""
    return np.diag([after[0] / before[0], after[1] / before[1], 1.0])


_TURNED: Final = {3: 2, 6: 1, 8: 3}
"""Quarters clockwise by EXIF orientation."""
_MIRRORED: Final = {2: 0, 4: 2, 5: 3, 7: 1}
"""The same, of pictures that are mirrored left to right first."""


def set_upright(size: tuple[int, int], orientation: int) -> Matrix:
    """Of a picture stored with that width and height in one of EXIF's orientations."""
    width, height = size
    if orientation in _MIRRORED:
        mirror = np.array([[-1.0, 0.0, width], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
        return np.asarray(turned((height, width), _MIRRORED[orientation]) @ mirror)
    return turned((height, width), _TURNED.get(orientation, 0))
