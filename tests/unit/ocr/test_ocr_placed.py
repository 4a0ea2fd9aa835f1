"""What brings points of the stored picture onto the page, held against the pixels themselves."""

from __future__ import annotations

import numpy as np
import pytest

from fixtures.generator.encode import Orientation, jpeg
from ocr.decode import Frame, decode
from ocr.picture.level import rotate, rotation, turn
from ocr.picture.paper import flatten, flattening
from ocr.picture.placed import turned
from receipts.image import MediaType


def _middle(picture: np.ndarray) -> tuple[float, float]:
    """Of the dark dot, in pixel corners."""
    rows, columns = np.nonzero(picture.min(axis=2) < 100)
    return columns.mean() + 0.5, rows.mean() + 0.5


def _dotted() -> np.ndarray:
    picture = np.full((120, 90, 3), 255, np.uint8)
    picture[20:24, 60:64] = 0
    return picture


def _brought(matrix: np.ndarray, point: tuple[float, float]) -> tuple[float, float]:
    x, y, w = matrix @ np.array([*point, 1.0])
    return x / w, y / w


@pytest.mark.parametrize("orientation", list(Orientation))
def test_the_camera_s_turn_is_followed(orientation: Orientation) -> None:
    data = jpeg(_dotted(), quality=95, orientation=orientation)
    plain = jpeg(_dotted(), quality=95)
    frame, as_stored = decode(data, MediaType.JPEG), decode(plain, MediaType.JPEG)
    assert isinstance(frame, Frame)
    assert isinstance(as_stored, Frame)
    back = _brought(np.linalg.inv(frame.placed), _middle(frame.picture))
    assert _brought(frame.placed, back) == pytest.approx((62, 22), abs=0.1)
    stored = {
        1: (62, 22),
        2: (28, 22),
        3: (28, 98),
        4: (62, 98),
        5: (22, 62),
        6: (22, 28),
        7: (98, 28),
        8: (98, 62),
    }
    assert back == pytest.approx(stored[orientation], abs=0.1)


@pytest.mark.parametrize("quarters", range(4))
def test_quarter_turns_are_followed(quarters: int) -> None:
    moved = _middle(turn(_dotted(), quarters))
    assert _brought(turned((120, 90), quarters), (62, 22)) == pytest.approx(moved, abs=0.01)


def test_levelling_and_the_paper_s_crop_are_followed() -> None:
    by = np.vstack([rotation((120, 90, 3), 7.0), [0, 0, 1]])
    assert _brought(by, (62, 22)) == pytest.approx(_middle(rotate(_dotted(), 7.0)), abs=0.7)
    corners = np.array([[10, 8], [85, 12], [80, 110], [14, 105]], np.float32)
    by, _ = flattening(corners)
    assert _brought(by, (62, 22)) == pytest.approx(_middle(flatten(_dotted(), corners)), abs=0.7)
