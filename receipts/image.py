"""A file as it was accepted: what it is by its content, never by its name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from receipts.identity import Sha256


class MediaType(Enum):
    """The kinds of file that are ever opened."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    HEIC = "image/heic"
    TIFF = "image/tiff"
    PDF = "application/pdf"
    EMAIL = "message/rfc822"
    HTML = "text/html"
    TEXT = "text/plain"


Placed = tuple[float, float, float, float, float, float, float, float, float]
"""A 3 x 3 matrix, row by row, that brings a point of a picture as it is stored onto the repaired one."""

IMAGE_TYPES: frozenset[MediaType] = frozenset(
    {MediaType.JPEG, MediaType.PNG, MediaType.WEBP, MediaType.HEIC, MediaType.TIFF}
)


PICTURE_TYPES: frozenset[MediaType] = IMAGE_TYPES | {MediaType.PDF}
"""What may have to be read by the OCR engine; all others bring their own text."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that passed the door's checks.

    Attributes:
        sha256: of the bytes as received.
        media_type: by content.
        size_bytes: of the bytes as received.
        width_px: as stored in the file, before any orientation is applied; None for documents.
        height_px: as stored in the file; None for documents.
        pages: 1 for a picture.
        has_text: a PDF whose every page carries text, so that no engine is needed; no promise.
    """

    sha256: Sha256
    media_type: MediaType
    size_bytes: int
    width_px: int | None
    height_px: int | None
    pages: int
    has_text: bool = False


AS_TAKEN: Placed = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
"""Leaves every point where it is."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Where a kept, repaired picture comes from, or a band of it where several photos were joined.

    Attributes:
        page: of a file with several, from 0.
        shot: which of several photos of one paper, from 0: the receipt's own file first.
        placed: brings a point of the stored picture onto its own repaired page; 3 x 3, row by row.
        size: of that page, in pixels.
        moved: brings a point of that page onto the picture that is kept.
        top: where on the kept picture its band begins, in pixels.
        bottom: where it ends; None for the end of the picture.
    """

    page: int
    placed: Placed
    size: tuple[int, int]
    shot: int = 0
    moved: Placed = AS_TAKEN
    top: float = 0.0
    bottom: float | None = None
