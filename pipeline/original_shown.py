"""The picture as a member took it, for reviewers: painted over where the kept, repaired picture is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from pipeline.clock import utc_now
from pipeline.steps.artefacts import READING, hidden_from, placed_from, transcript_from
from pipeline.wiring import Wiring
from receipts.database.repositories.work import Artefact, Work
from receipts.database.tables import ReceiptRow
from receipts.errors import Rejection
from receipts.identity import ProgramId, ReceiptId, Sha256
from receipts.image import MediaType

_ONE_PICTURE = frozenset({MediaType.JPEG, MediaType.PNG, MediaType.WEBP, MediaType.HEIC})
"""A TIFF may hold several, and which of them was read is not kept."""


@dataclass(frozen=True, slots=True)
class OriginalPicture:
    """What can be shown of a receipt's original.

    Attributes:
        reading: with where on the original the repaired page lies, and what is painted over.
    """

    sha256: Sha256
    media_type: MediaType
    reading: Artefact


def original_picture(wiring: Wiring, program_id: ProgramId, receipt_id: ReceiptId) -> OriginalPicture | None:
    """The receipt's original, where it is one picture and its reading says where its places lie; else None.

    Pictures within mails, several shots of one receipt, what was read before places were kept, and what is
    removed by now have none.
    """
    with wiring.database.read() as session:
        row = session.scalar(
            select(ReceiptRow).where(ReceiptRow.id == receipt_id, ReceiptRow.program_id == program_id)
        )
        reading = Work(session, utc_now()).artefact(receipt_id, READING)
    if row is None or reading is None or row.part or row.picture_sha256 is None:
        return None
    if row.file_sha256 is None or row.media_type is None:
        return None
    media_type = MediaType(row.media_type)
    if media_type not in _ONE_PICTURE or row.files_removed_at is not None or placed_from(reading) is None:
        return None
    return OriginalPicture(Sha256(row.file_sha256), media_type, reading)


def as_shown(data: bytes, original: OriginalPicture) -> bytes | None:
    """A JPEG of the original's bytes, decoded in a confined child; None where they do not open any more.

    Raises:
        TransientError: the machine ended the process that decodes.
    """
    import numpy as np  # OpenCV and NumPy, which no other page of the desk needs

    from ocr.blackout import original_as_shown
    from pipeline.confined import CONFINED

    frame = CONFINED.picture(data, original.media_type)
    placed = placed_from(original.reading)
    if isinstance(frame, Rejection) or placed is None:
        return None
    transcript = transcript_from(original.reading)
    return original_as_shown(
        frame.picture,
        np.array(placed).reshape(3, 3) @ np.linalg.inv(frame.placed),
        (transcript.width_px, transcript.height_px),
        hidden_from(original.reading),
    )
