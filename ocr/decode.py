"""From the bytes of a picture to pixels: turned as its camera says, reduced when huge, never an exception.

Memory stays bounded: sizes are read from the header first, JPEGs are reduced while they are decoded.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
import pillow_heif
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from ocr.engines.base import Picture
from ocr.picture.placed import AS_IT_IS, Matrix, scaled, set_upright
from receipts.errors import Rejection, RejectionReason
from receipts.image import MediaType

MAX_PIXELS: Final = 120_000_000
"""Refused from the header on: a 108 megapixel phone photo passes, 360 MB is the most one decode may take."""
WORKING_LONG_SIDE_PX: Final = 4500
"""Pages longer than this are reduced: the engine itself sees no more."""
WORKING_PIXELS: Final = 9_000_000
"""A 300 dpi A4 page keeps all its pixels. Larger pictures have print far above the engine's 48 pixels."""
DRAFT_SLACK: Final = 0.9
"""A JPEG may be decoded to this much less than wanted: halving while decoding saves three quarters."""
MIN_SIDE_PX: Final = 60
"""Less than two lines of legible print."""
ORIENTATION_TAG: Final = 0x0112
PILLOW_FORMATS: Final = ("JPEG", "PNG", "WEBP", "TIFF")

_FILE_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    MemoryError,
    OverflowError,
    Image.DecompressionBombError,
)
"""What Pillow raises on broken files, by its own documentation and by fuzzing."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The whole picture as it was taken, upright as the camera says, reduced when it is huge.

    Attributes:
        placed: brings a point of the picture as it is stored onto this one (see `ocr.picture.placed`).
    """

    picture: Picture
    placed: Matrix = field(default_factory=lambda: AS_IT_IS)


MAX_PAGES: Final = 20
"""Of a TIFF, as of a PDF; more are not looked for."""
REDUCED_TAG: Final = 254
"""TIFF's NewSubfileType: with its lowest bit set a page is a small copy of another one."""


def pages_of(data: bytes, media_type: MediaType) -> tuple[int, ...]:
    """Which pages a picture's file holds: the first, and of a TIFF all that are no small copies of others.

    At most one more than `MAX_PAGES`; the first alone where `decode` will say what is wrong with the file.
    """
    if media_type is not MediaType.TIFF:
        return (0,)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=("TIFF",)) as image:
                return tuple(_whole_pages(image))
    except _FILE_ERRORS:
        return (0,)


def _whole_pages(image: Image.Image) -> Iterator[int]:
    for page in range(MAX_PAGES + 1):
        try:
            image.seek(page)
        except EOFError:
            return
        reduced = image.tag_v2.get(REDUCED_TAG, 0) if isinstance(image, TiffImageFile) else 0
        if page == 0 or not int(reduced) & 1:
            yield page


def decode(data: bytes, media_type: MediaType, *, page: int = 0) -> Frame | Rejection:
    """The picture in `data`, or why there is none; of a TIFF, that page."""
    try:
        with warnings.catch_warnings():
            # Odd metadata makes Pillow warn; what matters is whether the pixels come out.
            warnings.simplefilter("ignore")
            opened = _open_heif(data) if media_type is MediaType.HEIC else _open(data, page)
            return opened if isinstance(opened, Rejection) else _to_frame(*opened)
    except UnidentifiedImageError:
        return Rejection(RejectionReason.UNSUPPORTED_TYPE, "the content is no picture of a kind we open")
    except _FILE_ERRORS as error:
        return Rejection(RejectionReason.DAMAGED, f"the picture did not decode: {type(error).__name__}")


def _check_size(size: tuple[int, int]) -> Rejection | None:
    width_px, height_px = size
    if width_px * height_px > MAX_PIXELS:
        detail = f"{width_px} x {height_px} pixels; the most is {MAX_PIXELS}"
        return Rejection(RejectionReason.TOO_MANY_PIXELS, detail)
    if min(width_px, height_px) < MIN_SIDE_PX:
        detail = f"{width_px} x {height_px} pixels; the least side is {MIN_SIDE_PX}"
        return Rejection(RejectionReason.TOO_SMALL, detail)
    return None


_Opened = tuple[Image.Image, tuple[int, int]]
"""With its width and height as stored."""


def _open(data: bytes, page: int) -> _Opened | Rejection:
    image = Image.open(io.BytesIO(data), formats=PILLOW_FORMATS)
    if page:
        image.seek(page)
    refused = _check_size(image.size)
    if refused is not None:
        return refused
    stored = image.size
    scale = _reduction(stored) / DRAFT_SLACK
    if scale > 1.0:
        # JPEG only: decodes at 1/2, 1/4 or 1/8 with a fraction of the memory; others ignore it.
        image.draft("RGB", (int(image.width / scale), int(image.height / scale)))
    return image, stored


def _open_heif(data: bytes) -> _Opened | Rejection:
    heif = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
    refused = _check_size(heif.size)
    if refused is not None:
        return refused
    image: Image.Image = heif.to_pillow()
    # libheif has turned the pixels already; turning them again by EXIF would turn them twice.
    image.getexif().pop(ORIENTATION_TAG, None)
    image.info.pop("exif", None)
    return image, image.size


def _reduction(size: tuple[int, int]) -> float:
    by_pixels = math.sqrt(size[0] * size[1] / WORKING_PIXELS)
    return max(1.0, by_pixels, max(size) / WORKING_LONG_SIDE_PX)


_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What sets a picture upright, by the EXIF orientation that it names."""
_SCALABLE: Final = frozenset({"RGB", "L"})
"""Modes that are scaled as they are; others become plain colours first."""


def _to_frame(image: Image.Image, stored: tuple[int, int]) -> Frame:
    """Reduced first and turned then, each step in place of the last: a page of 35 megapixels has 100 MB."""
    image.load()  # TIFF is turned by Pillow while it loads, and its tag is gone then
    orientation = image.getexif().get(ORIENTATION_TAG, 1)
    turn = _TURNS.get(orientation)
    scale = _reduction(image.size)
    plain = image.mode in _SCALABLE and "transparency" not in image.info
    flat = image if plain else _on_white(image)
    if scale > 1.0:
        size = (max(1, round(flat.width / scale)), max(1, round(flat.height / scale)))
        flat = flat.resize(size, Image.Resampling.BOX)
    placed = scaled(stored, flat.size)
    if turn is not None:
        placed = set_upright(flat.size, orientation) @ placed
        flat = flat.transpose(turn)
    rgb = np.asarray(flat if flat.mode == "RGB" else _on_white(flat), dtype=np.uint8)
    return Frame(np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), np.uint8), placed)


def _on_white(image: Image.Image) -> Image.Image:
    """Without transparency: an order saved as PNG has black text on nothing."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    if image.mode.startswith("I;16"):
        # 16-bit grey: Pillow would cut it off at 255 instead of scaling it.
        grey = np.asarray(image, dtype=np.uint16) >> 8
        return Image.fromarray(grey.astype(np.uint8)).convert("RGB")
    return image.convert("RGB")
