"""Hashes that an index finds, and the local features that confirm them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from awarding.fraud.alike.features import Points, matched, points_of
from awarding.fraud.alike.hashes import (
    BITS,
    bands_of,
    bits_apart,
    hash_from,
    hashes_of,
    near_bands,
)
from awarding.fraud.same_picture import POINTS_MIN, SAME_SHOT_BITS, is_same_paper

HASHES = st.integers(0, 2**BITS - 1)
PLACES = st.sets(st.integers(0, BITS - 1), max_size=15)
FOUND_WITHIN = 15
WORDS = ("OATS", "MILK", "BREAD", "HONEY", "APPLES", "TEA", "RICE", "CHEESE", "SOAP", "EGGS")


def paper(seed: int, lines: int = 16) -> NDArray[np.uint8]:
    """A receipt with words and prices of its own on a dark table."""
    dice = np.random.default_rng(seed)
    page = np.full((900, 700, 3), 60, np.uint8)
    page[60:860, 140:560] = 235
    cv2.putText(page, "CORNER MARKET", (180, 110), cv2.FONT_HERSHEY_DUPLEX, 1.2, (30, 30, 30), 2)
    for line in range(lines):
        word = f"{WORDS[dice.integers(len(WORDS))]} {dice.integers(100, 999)}G"
        price = f"{dice.integers(1, 99)}.{dice.integers(10, 99)}"
        y = 170 + 42 * line
        cv2.putText(page, word, (160, y), cv2.FONT_HERSHEY_DUPLEX, 0.8, (40, 40, 40), 1)
        cv2.putText(page, price, (450, y), cv2.FONT_HERSHEY_DUPLEX, 0.8, (40, 40, 40), 1)
    return page


def at_an_angle(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same paper from the side, turned by a few degrees, in worse light."""
    height, width = picture.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = np.array([[40, 10], [width - 60, 45], [width, height - 20], [0, height]], np.float32)
    seen = cv2.warpPerspective(
        picture, cv2.getPerspectiveTransform(corners, moved), (width, height), borderValue=(90, 80, 70)
    )
    return np.asarray(cv2.convertScaleAbs(cv2.GaussianBlur(seen, (3, 3), 0), alpha=0.8, beta=5), np.uint8)


def saved_anew(picture: NDArray[np.uint8], quality: int = 50) -> NDArray[np.uint8]:
    smaller = cv2.resize(picture, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", cv2.convertScaleAbs(smaller, alpha=0.9, beta=8), [1, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


@given(HASHES, PLACES, st.integers(0, 1))
def test_near_hashes_share_a_band(value: int, places: set[int], kind: int) -> None:
    other = value ^ sum(1 << place for place in places)
    assert set(near_bands(value, kind=kind)) & set(bands_of(other, kind=kind))
    assert bits_apart((value,), other) == bits_apart((other,), value) == len(places) <= FOUND_WITHIN


@given(HASHES, st.integers(0, 1))
def test_a_hash_comes_back_from_its_bands(value: int, kind: int) -> None:
    assert hash_from(bands_of(value, kind=kind), kind=kind) == value
    assert hash_from(bands_of(value, kind=kind), kind=1 - kind) is None
    assert not set(bands_of(value, kind=0)) & set(bands_of(value, kind=1)), "kinds are kept apart"


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_quarter_turns_leave_the_hash_among_the_turned_ones(turns: int) -> None:
    picture = paper(1)
    turned = hashes_of(np.ascontiguousarray(np.rot90(picture, turns)))
    asked = {band for value in turned for band in near_bands(value, kind=0)}
    assert asked & set(bands_of(hashes_of(picture)[0], kind=0))
    assert bits_apart(turned, hashes_of(picture)[0]) <= FOUND_WITHIN


@pytest.mark.parametrize("quality", [30, 60, 90])
def test_a_picture_saved_anew_and_brightened_is_found(quality: int) -> None:
    picture = paper(2)
    again = hashes_of(saved_anew(picture, quality))
    assert bits_apart(again, hashes_of(picture)[0]) <= FOUND_WITHIN


def test_receipts_of_one_shop_have_other_hashes() -> None:
    hashes = [hashes_of(paper(seed)) for seed in range(6)]
    apart = [bits_apart(a, b[0]) for i, a in enumerate(hashes) for b in hashes[:i]]
    assert min(apart) > SAME_SHOT_BITS


def test_an_even_picture_has_no_hash_and_no_points() -> None:
    wall = np.full((400, 300, 3), 128, np.uint8)
    assert hashes_of(wall) == ()
    assert points_of(wall) is None
    assert matched(points_of(wall), points_of(paper(1))).points == 0


def test_the_paper_is_known_again_from_the_side_and_another_is_not() -> None:
    first = points_of(paper(3))
    again, other = matched(points_of(at_an_angle(paper(3))), first), matched(points_of(paper(4)), first)
    assert again.points >= 2 * POINTS_MIN
    assert is_same_paper(again.points, again.share)
    assert other.points >= 2 * POINTS_MIN, "one letter looks like another"
    assert other.share < again.share
    assert not is_same_paper(other.points, other.share)


def test_the_few_points_of_a_blurred_picture_answer_once_each() -> None:
    """A homography that brings everything to one place would explain any number of matches there."""
    dice = np.random.default_rng(1)
    places = dice.uniform(0, 900, (12, 2)).astype(np.float32)
    places[:6] = places[0]  # as a place has several points, one for each of its directions
    few = Points(places, dice.uniform(0, 80, (12, 128)).astype(np.float32))
    answers = np.repeat(np.arange(len(places)), 12)
    spread = dice.uniform(0, 900, (len(answers), 2)).astype(np.float32)
    noise = dice.normal(0, 1, (len(answers), 128)).astype(np.float32)
    many = Points(spread, few.descriptors[answers] + noise)
    assert matched(many, few).points <= len(few.places) < POINTS_MIN
