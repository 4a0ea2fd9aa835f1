"""One receipt of a document as it was read, with what it was read from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ocr.document import Reading
from pipeline.mail_parts import Part
from receipts.errors import Rejection
from receipts.image import MediaType


@dataclass(frozen=True, slots=True)
class Source:
    """What a receipt was read from, for who looks into the file itself.

    Attributes:
        file: None where it was put together of several.
        shots: the photos that it was put together of, where it was too long for one.
        page: of the mail whose text it was; None where there is none.
        sender: address of the mail's author; empty where unknown.
    """

    file: Part | None = None
    page: str | None = None
    sender: str = ""
    shots: tuple[Part, ...] = ()

    @property
    def pdf(self) -> bytes | None:
        """The bytes of a PDF; None where it was none."""
        return self.file.data if self.file is not None and self.file.media_type is MediaType.PDF else None


NO_SOURCE: Final = Source()


@dataclass(frozen=True, slots=True)
class PartRead:
    """One receipt of a document, or a part of it that holds none and that its sender may ask about.

    Attributes:
        name: of the file or mail within the mail; empty for the document itself.
        original: which of the mail's originals it came in, as `unwrap_mail` orders them; by `quoted_in`
            where that one only quotes it, so that its proof does not speak for it.
        source: what it was read from.
    """

    outcome: Reading | Rejection
    name: str = ""
    original: int = 0
    source: Source = NO_SOURCE
