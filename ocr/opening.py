"""How a document's bytes become pages: here, or where the caller would rather have hostile bytes parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from receipts.errors import Rejection
from receipts.image import MediaType

if TYPE_CHECKING:
    from ocr.decode import Frame
    from ocr.documents.base import Page
    from ocr.documents.work import Allow


class Opening(Protocol):
    """Turns outside bytes into values; a broken or hostile document is a rejection, never an exception."""

    def pages_of(self, data: bytes, media_type: MediaType) -> tuple[int, ...]:
        """As `ocr.decode.pages_of`."""
        ...

    def picture(self, data: bytes, media_type: MediaType, *, page: int = 0) -> Frame | Rejection:
        """As `ocr.decode.decode`."""
        ...

    def pdf(self, data: bytes, allow: Allow) -> tuple[Page, ...] | Rejection:
        """As `ocr.documents.pdf.pdf_pages`."""
        ...


class Here:
    """In this process. Each library is imported when it is needed: a mail needs neither OpenCV nor PDFium."""

    def pages_of(self, data: bytes, media_type: MediaType) -> tuple[int, ...]:
        """As `ocr.decode.pages_of`."""
        from ocr.decode import pages_of

        return pages_of(data, media_type)

    def picture(self, data: bytes, media_type: MediaType, *, page: int = 0) -> Frame | Rejection:
        """As `ocr.decode.decode`."""
        from ocr.decode import decode

        return decode(data, media_type, page=page)

    def pdf(self, data: bytes, allow: Allow) -> tuple[Page, ...] | Rejection:
        """As `ocr.documents.pdf.pdf_pages`."""
        from ocr.documents.pdf import pdf_pages

        return pdf_pages(data, allow)


HERE = Here()
