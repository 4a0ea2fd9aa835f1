"""Several photographs of one long receipt to one receipt."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from ocr.engines.base import OcrEngine
from ocr.found import Clock, Found
from ocr.opening import HERE, Opening
from ocr.parse import ReadDefaults, parse
from ocr.picture.stitch import Shot, stitch
from ocr.picture.verdict import judge_picture
from ocr.pictures import read_picture
from ocr.pixels import Judging, as_jpeg, taken_from
from receipts.errors import Rejection, RejectionReason
from receipts.image import IMAGE_TYPES, MediaType
from receipts.transcript import TextSource, Transcript


def read_stitched(
    files: Sequence[tuple[bytes, MediaType]],
    engine: OcrEngine,
    defaults: ReadDefaults,
    opening: Opening = HERE,
) -> tuple[tuple[Found, ...] | Rejection, Clock]:
    """The receipt that the pictures show together, in whatever order they come."""
    clock, shots = Clock(), list[Shot]()
    for number, (data, media_type) in enumerate(files):
        shot, spent = _shot(data, media_type, engine, defaults, opening, number)
        clock = clock.plus(spent)
        if isinstance(shot, Rejection):
            return shot, clock
        shots.append(shot)
    started = perf_counter()
    whole = stitch(shots)
    if whole is None:
        detail = f"the {len(shots)} pictures do not share three lines where one ends and the next begins"
        return Rejection(RejectionReason.SHOTS_APART, detail), clock
    answer = parse(whole.rows, defaults)
    clock = clock.plus(Clock(parse=perf_counter() - started))
    if isinstance(answer, Rejection):
        return answer, clock
    height, width = whole.picture.shape[:2]
    transcript = Transcript(width, height, whole.rows, TextSource.OCR, f"{engine.name} {engine.version}")
    return (Found(answer.receipt, transcript, as_jpeg(whole.picture), taken=whole.taken),), clock


def _shot(
    data: bytes,
    media_type: MediaType,
    engine: OcrEngine,
    defaults: ReadDefaults,
    opening: Opening,
    number: int,
) -> tuple[Shot | Rejection, Clock]:
    """A part of a receipt need not read as one: only its rows are wanted."""
    if media_type not in IMAGE_TYPES:
        detail = f"{media_type.value}: only pictures can be joined"
        return Rejection(RejectionReason.SHOTS_APART, detail), Clock()
    started = perf_counter()
    frame = opening.picture(data, media_type)
    clock = Clock(decode=perf_counter() - started)
    if isinstance(frame, Rejection):
        return frame, clock
    judged = judge_picture(frame.picture)
    if judged.rejection is not None:
        return judged.rejection, clock
    judging = Judging(defaults)
    look = read_picture(frame.picture, engine, judging.judge, sight=judged.sight)
    spent = Clock(ocr=perf_counter() - started - clock.decode - judging.seconds, parse=judging.seconds)
    taken = taken_from(look, frame.placed, shot=number)
    return Shot(look.picture, look.rows, (taken,)), clock.plus(spent)
