"""Photographs show what their boxes say, where they say it."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace

import cv2
import numpy as np
import pillow_heif
import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from fixtures.generator import encode
from fixtures.generator.dice import Dice
from fixtures.generator.layouts import LAYOUTS
from fixtures.generator.photograph import Conditions, phone_conditions, scanner_conditions
from fixtures.generator.purchase import fill_basket, ring_up
from fixtures.generator.retailers import shop
from fixtures.generator.sample import Kind, Sample, draw_sample
from fixtures.generator.surfaces import Surface
from fixtures.generator.warp import Bend, Warp, quad_around

DAY = dt.date(2026, 11, 20)
PLAIN_SHOP = shop("Quillby's Corner Grocer")
"""Prints neither logo nor, in its wide layout, rules: all its ink is text."""

BENT = Bend(curl=0.15, arch=0.03, arch_change=-0.02, snake=0.01, snake_waves=1.2, snake_phase=1.0)


def clear_conditions(scale: float = 0.9) -> Conditions:
    """Bent and askew, but evenly lit and sharp: every dark spot on the paper is ink."""
    return replace(
        phone_conditions(Dice("clear")),
        surface=Surface.DARK_WOOD,
        scale=scale,
        turn_deg=5.0,
        keystone=0.05,
        bend=BENT,
        shadow=0.0,
        blur_px=0.4,
        shake_px=0.0,
        fade=0.0,
        crumple=0.0,
        grain=0.5,
        warmth=0.0,
        exposure=1.0,
        paper=(0.95, 0.95, 0.95),
        ink=(0.1, 0.1, 0.1),
    )


def filled(shape: tuple[int, int], quads: list[np.ndarray], *, grow_px: int = 0) -> np.ndarray:
    mask = np.zeros(shape, dtype=np.uint8)
    for quad in quads:
        cv2.fillPoly(mask, [np.round(quad).astype(np.int32)], 255)
    if grow_px:
        mask = cv2.dilate(mask, np.ones((2 * grow_px + 1, 2 * grow_px + 1), dtype=np.uint8))
    return mask > 0


def photographed(kind: Kind, seed: str = "boxes") -> Sample:
    return draw_sample(
        seed, kind=kind, purchased_on=DAY, shop=PLAIN_SHOP, layout="wide", conditions=clear_conditions(),
        paper="without a barcode",
    )  # fmt: skip


@pytest.mark.parametrize("kind", [Kind.PHOTO, Kind.SIDEWAYS])
def test_every_box_on_the_photograph_holds_ink_and_no_ink_lies_outside_them(kind: Kind) -> None:
    sample = photographed(kind)
    assert sample.upright is not None
    grey = cv2.cvtColor(sample.upright.pixels, cv2.COLOR_RGB2GRAY)
    quads = [np.array(box["quad"]) for box in sample.label["boxes"]]
    dark = grey < 120
    for box, quad in zip(sample.label["boxes"], quads, strict=True):
        assert dark[filled(grey.shape, [quad])].mean() > 0.04, box["text"]
    paper = (
        cv2.erode(filled(grey.shape, [sample.upright.outline]).astype(np.uint8), np.ones((41, 41), np.uint8))
        > 0
    )
    outside = paper & ~filled(grey.shape, quads, grow_px=2)
    assert (dark & outside).sum() < 0.005 * (dark & paper).sum()


def test_boxes_lie_inside_the_picture_and_on_the_paper() -> None:
    for seed in range(3):
        sample = draw_sample(f"inside-{seed}", kind=Kind.PHOTO, purchased_on=DAY)
        assert sample.upright is not None
        height, width = sample.upright.pixels.shape[:2]
        corners = np.array([box["quad"] for box in sample.label["boxes"]]).reshape(-1, 2)
        assert corners.min() >= 0
        assert (corners <= [width, height]).all()
        assert sample.label["boxes"]


def test_a_box_reads_from_left_to_right_along_its_text() -> None:
    sample = photographed(Kind.PHOTO)
    for box in sample.label["boxes"]:
        top_left, top_right, bottom_right, bottom_left = np.array(box["quad"])
        left, top, right, bottom = box["drawn"]
        if right - left > 2 * (bottom - top):
            assert np.linalg.norm(top_right - top_left) > np.linalg.norm(bottom_left - top_left)
        assert top_right[0] > top_left[0]
        assert bottom_right[1] > top_right[1]


shares = st.floats(min_value=-0.05, max_value=0.05)


@given(
    curl=st.floats(min_value=0, max_value=0.4),
    arch=shares,
    arch_change=shares,
    snake=shares,
    phase=st.floats(min_value=0, max_value=6.28),
    lean=st.floats(min_value=-60, max_value=60),
    at=st.tuples(st.floats(min_value=0, max_value=600), st.floats(min_value=0, max_value=1500)),
)
@settings(deadline=None)
def test_to_the_photograph_and_back_is_where_one_began(
    curl: float,
    arch: float,
    arch_change: float,
    snake: float,
    phase: float,
    lean: float,
    at: tuple[float, float],
) -> None:
    corners = np.array([[0, 0], [600, 0], [600, 1500], [0, 1500]], dtype=np.float32)
    seen = (corners + np.array([[lean, 0], [0, lean], [-lean, 0], [0, -lean]]) + 100).astype(np.float32)
    warp = Warp(
        width=600,
        height=1500,
        bend=Bend(curl=curl, arch=arch, arch_change=arch_change, snake=snake, snake_phase=phase),
        homography=cv2.getPerspectiveTransform(corners, seen),
    )
    point = np.array([at])
    assert warp.to_paper(warp.to_photo(point)) == pytest.approx(point, abs=0.2)
    quad = quad_around(warp, left=100, top=200, right=400, bottom=240)
    middle = warp.to_photo(np.array([[250.0, 220.0]]))[0]
    assert cv2.pointPolygonTest(quad.astype(np.float32), middle.tolist(), False) >= 0


@pytest.mark.parametrize("orientation", list(encode.Orientation))
def test_a_viewer_that_obeys_exif_sees_the_picture_upright(orientation: encode.Orientation) -> None:
    pixels = np.zeros((60, 40, 3), dtype=np.uint8)
    pixels[:20, :15] = 255
    data = encode.jpeg(pixels, quality=95, orientation=orientation)
    with Image.open(io.BytesIO(data)) as stored:
        quarter = orientation >= encode.Orientation.TRANSPOSED
        assert stored.size == ((60, 40) if quarter else (40, 60))
        seen = np.asarray(ImageOps.exif_transpose(stored))
    assert np.abs(seen.astype(int) - pixels).mean() < 5


@pytest.mark.parametrize(
    ("kind", "signature"),
    [
        (Kind.PHOTO, b"\xff\xd8\xff"),
        (Kind.PNG, b"\x89PNG"),
        (Kind.WEBP, b"RIFF"),
        (Kind.PDF_SCAN, b"%PDF"),
    ],
)
def test_the_same_seed_gives_the_same_file(kind: Kind, signature: bytes) -> None:
    first, again = (
        draw_sample("same", kind=kind, purchased_on=DAY, conditions=clear_conditions(scale=0.4))
        for _ in range(2)
    )
    assert first.data.startswith(signature)
    assert first.data == again.data
    assert first.label == again.label


def test_a_heic_file_shows_the_photograph() -> None:
    sample = draw_sample("heic", kind=Kind.HEIC, purchased_on=DAY, conditions=clear_conditions(scale=0.4))
    assert sample.upright is not None
    seen = np.asarray(pillow_heif.open_heif(io.BytesIO(sample.data)).to_pillow())
    assert seen.shape == sample.upright.pixels.shape
    assert np.abs(seen.astype(int) - sample.upright.pixels).mean() < 5


def test_a_scanned_pdf_has_a_picture_and_no_text() -> None:
    sample = draw_sample(
        "scan", kind=Kind.PDF_SCAN, purchased_on=DAY, conditions=scanner_conditions(Dice("scan"))
    )
    document = pdfium.PdfDocument(sample.data)
    page = document[0]
    words = page.get_textpage()
    text = words.get_text_range()
    for child in (words, page, document):
        child.close()
    assert text == ""


def test_two_photographs_of_one_paper_show_the_same_print() -> None:
    purchase = ring_up(
        PLAIN_SHOP,
        fill_basket(PLAIN_SHOP, Dice("basket"), own=2, others=2),
        habits=LAYOUTS["wide"].habits,
        date=DAY,
        dice=Dice("till"),
    )
    one, other = (
        draw_sample(
            seed, kind=Kind.PHOTO, purchased_on=DAY, layout="wide", purchase=purchase, paper="the same",
            conditions=clear_conditions(scale=0.3),
        )
        for seed in ("one", "other")
    )  # fmt: skip
    assert [(box["text"], box["drawn"]) for box in one.label["boxes"]] == [
        (box["text"], box["drawn"]) for box in other.label["boxes"]
    ]
    assert one.data != other.data
