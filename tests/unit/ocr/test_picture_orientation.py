"""Every way that a file may say how it lies is obeyed exactly once."""

from __future__ import annotations

import io

import pillow_heif
import pytest
from PIL import Image

from ocr.decode import Frame, decode
from receipts.image import MediaType

WIDTH, HEIGHT = 120, 200
ORIENTATION = 0x0112

# What a camera stores so that a viewer who obeys the tag sees the page upright (TIFF 6.0, tag 274).
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
TYPES = {
    MediaType.JPEG: ("JPEG", {"quality": 95}),
    MediaType.PNG: ("PNG", {}),
    MediaType.WEBP: ("WEBP", {"lossless": True}),
    MediaType.TIFF: ("TIFF", {}),
}


def page() -> Image.Image:
    """White, its top left eighth red: with its sides it tells all eight orientations apart."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    picture.paste((255, 0, 0), (0, 0, WIDTH // 2, HEIGHT // 4))
    return picture


def stored(value: int) -> Image.Image:
    method = STORED[value]
    return page() if method is None else page().transpose(method)


def tag(value: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = value
    return exif


def upright(data: bytes, media_type: MediaType) -> bool:
    frame = decode(data, media_type)
    assert isinstance(frame, Frame)
    if frame.picture.shape != (HEIGHT, WIDTH, 3):
        return False
    blue, green, red = (int(channel) for channel in frame.picture[20, 20])
    elsewhere = min(int(frame.picture[y, x].min()) for y, x in ((20, 100), (180, 20), (180, 100)))
    return red > 200 > 60 > max(blue, green) and elsewhere > 200


@pytest.mark.parametrize("orientation", list(STORED))
@pytest.mark.parametrize("media_type", list(TYPES))
def test_the_exif_orientation_is_applied_once(media_type: MediaType, orientation: int) -> None:
    kind, options = TYPES[media_type]
    buffer = io.BytesIO()
    stored(orientation).save(buffer, kind, exif=tag(orientation), **options)
    assert upright(buffer.getvalue(), media_type)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_a_tag_that_means_nothing_turns_nothing(orientation: int) -> None:
    buffer = io.BytesIO()
    page().save(buffer, "JPEG", quality=95, exif=tag(orientation))
    assert upright(buffer.getvalue(), MediaType.JPEG)


@pytest.mark.parametrize("orientation", list(STORED))
def test_heic_is_turned_once_though_it_says_so_twice(orientation: int) -> None:
    """Phones write the turn as a property of the picture and into EXIF as well."""
    buffer = io.BytesIO()
    pillow_heif.from_pillow(stored(orientation)).save(buffer, exif=tag(orientation).tobytes(), quality=95)
    data = buffer.getvalue()
    if orientation != 1:
        assert b"irot" in data or b"imir" in data, "the file holds HEIC's own turn"
    assert upright(data, MediaType.HEIC)
