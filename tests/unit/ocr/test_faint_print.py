"""Faint print made dark, and when a page is looked at so."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.engines.base import Glance, OcrEngine, Picture
from ocr.picture.ink import strengthened
from ocr.pictures import Verdict, read_picture
from receipts.transcript import Point, Quad, Row, TextBox

DARK = 60


def page(ink: int, paper: int = 245) -> Picture:
    picture = np.full((900, 600, 3), paper, np.uint8)
    for y in range(80, 840, 40):
        cv2.putText(
            picture, "MILK 1 L  2.34", (60, y), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (ink, ink, ink), 2, cv2.LINE_AA
        )
    return picture


def test_faint_print_becomes_black_on_white_also_in_the_shade() -> None:
    faint = page(200)
    faint[:, 300:] = (faint[:, 300:] * 0.6).astype(np.uint8)
    dark = strengthened(faint)
    assert dark.shape == faint.shape
    ink = faint < np.where(np.arange(600) < 300, 205, 123)[None, :, None]
    assert np.median(dark[ink]) < 100 < np.median(faint[ink])
    for half in (dark[:60, :280], dark[:60, 320:]):
        assert np.median(half) > 220


def test_dark_print_stays_as_it_is_and_nothing_appears_on_an_empty_page() -> None:
    usual = page(10)
    assert np.mean(cv2.absdiff(strengthened(usual), usual)) < 12
    empty = strengthened(np.full((400, 300, 3), 180, np.uint8))
    assert empty.min() > 200
    assert strengthened(np.zeros((8, 8, 3), np.uint8)).shape == (8, 8, 3)


class SeesBlack(OcrEngine):
    """Reads a line where anything is dark."""

    name = version = "sees black"

    def __init__(self) -> None:
        self.asked: list[Picture] = []

    def recognise(self, picture: Picture, *, zoom: float = 1.0) -> tuple[TextBox, ...]:
        self.asked.append(picture)
        if picture.min() > DARK:
            return ()
        quad = Quad(Point(60, 60), Point(300, 60), Point(300, 85), Point(60, 85))
        return (TextBox("MILK 1 L 2.34", quad, 0.99),)

    def look(self, picture: Picture, *, zoom: float = 1.0) -> Glance:
        return Glance(self.recognise(picture, zoom=zoom), 0)

    def usual_side_px(self, picture: Picture) -> int:
        return 960

    def quarter_turns(self, picture: Picture) -> int:
        return 0


def judge(rows: tuple[Row, ...]) -> Verdict:
    return Verdict(worth=float(len(rows)), closed=bool(rows))


def test_a_page_that_stays_open_is_looked_at_with_its_print_made_dark_and_kept_as_it_was() -> None:
    engine, faint = SeesBlack(), page(200)
    best = read_picture(faint, engine, judge)
    assert best.strengthened
    assert len(best.rows) == 1
    assert best.picture.min() > DARK, "reviewers see the page as it is"


def test_a_page_that_closes_is_looked_at_no_further() -> None:
    engine = SeesBlack()
    best = read_picture(page(10), engine, judge)
    assert (best.strengthened, len(engine.asked)) == (False, 1)


@pytest.mark.parametrize(
    ("before", "dark", "taken"),
    [
        (Verdict(1.0, closed=False), Verdict(9.0, closed=False), False),
        (Verdict(1.0, closed=False), Verdict(9.0, closed=False, balanced=True), True),
        (Verdict(1.0, closed=False, refused=True), Verdict(9.0, closed=False), True),
        (Verdict(9.0, closed=False), Verdict(1.0, closed=False, balanced=True), False),
    ],
)
def test_more_print_made_dark_counts_only_where_it_is_proven(
    before: Verdict, dark: Verdict, taken: bool
) -> None:
    """What shines through the paper is made dark as well."""
    best = read_picture(page(200), SeesBlack(), lambda rows: dark if rows else before)
    assert best.strengthened is taken
