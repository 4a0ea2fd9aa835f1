"""Reads the article numbers in one picture, in a process of its own, for `ingest.barcode_photo`.

As `open_child` it runs under the limits of `child_maker`, and answers ``{"numbers": [...]}`` or
``{"refused": code, "detail"}``. It imports nothing of Tillpoints. `open_child` has gone through the file
before, so its size is bounded.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

MEMORY_BYTES = 1024 * 2**20
"""Address space beyond that of the decoders. Pillow, pillow-heif and zxing-cpp with a HEIC of 50 megapixels
need the most."""
SIDES_PX = (1600, 800, 3200)
"""Longest sides at which the picture is looked at, in turn, until a number is found.

Bars that fill a third of the picture are wider than two pixels at the first; the second helps where they are
blurred, the third where the package is far away."""
MOST_NUMBERS = 8
_BROKEN_FILE_ERRORS = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
)
"""As in `open_child`."""


def warm() -> None:
    """Import every decoder; a child may open no file, and so import nothing."""
    import pillow_heif
    import zxingcpp  # noqa: F401
    from PIL import Image

    Image.init()
    pillow_heif.register_heif_opener(thumbnails=False)


def work(file: BinaryIO, media_type: str) -> dict[str, object]:
    """The numbers in the picture in `file`."""
    try:
        return {"numbers": _numbers(_opened(file, media_type))}
    except _BROKEN_FILE_ERRORS as error:
        return {"refused": "damaged", "detail": type(error).__name__}
    except MemoryError:
        return {"refused": "too_many_pixels", "detail": f"reading needs over {MEMORY_BYTES} bytes"}


def _opened(file: BinaryIO, media_type: str) -> PillowImage:
    from PIL import Image

    # `open_child` has compared the size with the limits; Pillow's own is a warning at fewer.
    Image.MAX_IMAGE_PIXELS = None
    kind = media_type.removeprefix("image/").upper()
    picture = Image.open(file, formats=["HEIF" if kind == "HEIC" else kind])
    picture.draft("L", (max(SIDES_PX), max(SIDES_PX)))
    picture.thumbnail((max(SIDES_PX), max(SIDES_PX)))
    return picture.convert("L")


def _numbers(picture: PillowImage) -> list[str]:
    import zxingcpp

    of_article = zxingcpp.BarcodeFormats(
        [
            zxingcpp.BarcodeFormat.EAN13,
            zxingcpp.BarcodeFormat.EAN8,
            zxingcpp.BarcodeFormat.UPCA,
            zxingcpp.BarcodeFormat.UPCE,
            zxingcpp.BarcodeFormat.ITF14,
        ]
    )
    largest = max(picture.size)
    for side in SIDES_PX:
        if side > largest and side != SIDES_PX[0]:
            continue
        looked = picture.copy()
        looked.thumbnail((side, side))
        found = dict.fromkeys(
            code.text for code in zxingcpp.read_barcodes(looked, formats=of_article) if code.text.isdigit()
        )
        if found:
            return list(found)[:MOST_NUMBERS]
    return []
