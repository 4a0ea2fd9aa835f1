"""What reading a document hands on inside `ocr`: a receipt with its transcript, and the time it took."""

from __future__ import annotations

from dataclasses import dataclass

from ocr.confidence.clues import NO_CLUES, PageClues
from receipts.image import Placed, Taken
from receipts.printed_code import PrintedCode
from receipts.receipt import Receipt
from receipts.transcript import Quad, Transcript


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds spent so far, handed on from step to step."""

    decode: float = 0.0
    ocr: float = 0.0
    parse: float = 0.0

    def plus(self, other: Clock) -> Clock:
        """Both together."""
        return Clock(self.decode + other.decode, self.ocr + other.ocr, self.parse + other.parse)


@dataclass(frozen=True, slots=True)
class Found:
    """One receipt of a document.

    Attributes:
        clues: what its confidence rests on, where that is calibrated.
        codes: the whole document's.
        placed, taken, hidden: see `ocr.document.Reading`.
    """

    receipt: Receipt
    transcript: Transcript
    picture_jpeg: bytes | None
    clues: PageClues = NO_CLUES
    codes: tuple[PrintedCode, ...] = ()
    placed: Placed | None = None
    taken: tuple[Taken, ...] = ()
    hidden: tuple[Quad, ...] = ()
