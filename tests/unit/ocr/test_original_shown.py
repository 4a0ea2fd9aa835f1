"""What is painted over on the repaired page is painted over on the picture as it was taken, too."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.blackout import Band, one_below_the_other, original_as_shown
from receipts.transcript import Point, Quad

SECRET = (40, 200, 40)
PAPER = (250, 250, 250)
TABLE = (40, 40, 200)
PAGE = (300, 500)


def taken(tilt: float) -> tuple[np.ndarray, np.ndarray]:
    """A page with a green number on it, photographed aslant on a red table; and what straightens it."""
    page = np.full((PAGE[1], PAGE[0], 3), PAPER, np.uint8)
    page[400:420, 60:240] = SECRET
    corners = np.array([[0, 0], [PAGE[0], 0], PAGE, [0, PAGE[1]]], np.float32)
    seen = np.array([[120, 90], [420 - tilt, 60 + tilt], [470, 650 - tilt], [90 + tilt, 610]], np.float32)
    onto_photo = cv2.getPerspectiveTransform(corners, seen)
    photo = np.full((720, 560, 3), TABLE, np.uint8)
    cv2.warpPerspective(page, onto_photo, (560, 720), dst=photo, borderMode=cv2.BORDER_TRANSPARENT)
    return photo, np.linalg.inv(onto_photo)


def _quad(left: float, top: float, right: float, bottom: float) -> Quad:
    return Quad(Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom))


def _near(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    away = np.abs(picture.astype(np.int32) - np.array(colour)).max(axis=2)
    return int((away < 60).sum())


@pytest.mark.parametrize("tilt", [0.0, 60.0])
def test_nothing_of_the_number_and_of_the_table_is_left(tilt: float) -> None:
    photo, onto_page = taken(tilt)
    assert _near(photo, SECRET) > 2000
    assert _near(photo, TABLE) > 50_000
    shown = original_as_shown(photo, onto_page, PAGE, [_quad(60, 400, 240, 420)])
    assert shown.shape == photo.shape
    assert _near(shown, SECRET) == 0
    assert _near(shown, TABLE) < 50  # at most the edge's own blur
    assert _near(shown, PAPER) > 0.85 * _near(photo, PAPER)


def test_a_huge_original_is_shown_smaller() -> None:
    photo = cv2.resize(taken(0.0)[0], None, fx=6, fy=6)
    onto_page = taken(0.0)[1] @ np.diag([1 / 6, 1 / 6, 1.0])
    shown = original_as_shown(photo, onto_page, PAGE, [_quad(60, 400, 240, 420)])
    assert max(shown.shape) == 2400
    assert _near(shown, SECRET) == 0


def test_of_one_of_several_photos_only_its_band_is_left_and_what_is_hidden_in_it() -> None:
    """The page lies 200 pixels down the kept picture, which takes from 300 to 650 of it."""
    photo, onto_page = taken(0.0)
    moved = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 200.0], [0.0, 0.0, 1.0]])
    hidden = [_quad(60, 600, 240, 620)]
    shown = original_as_shown(photo, onto_page, PAGE, hidden, band=Band(moved, 300.0, 300.0, 650.0))
    assert _near(shown, SECRET) == 0
    assert _near(shown, TABLE) < 50
    paper = _near(shown, PAPER) / _near(photo, PAPER)
    assert 0.6 < paper < 0.71  # 350 of 500 rows, less the number
    elsewhere = original_as_shown(photo, onto_page, PAGE, [], band=Band(moved, 300.0, 0.0, 200.0))
    assert _near(elsewhere, PAPER) < 50


def test_several_are_one_picture_as_wide_as_the_widest() -> None:
    wide, narrow = np.full((10, 40, 3), 255, np.uint8), np.full((30, 20, 3), 9, np.uint8)
    shown = cv2.imdecode(np.frombuffer(one_below_the_other([wide, narrow]), np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (70, 40, 3)
