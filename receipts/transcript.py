"""Text with its place: what an engine saw, or what a document's own text says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class TextSource(Enum):
    """Where the text comes from; a document's own text needs no engine and has confidence 1."""

    OCR = "ocr"
    PDF_TEXT = "pdf_text"
    HTML = "html"
    PLAIN_TEXT = "plain_text"


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the page in pixels, x to the right, y down."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Quad:
    """Four corners: top left, top right, bottom right, bottom left as the text reads."""

    top_left: Point
    top_right: Point
    bottom_right: Point
    bottom_left: Point

    @classmethod
    def upright(cls, *, left: float, top: float, right: float, bottom: float) -> Quad:
        """A rectangle with level sides."""
        return cls(Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom))

    def scaled(self, factor: float) -> Quad:
        """The same on a picture so many times as large."""
        corners = (self.top_left, self.top_right, self.bottom_right, self.bottom_left)
        return Quad(*(Point(corner.x * factor, corner.y * factor) for corner in corners))

    @property
    def left(self) -> float:
        """Smallest x of the corners."""
        return min(self.top_left.x, self.bottom_left.x)

    @property
    def right(self) -> float:
        """Largest x of the corners."""
        return max(self.top_right.x, self.bottom_right.x)

    @property
    def top(self) -> float:
        """Smallest y of the corners."""
        return min(self.top_left.y, self.top_right.y)

    @property
    def bottom(self) -> float:
        """Largest y of the corners."""
        return max(self.bottom_left.y, self.bottom_right.y)


@dataclass(frozen=True, slots=True)
class TextBox:
    """A run of text that the engine saw as one piece.

    Attributes:
        confidence: the engine's own, 0 to 1.
    """

    text: str
    quad: Quad
    confidence: float


@dataclass(frozen=True, slots=True)
class Row:
    """Boxes that stand on one printed line, from left to right."""

    boxes: tuple[TextBox, ...]

    @property
    def text(self) -> str:
        """The boxes' texts with one blank between them."""
        return " ".join(box.text for box in self.boxes)

    @property
    def confidence(self) -> float:
        """The least sure box's."""
        return min((box.confidence for box in self.boxes), default=0.0)


@dataclass(frozen=True, slots=True)
class Transcript:
    """All text of one document.

    Attributes:
        width_px: of the picture that the boxes lie on (the repaired one); for documents, layout units.
        height_px: of the same.
        rows: printed lines from top to bottom.
        engine: name and version, such as ``rapidocr 3.10.0``; for own text, the parser's.
    """

    width_px: int
    height_px: int
    rows: tuple[Row, ...]
    source: TextSource
    engine: str

    @property
    def text(self) -> str:
        """The rows, a line each."""
        return "\n".join(row.text for row in self.rows)
