"""A picture's bytes to findings: decoded once, in brightness, at its own size: repair hides traces."""

from __future__ import annotations

import io
import warnings
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from awarding.fraud.evidence import Unavailable
from awarding.fraud.picture.copied import find_copied
from awarding.fraud.picture.findings import EditedFindings, MadeFindings, PictureFindings, ScreenFindings
from awarding.fraud.picture.made_image import find_made
from awarding.fraud.picture.metadata import FILE_ERRORS, FORMATS, examine_metadata
from awarding.fraud.picture.places import brought, on_page
from awarding.fraud.picture.screen_grid import find_screen
from receipts.image import MediaType, Placed

MOST_PIXELS: Final = 120_000_000
"""What reading takes as well; more was refused before."""
FULL_PIXELS: Final = 30_000_000
"""Above this a picture is decoded at half its size: its print is far larger than needed."""
LEAST_SIDE_PX: Final = 64
PREVIEW_PX: Final = 128

Grey = NDArray[np.uint8]


def examine(
    data: bytes, media_type: MediaType, *, placed: Placed | None = None
) -> PictureFindings | Unavailable:
    """All that is to be found on the picture.

    Args:
        data: the file as it was sent.
        media_type: what it is, by content; one of `receipts.image.IMAGE_TYPES`.
        placed: brings a point of the stored picture onto the repaired one; else places are on the stored one.

    Never an exception for what the file holds: what cannot be decoded is Unavailable.
    """
    try:
        grey, scale = _decoded(data, media_type)
    except (*FILE_ERRORS, cv2.error) as error:
        return Unavailable(f"the picture did not open for examination ({type(error).__name__})")
    if min(grey.shape) < LEAST_SIDE_PX:
        return Unavailable("the picture is too small to be examined")
    shrink = PREVIEW_PX / max(grey.shape)
    coarse = grey[:: _stride(shrink), :: _stride(shrink)]
    size = (round(grey.shape[1] * shrink) or 1, round(grey.shape[0] * shrink) or 1)
    small = np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_AREA), np.uint8)
    to_page = on_page(placed, scale)
    screen, made, edited = find_screen(grey), find_made(grey), find_copied(grey)
    return PictureFindings(
        width_px=round(grey.shape[1] * scale),
        height_px=round(grey.shape[0] * scale),
        metadata=examine_metadata(data, small),
        screen=None
        if screen is None
        else ScreenFindings(screen.score, screen.facts, brought(screen.spots, to_page)),
        made=MadeFindings(made.drawn, made.capture, made.facts, brought(made.spots, to_page)),
        edited=None
        if edited is None
        else EditedFindings(edited.score, edited.facts, brought(edited.spots, to_page)),
    )


def _stride(shrink: float) -> int:
    """Every so many pixels are enough for a copy that is four times smaller still."""
    return max(1, int(1 / (4 * shrink)))


def _decoded(data: bytes, media_type: MediaType) -> tuple[Grey, float]:
    """Brightness as stored, not turned, and how many stored pixels one of its pixels stands for."""
    if media_type is MediaType.HEIC:
        import pillow_heif  # only for HEIC

        heif = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
        _check(heif.size)
        return np.asarray(heif.to_pillow().convert("L")), 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        size = Image.open(io.BytesIO(data), formats=FORMATS).size
    _check(size)
    huge = size[0] * size[1] > FULL_PIXELS
    how = cv2.IMREAD_REDUCED_GRAYSCALE_2 if huge else cv2.IMREAD_GRAYSCALE
    grey = cv2.imdecode(np.frombuffer(data, np.uint8), how | cv2.IMREAD_IGNORE_ORIENTATION)
    if grey is None:
        raise ValueError("no pixels")
    return np.asarray(grey, np.uint8), 2.0 if huge else 1.0


def _check(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MOST_PIXELS:
        raise ValueError("too many pixels")
