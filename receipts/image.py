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
