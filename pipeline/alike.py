"""Pictures of receipts: filed under their hashes when they are read, and compared when a receipt is screened.

The originals are opened again from the store, and only where a hash or the member's own refused photos lead
to a candidate; most receipts have none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from awarding.fraud.evidence import EarlierReceipt, PictureTwin, Unavailable
from ocr.opening import HERE
from pipeline.confined import CONFINED
from pipeline.wiring import Wiring
from receipts.database.repositories.pictures import EarlierPicture, Pictures
from receipts.database.repositories.reviews import Earlier
from receipts.errors import Rejection
from receipts.files import AlteredFileError, MissingFileError
from receipts.identity import MemberId, ProgramId, ReceiptId, Sha256
from receipts.image import IMAGE_TYPES, MediaType

if TYPE_CHECKING:
    from ocr.decode import Frame
    from ocr.engines.base import Picture

FRAME: Final = 0
"""The kind of a hash that is of the original's pixels."""
PAPER: Final = 1
"""The kind of a hash that is of the found paper, repaired."""
ALIKE_LOOKED_AT: Final = 4
"""Pictures compared in full: each costs about 0.2 s of one core."""
REFUSED_LOOKED_AT: Final = 3
REFUSED_WITHIN: Final = timedelta(days=14)
"""A better photo follows soon, or the paper is gone."""


def picture_bands(data: bytes, media_type: MediaType, paper_jpeg: bytes | None) -> tuple[int, ...]:
    """The bands that a document's picture and the paper found on it are filed under; none for a text."""
    frame, paper = _opened(data, media_type), _paper(paper_jpeg or b"")
    if frame is None and paper is None:
        return ()
    from awarding.fraud.alike.hashes import bands_of

    found = _hashes({FRAME: frame, PAPER: paper})
    return tuple(band for kind, hashes in found.items() for band in bands_of(hashes[0], kind=kind))


def _hashes(pictures: Mapping[int, Picture | None]) -> dict[int, tuple[int, ...]]:
    """The turned hashes by kind of picture, where there are any."""
    from awarding.fraud.alike.hashes import hashes_of

    found = {kind: hashes_of(picture) for kind, picture in pictures.items() if picture is not None}
    return {kind: hashes for kind, hashes in found.items() if hashes}


def _opened(data: bytes, media_type: MediaType | None) -> Picture | None:
    if media_type not in IMAGE_TYPES or media_type is None or not data:
        return None
    return _pixels(CONFINED.picture(data, media_type))


def _paper(jpeg: bytes) -> Picture | None:
    """Of the paper that reading found: our own file, so that no child need open it."""
    return _pixels(HERE.picture(jpeg, MediaType.JPEG)) if jpeg else None


def _pixels(frame: Frame | Rejection) -> Picture | None:
    return None if isinstance(frame, Rejection) else frame.picture


@dataclass(frozen=True, slots=True)
class AlikePictures:
    """What a receipt's picture is to be compared with.

    Attributes:
        picture: the receipt's own, and of it the paper alone where that was found: what lies around it on
            the table is no print. None where there is nothing to compare.
        hashes: of its pictures by kind, turned.
        near: earlier receipts whose pictures share a band, as the index gave them.
    """

    picture: Picture | None
    hashes: dict[int, tuple[int, ...]]
    candidates: tuple[EarlierPicture, ...]
    near: tuple[Earlier, ...] = ()

    @property
    def earlier(self) -> tuple[Earlier, ...]:
        """The receipts that the candidates are of."""
        return tuple(each.receipt for each in self.candidates)


NONE_ALIKE: Final = AlikePictures(None, {}, ())


def alike_pictures(
    wiring: Wiring, *, program_id: ProgramId, member_id: MemberId, number: int
) -> AlikePictures:
    """Earlier receipts whose pictures may show its paper. No transaction is open while files are."""
    with wiring.database.read() as session:
        own = Pictures(session, program_id).own(number)
    if own is None:
        return NONE_ALIKE
    frame = _opened(_stored(wiring, own.original, own.media_type), own.media_type)
    paper = _paper(_stored(wiring, own.paper, MediaType.JPEG))
    hashes = {} if not own.bands else _hashes({FRAME: frame, PAPER: paper})
    with wiring.database.read() as session:
        pictures = Pictures(session, program_id)
        found = pictures.alike(asked_bands(hashes), before=number, limit=ALIKE_LOOKED_AT)
        refused = pictures.refused_of(
            member_id,
            since=own.receipt.received_at - REFUSED_WITHIN,
            before=number,
            limit=REFUSED_LOOKED_AT,
        )
    known = {
        each.receipt.receipt_id: each
        for each in (*found, *(each for each in refused if each.media_type in IMAGE_TYPES))
        if each.original != own.original
    }
    picture = paper if paper is not None else frame
    if picture is None:
        return NONE_ALIKE
    return AlikePictures(picture, hashes, tuple(known.values()), tuple(each.receipt for each in found))


def asked_bands(hashes: Mapping[int, tuple[int, ...]]) -> tuple[int, ...]:
    """Every band to ask for; the paper is upright already."""
    if not hashes:
        return ()
    from awarding.fraud.alike.hashes import near_bands

    turned = {FRAME: hashes.get(FRAME, ()), PAPER: hashes.get(PAPER, ())[:1]}
    return tuple(
        sorted({band for kind, values in turned.items() for v in values for band in near_bands(v, kind=kind)})
    )


def compared(
    wiring: Wiring, pictures: AlikePictures, known: Mapping[ReceiptId, EarlierReceipt]
) -> tuple[PictureTwin, ...] | Unavailable:
    """Each candidate held against the receipt's picture; `known` is what the checks see of them."""
    if pictures.picture is None or not pictures.candidates:
        return ()
    import cv2

    from awarding.fraud.alike.features import matched, points_of

    twins: list[PictureTwin] = []
    try:
        points = points_of(pictures.picture)
        for other in pictures.candidates:
            theirs = _picture_of(wiring, other)
            same = matched(points, None if theirs is None else points_of(theirs))
            twins.append(
                PictureTwin(
                    earlier=known[other.receipt.receipt_id],
                    apart_bits=_apart(pictures.hashes, other.bands, FRAME),
                    paper_apart_bits=_apart(pictures.hashes, other.bands, PAPER),
                    points=same.points,
                    share=same.share,
                )
            )
    except cv2.error as error:
        return Unavailable(f"the pictures could not be compared ({error.code})")
    return tuple(twins)


def _picture_of(wiring: Wiring, other: EarlierPicture) -> Picture | None:
    """The original's pixels, or the paper that was found in a document."""
    frame = _opened(_stored(wiring, other.original, other.media_type), other.media_type)
    if frame is not None:
        return frame
    return _paper(_stored(wiring, other.paper, MediaType.JPEG))


def _apart(hashes: dict[int, tuple[int, ...]], bands: Sequence[int], kind: int) -> int | None:
    from awarding.fraud.alike.hashes import bits_apart, hash_from

    theirs = hash_from(tuple(bands), kind=kind)
    return None if theirs is None or kind not in hashes else bits_apart(hashes[kind], theirs)


def _stored(wiring: Wiring, sha256: Sha256 | None, media_type: MediaType | None) -> bytes:
    """The file's bytes; nothing for one that is no picture or that retention has removed."""
    if sha256 is None or media_type not in IMAGE_TYPES:
        return b""
    try:
        return wiring.store.read_bytes(sha256)
    except (MissingFileError, AlteredFileError):
        return b""
