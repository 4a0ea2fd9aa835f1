"""What is decoded in a process of its own is what would have been decoded here."""

from __future__ import annotations

import contextlib
import io
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import psutil
import pytest
from PIL import Image, ImageDraw

from awarding.fraud.evidence import Unavailable
from awarding.fraud.picture.examine import examine
from fixtures.hostile import many_page_pdf
from ocr.decode import Frame
from ocr.documents.base import PagePixels
from ocr.documents.work import always
from ocr.opening import HERE
from pipeline.confined import CONFINED, examined_confined
from receipts.errors import Rejection, RejectionReason, TransientError
from receipts.image import MediaType

SAVED = {
    MediaType.JPEG: ("JPEG", {"quality": 70, "exif": b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"}),
    MediaType.PNG: ("PNG", {}),
    MediaType.WEBP: ("WEBP", {}),
    MediaType.TIFF: ("TIFF", {"compression": "tiff_lzw"}),
    MediaType.HEIC: ("HEIF", {}),
}


def _photo(mode: str = "RGB") -> Image.Image:
    noise = np.random.default_rng(3).integers(150, 255, (420, 300, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    ImageDraw.Draw(picture).text((20, 20), "Corner Shop\nTotal 5.00", fill=(0, 0, 0))
    return picture.convert(mode)


def _saved(media_type: MediaType, mode: str = "RGB") -> bytes:
    pillow_heif.register_heif_opener()
    out = io.BytesIO()
    kind, options = SAVED[media_type]
    _photo(mode).save(out, kind, **options)
    return out.getvalue()


def _same(one: Any, other: Any) -> bool:
    if not isinstance(one, Frame | PagePixels):
        return bool(one == other)
    placed = not isinstance(one, Frame) or np.array_equal(one.placed, other.placed)
    return placed and np.array_equal(one.picture, other.picture) and other.picture.flags.writeable


@pytest.mark.parametrize("media_type", SAVED)
def test_a_picture_is_the_same(media_type: MediaType) -> None:
    data = _saved(media_type)
    frame = HERE.picture(data, media_type)
    assert isinstance(frame, Frame)
    assert _same(frame, CONFINED.picture(data, media_type))
    assert examined_confined(data, media_type, None) == examine(data, media_type)
    assert not isinstance(examine(data, media_type), Unavailable)


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "I;16"])
def test_so_it_is_in_every_colour(mode: str) -> None:
    data = _saved(MediaType.PNG, mode)
    assert _same(HERE.picture(data, MediaType.PNG), CONFINED.picture(data, MediaType.PNG))


def test_pages_are_the_same_and_asked_for(shared_data: Path) -> None:
    for path in sorted((shared_data / "receipts" / "pdf").glob("*.pdf")):
        data, here, there = path.read_bytes(), list[int](), list[int]()
        wanted = HERE.pdf(data, lambda steps, asked=here: asked.append(steps) is None)  # type: ignore[misc]
        found = CONFINED.pdf(data, lambda steps, asked=there: asked.append(steps) is None)  # type: ignore[misc]
        assert not isinstance(wanted, Rejection)
        assert not isinstance(found, Rejection)
        assert len(wanted) == len(found)
        for one, other in zip(wanted, found, strict=True):
            assert _same(one, other)
        assert there == here
        for most in range(len(here)):
            left, also_left = iter([True] * most), iter([True] * most)
            first = HERE.pdf(data, lambda _, left=left: next(left, False))  # type: ignore[misc]
            second = CONFINED.pdf(data, lambda _, left=also_left: next(left, False))  # type: ignore[misc]
            assert first == second
        return  # one document shows it; `python -m bench confined` compares all


def test_what_does_not_open_is_refused_in_the_same_words() -> None:
    for data, media_type in ((b"\xff\xd8\xff", MediaType.JPEG), (_saved(MediaType.PNG)[:900], MediaType.PNG)):
        assert CONFINED.picture(data, media_type) == HERE.picture(data, media_type)
        assert isinstance(examined_confined(data, media_type, None), Unavailable)
    for data in (b"%PDF-1.4 nothing", many_page_pdf(30)):
        assert CONFINED.pdf(data, always) == HERE.pdf(data, always)
    two = io.BytesIO()
    _photo().save(two, "TIFF", save_all=True, append_images=[_photo()])
    assert CONFINED.pages_of(two.getvalue(), MediaType.TIFF) == (0, 1)


def test_a_process_ended_from_outside_is_tried_again_later() -> None:
    large = io.BytesIO()
    Image.new("RGB", (6000, 6000)).save(large, "PNG", compress_level=1)

    done = threading.Event()

    def end_each() -> None:
        # One alone may be of an earlier file, on its way out.
        while not done.wait(0.005):
            for maker in psutil.Process().children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    for child in maker.children():
                        child.kill()

    killer = threading.Thread(target=end_each)
    killer.start()
    try:
        with pytest.raises(TransientError):
            CONFINED.picture(large.getvalue(), MediaType.PNG)
    finally:
        done.set()
        killer.join()


def test_a_crowd_of_pixels_is_a_rejection() -> None:
    huge = io.BytesIO()
    Image.new("1", (12_000, 11_000)).save(huge, "PNG")
    refused = CONFINED.picture(huge.getvalue(), MediaType.PNG)
    assert isinstance(refused, Rejection)
    assert refused.reason is RejectionReason.TOO_MANY_PIXELS
