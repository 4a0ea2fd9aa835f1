"""Pieces of a picture that are there twice, on pages of print made here."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from awarding.fraud.picture.copied import TILE_HIGH, TILE_WIDE, find_copied


def printed(rng: np.random.Generator) -> np.ndarray:
    """Lines of the same letters again and again, on paper with a camera's noise."""
    page = np.full((640, 560), 205.0)
    letters = rng.random((14, 12)) < 0.4
    for top in range(30, 600, 34):
        for left in range(30, 520, 16):
            page[top : top + 14, left : left + 12][letters] = 60
    return np.clip(page + 5 * rng.standard_normal(page.shape), 0, 255).astype(np.uint8)


def saved(pixels: np.ndarray, quality: int = 92) -> np.ndarray:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality)
    return np.asarray(Image.open(out))


def test_a_line_laid_down_twice_is_found_with_both_its_places() -> None:
    page = printed(np.random.default_rng(5))
    page[302:336, 20:540] = page[268:302, 20:540]
    found = find_copied(saved(page))
    assert found is not None
    assert found.score == 1.0
    tops = {spot.quad.top for spot in found.spots}
    assert {high - low for low in tops for high in tops} >= {34.0}, "both are shown"
    assert all(240 <= top <= 360 for top in tops)
    assert found.spots[0].quad.right - found.spots[0].quad.left == TILE_WIDE
    assert found.spots[0].quad.bottom - found.spots[0].quad.top == TILE_HIGH


def test_the_same_letters_on_paper_of_its_own_are_no_copy() -> None:
    found = find_copied(saved(printed(np.random.default_rng(6))))
    assert found is not None
    assert found.score < 0.3
    assert found.spots == ()


def test_where_no_noise_is_to_be_seen_copies_are_not_looked_for() -> None:
    assert find_copied(np.full((640, 560), 255, np.uint8)) is None
    assert find_copied(printed(np.random.default_rng(7))[:200]) is None
