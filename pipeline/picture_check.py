"""What is wrong with a picture, told while the paper is still in hand: before it is sent, within a second.

The phone sends a reduced copy, which is judged by the same measures as the picture will be, and not kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingest.accept import accept
from ingest.sniff import HEAD_BYTES, sniff
from pipeline.confined import CONFINED
from pipeline.submit import accept_limits
from pipeline.wiring import Wiring
from receipts.errors import Rejection, RejectionReason
from receipts.image import IMAGE_TYPES, MediaType

_OF_PARTS: Final = frozenset({RejectionReason.CUT_OFF})
"""What is no flaw of a photo that shows a part of a long receipt."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was seen.

    Attributes:
        flaw: None where nothing is wrong.
        hopeless: it would be refused unread; otherwise it may well be read all the same.
    """

    flaw: RejectionReason | None
    hopeless: bool


def check_picture(wiring: Wiring, path: Path, *, shrunk: float, part: bool) -> Checked | Rejection:
    """Judge a picture, or say why the file is none.

    Args:
        wiring: the process's parts.
        path: of a temporary file.
        shrunk: so many times smaller it is than the picture; 1 for the picture itself.
        part: it shows a part of a receipt that is too long for one photo.

    Raises:
        TransientError: the machine ended the process that opens files.
    """
    media_type = _kind(wiring, path)
    if isinstance(media_type, Rejection):
        return media_type
    from ocr.picture.verdict import POOR_PIXELS, judge_picture  # OpenCV, which most requests never need

    frame = CONFINED.picture(path.read_bytes(), media_type)
    if isinstance(frame, Rejection):
        return frame
    verdict = judge_picture(frame.picture)
    flaw = verdict.flaw
    # Print that is too small on the copy may well be large enough on the picture.
    large = shrunk > 1 and verdict.measures.line_px * shrunk >= POOR_PIXELS
    if (large and flaw is RejectionReason.TOO_SMALL) or (part and flaw in _OF_PARTS):
        return Checked(None, hopeless=False)
    return Checked(flaw, verdict.hopeless)


def _kind(wiring: Wiring, path: Path) -> MediaType | Rejection:
    """What the file is, as the door says. A HEIC is opened once, where it is decoded."""
    with path.open("rb") as file:
        is_heic = sniff(file.read(HEAD_BYTES)) is MediaType.HEIC
    if is_heic:
        return MediaType.HEIC
    accepted = accept(path, limits=accept_limits(wiring), allowed=IMAGE_TYPES)
    return accepted if isinstance(accepted, Rejection) else accepted.media_type
