"""What was found on a picture, as frozen values that the checks weigh; light to import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from receipts.transcript import Quad

EXAMINER_VERSION = "3"
"""Raised whenever the same bytes give other findings."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the picture that stands out.

    Attributes:
        quad: on the repaired picture, in its pixels; on the stored one where there is no repaired one.
        said: what stands out there, for the reviewer.
        measure: how much, in the unit that `said` names.
    """

    quad: Quad
    said: str
    measure: float


class Source(Enum):
    """How a picture says it came about, by IPTC's digital source types, put into what matters here."""

    CAPTURE = "capture"
    """Taken by a camera or scanner, whatever its software did to it."""
    GENERATED = "generated"
    """Made by a trained model."""
    PARTLY_GENERATED = "partly generated"
    """Parts of it made by a trained model."""
    DRAWN = "drawn"
    """Made by software or by hand on a computer."""
    COMPOSED = "composed"
    """Put together of several, or changed by a person beyond the usual corrections."""
    SCREEN = "screen"
    """Captured from a screen."""


@dataclass(frozen=True, slots=True)
class Named:
    """A program that the metadata names.

    Attributes:
        kind: the group in ``programs.toml``: editor, generator, scanner or correction.
        name: as the list calls it.
        field: where it stands, such as ``EXIF Software``.
    """

    kind: str
    name: str
    field: str


@dataclass(frozen=True, slots=True)
class MetadataFindings:
    """What the file says of itself. None of this is proof: whoever forges can leave it out or write it.

    Attributes:
        camera: maker and model; empty where there is none, which is usual.
        programs: those named that are in the list.
        sources: what provenance marks say of how it was made, each with the field it stands in.
        credentials: it carries C2PA content credentials; their signature is not verified here.
        taken_at: by the camera's clock, without zone.
        contradictions: what does not fit together, each a sentence for the reviewer.
        screen_capture: the file says that it is a screenshot.
    """

    camera: str = ""
    programs: tuple[Named, ...] = ()
    sources: tuple[tuple[Source, str], ...] = ()
    credentials: bool = False
    taken_at: datetime | None = None
    contradictions: tuple[str, ...] = ()
    screen_capture: bool = False


@dataclass(frozen=True, slots=True)
class ScreenFindings:
    """Whether the picture was photographed off a screen.

    Attributes:
        score: 0 to 1, how likely by the features together.
        facts: each feature and its value, as shown to the reviewer.
        spots: tiles on which the grid stands out.
    """

    score: float
    facts: tuple[tuple[str, float], ...] = ()
    spots: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True)
class MadeFindings:
    """Whether a camera made the picture at all.

    Attributes:
        drawn: 0 to 1, how likely it was drawn by software and never photographed.
        capture: 0 to 1, how likely it is a screenshot.
    """

    drawn: float
    capture: float
    facts: tuple[tuple[str, float], ...] = ()
    spots: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True)
class EditedFindings:
    """Whether a piece of the picture is there twice, which no camera does.

    Attributes:
        score: 0 to 1, how far the best fit of a piece to another place stands above the next best.
        spots: the piece's parts, each followed by where it is again.
    """

    score: float
    facts: tuple[tuple[str, float], ...] = ()
    spots: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True)
class PictureFindings:
    """All that was found. A family is None where it has nothing to go by on this picture.

    Attributes:
        width_px: of the picture as stored.
        height_px: of the same.
        edited: None as well on pictures that were examined before version 2.
    """

    width_px: int
    height_px: int
    metadata: MetadataFindings
    screen: ScreenFindings | None
    made: MadeFindings | None
    version: str = EXAMINER_VERSION
    edited: EditedFindings | None = None
