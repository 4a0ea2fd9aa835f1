"""Decodes outside files for reading, in a process of its own, for `pipeline.confined`.

It runs under the limits and with the few system calls that `ingest.child_maker` leaves it. Answers are lines
of JSON, each followed by as many bytes as it says; whoever reads them trusts nothing in them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ocr.documents.base import Page
    from receipts.errors import Rejection
    from receipts.transcript import Quad

sys.path.insert(0, str(Path(__file__).parents[1]))  # the maker is isolated: it knows no package of ours


_REHEARSED_PX = 512


def warm() -> None:
    """Import every decoder, and go through them once: a child may open no file, and so import nothing."""
    import cv2
    import numpy as np
    import numpy.fft
    import numpy.linalg
    import numpy.ma  # as the median asks for
    import pillow_heif
    import pypdfium2
    from PIL import Image

    import ocr.decode
    import ocr.documents.pdf
    import ocr.printed_codes  # noqa: F401
    from awarding.fraud.picture.examine import examine
    from receipts.image import MediaType

    cv2.setNumThreads(1)  # a process with several threads cannot be forked
    Image.init()
    pillow_heif.register_heif_opener()
    pypdfium2.PdfDocument.new().close()
    noise = np.random.default_rng(1).integers(0, 255, (_REHEARSED_PX, _REHEARSED_PX), np.uint8)
    for kind, media_type in ((".jpg", MediaType.JPEG), (".png", MediaType.PNG)):
        examine(cv2.imencode(kind, noise)[1].tobytes(), media_type)


def work(file: BinaryIO, task: str, *arguments: str) -> Iterator[bytes | memoryview]:
    """Do one of the tasks on `file`, from its start."""
    yield from _TASKS[task](file.read(), *arguments)


def _line(said: object) -> bytes:
    return json.dumps(said, default=_plain).encode() + b"\n"


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _refused(rejection: Rejection) -> Iterator[bytes | memoryview]:
    yield _line({"refused": rejection.reason.value, "detail": rejection.detail})


def _pages(data: bytes, media_type: str) -> Iterator[bytes | memoryview]:
    from ocr.decode import pages_of
    from receipts.image import MediaType

    yield _line({"pages": pages_of(data, MediaType(media_type))})


def _picture(data: bytes, media_type: str, page: str) -> Iterator[bytes | memoryview]:
    from ocr.decode import decode
    from receipts.errors import Rejection
    from receipts.image import MediaType

    frame = decode(data, MediaType(media_type), page=int(page))
    if isinstance(frame, Rejection):
        yield from _refused(frame)
    else:
        yield from _pixels(frame.picture, placed=frame.placed.ravel().tolist())


def _pixels(picture: NDArray[Any], **also: object) -> Iterator[bytes | memoryview]:
    height, width = picture.shape[:2]
    yield _line({"height": height, "width": width, "bytes": picture.nbytes, **also})
    yield picture.data  # contiguous, and not copied once more


def _pdf(data: bytes) -> Iterator[bytes | memoryview]:
    from ocr.documents.pdf import pdf_pages
    from receipts.errors import Rejection

    asked: list[int] = []

    def allow(steps: int) -> bool:
        asked.append(steps)
        return True

    pages = pdf_pages(data, allow)
    if isinstance(pages, Rejection):
        yield from _refused(pages)
        return
    steps = iter(asked)
    for number, page in enumerate(pages):
        yield from _page(number, page, steps)


def _page(number: int, page: Page, steps: Iterator[int]) -> Iterator[bytes | memoryview]:
    """With what reading it was asked for: its letters first, then its picture or its codes."""
    from ocr.documents.base import PagePixels
    from ocr.documents.pdf import CODE_PAGES

    if isinstance(page, PagePixels):
        yield from _pixels(page.picture, steps=[next(steps), next(steps)])
        return
    yield _line(
        {
            "steps": [next(steps) for _ in range(2 if number < CODE_PAGES else 1)],
            "width": page.width_px,
            "height": page.height_px,
            "rows": [[(box.text, *_sides(box.quad)) for box in row.boxes] for row in page.rows],
            "codes": [(code.kind, code.text, code.quad and _corners(code.quad)) for code in page.codes],
        }
    )


def _sides(quad: Quad) -> tuple[float, float, float, float]:
    return quad.left, quad.top, quad.right, quad.bottom


def _corners(quad: Quad) -> list[tuple[float, float]]:
    corners = (quad.top_left, quad.top_right, quad.bottom_right, quad.bottom_left)
    return [(corner.x, corner.y) for corner in corners]


def _examine(data: bytes, media_type: str, placed: str) -> Iterator[bytes | memoryview]:
    from awarding.fraud.evidence import Unavailable
    from awarding.fraud.picture.examine import examine
    from receipts.image import MediaType

    found = examine(data, MediaType(media_type), placed=json.loads(placed))
    if isinstance(found, Unavailable):
        yield _line({"unavailable": found.reason})
    else:
        yield _line({"found": asdict(found)})


_TASKS: dict[str, Callable[..., Iterator[bytes | memoryview]]] = {
    "pages": _pages,
    "picture": _picture,
    "pdf": _pdf,
    "examine": _examine,
}
