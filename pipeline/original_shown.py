"""The pictures as a member took them, for reviewers: painted over where the kept, repaired picture is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from pipeline.clock import utc_now
from pipeline.steps.artefacts import READING, hidden_from, taken_from, transcript_from, within_from
from pipeline.wiring import Wiring
from receipts.database.repositories.intake import Intake
from receipts.database.repositories.work import Artefact, Work
from receipts.database.tables import ReceiptRow
from receipts.errors import Rejection
from receipts.identity import ProgramId, ReceiptId, Sha256
from receipts.image import IMAGE_TYPES, PICTURE_TYPES, MediaType, Taken

if TYPE_CHECKING:
    from ocr.engines.base import Picture
    from ocr.picture.placed import Matrix


@dataclass(frozen=True, slots=True)
class OriginalPicture:
    """What can be shown of a receipt's originals.

    Attributes:
        files: the receipt's own file, which may be a mail, and further photos of the same paper.
        within: the file in the mail that was read; None where there is no mail.
        taken: which pictures of them the kept one was made of, from top to bottom.
        reading: with what is painted over.
    """

    files: tuple[tuple[Sha256, MediaType], ...]
    within: tuple[Sha256, MediaType] | None
    taken: tuple[Taken, ...]
    reading: Artefact


def original_picture(wiring: Wiring, program_id: ProgramId, receipt_id: ReceiptId) -> OriginalPicture | None:
    """The originals, where they are pictures and the reading says where their places lie; else None.

    What was read before places were kept, and what is removed by now, has none.
    """
    with wiring.database.read() as session:
        row = session.scalar(
            select(ReceiptRow).where(ReceiptRow.id == receipt_id, ReceiptRow.program_id == program_id)
        )
        reading = Work(session, utc_now()).artefact(receipt_id, READING)
        shots = Intake(session, program_id, utc_now()).shots(receipt_id)
    if row is None or reading is None or row.picture_sha256 is None or row.files_removed_at is not None:
        return None
    if row.file_sha256 is None or row.media_type is None:
        return None
    taken, within = taken_from(reading), within_from(reading)
    files = (
        (Sha256(row.file_sha256), MediaType(row.media_type)),
        *((shot.sha256, shot.media_type) for shot in shots),
    )
    (_, first), kept = files[0], "taken" in reading.body
    in_a_picture = (within[1] if within is not None else first) in PICTURE_TYPES
    old_enough = kept or (not row.part and first in IMAGE_TYPES and first is not MediaType.TIFF and not shots)
    if not taken or not in_a_picture or not old_enough or max(each.shot for each in taken) >= len(files):
        return None
    return OriginalPicture(files, within, taken, reading)


def as_shown(files: Sequence[bytes], original: OriginalPicture) -> bytes | None:
    """A JPEG of the originals, decoded in confined children; None where they do not open any more.

    Args:
        files: the bytes of `original.files`.
        original: what is shown of them.

    Raises:
        TransientError: the machine ended the process that decodes.
    """
    from ocr.blackout import one_below_the_other  # OpenCV and NumPy, which no other page of the desk needs

    pictures = []
    for each in original.taken:
        data, media_type = files[each.shot], original.files[each.shot][1]
        if original.within is not None:
            found = _in_the_mail(data, original.within[0])
            if found is None:
                return None
            data, media_type = found, original.within[1]
        shown = _shown(data, media_type, each, original)
        if shown is None:
            return None
        pictures.append(shown)
    return one_below_the_other(pictures)


def _shown(data: bytes, media_type: MediaType, taken: Taken, original: OriginalPicture) -> Picture | None:
    import numpy as np

    from ocr.blackout import Band, original_as_shown

    opened = _opened(data, media_type, taken.page)
    if opened is None:
        return None
    picture, stored = opened
    transcript = transcript_from(original.reading)
    whole = len(original.taken) == 1
    band = Band(
        np.array(taken.moved).reshape(3, 3),
        transcript.width_px,
        taken.top,
        transcript.height_px if taken.bottom is None else taken.bottom,
    )
    return original_as_shown(
        picture,
        np.array(taken.placed).reshape(3, 3) @ np.linalg.inv(stored),
        taken.size,
        hidden_from(original.reading),
        band=None if whole else band,
    )


def _opened(data: bytes, media_type: MediaType, page: int) -> tuple[Picture, Matrix] | None:
    """The picture, and what brings a point of the stored one onto it."""
    from ocr.documents.base import PagePixels
    from ocr.documents.work import always
    from ocr.picture.placed import AS_IT_IS
    from pipeline.confined import CONFINED

    if media_type is not MediaType.PDF:
        frame = CONFINED.picture(data, media_type, page=page)
        return None if isinstance(frame, Rejection) else (frame.picture, frame.placed)
    pages = CONFINED.pdf(data, always)
    if isinstance(pages, Rejection) or page >= len(pages):
        return None
    found = pages[page]
    return (found.picture, AS_IT_IS) if isinstance(found, PagePixels) else None


def _in_the_mail(data: bytes, sha256: Sha256) -> bytes | None:
    """The file of that content in the mail; taken apart as it was when it was read."""
    from ingest.email.unwrap import unwrap_mail
    from pipeline.mail_parts import kinds

    inside = unwrap_mail(data)
    if isinstance(inside, Rejection):
        return None
    for mail in (inside, *inside.others):
        for parts in kinds(mail):
            for part in parts:
                if not part.is_body and hashlib.sha256(part.data).hexdigest() == sha256:
                    return part.data
    return None
