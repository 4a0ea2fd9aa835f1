"""Pictures to receipts. Loaded only when there are pixels: a mail is read without OpenCV or an engine."""

from __future__ import annotations

from time import perf_counter
from typing import Final

import cv2

from ocr.confidence.clues import PageClues
from ocr.confidence.judge import judged_by_looks
from ocr.engines.base import OcrEngine, Picture
from ocr.found import Clock, Found
from ocr.opening import HERE, Opening
from ocr.parse import Parsed, ReadDefaults, parse
from ocr.picture.placed import AS_IT_IS, Matrix
from ocr.picture.verdict import judge_picture
from ocr.pictures import Look, Verdict, read_picture
from receipts.errors import Rejection
from receipts.image import MediaType, Placed, Taken
from receipts.receipt import Receipt
from receipts.spans import span
from receipts.transcript import Row, TextSource, Transcript

JPEG_QUALITY: Final = 85


def read_image(
    data: bytes,
    media_type: MediaType,
    engine: OcrEngine,
    defaults: ReadDefaults,
    *,
    page: int = 0,
    opening: Opening = HERE,
) -> tuple[Found | Rejection, Clock]:
    """The receipt in an image file, on one of its pages."""
    started = perf_counter()
    frame = opening.picture(data, media_type, page=page)
    clock = Clock(decode=perf_counter() - started)
    if isinstance(frame, Rejection):
        return frame, clock
    found, spent = read_pixels(frame.picture, engine, defaults, stored=frame.placed, page=page)
    return found, clock.plus(spent)


def read_pixels(
    picture: Picture,
    engine: OcrEngine,
    defaults: ReadDefaults,
    *,
    stored: Matrix | None = None,
    page: int = 0,
) -> tuple[Found | Rejection, Clock]:
    """The receipt in a picture: of several looks at it, the one that reads best.

    A picture that nothing can be read of is refused before the engine sees it; where reading fails, what is
    poor about the picture says more than that no receipt was found. `stored` brings a point of the stored
    picture onto this one, where that is known; `page` is the picture's place in its file.
    """
    started = perf_counter()
    judged = judge_picture(picture)
    if judged.rejection is not None:
        return judged.rejection, Clock(decode=perf_counter() - started)
    judging = Judging(defaults)
    with span("recognise"):
        look = read_picture(picture, engine, judging.judge, sight=judged.sight)
    spent = Clock(ocr=perf_counter() - started - judging.seconds, parse=judging.seconds)
    answer = judging.answers[look.rows]
    if isinstance(answer, Rejection):
        return judged.better(answer), spent
    height, width = look.picture.shape[:2]
    transcript = Transcript(width, height, look.rows, TextSource.OCR, f"{engine.name} {engine.version}")
    receipt, clues = judging.weighed(answer)
    refused = judged.after(receipt)
    if refused is not None:
        return refused, spent
    from ocr.printed_codes import codes_on  # zxing-cpp, which a picture without a receipt never needs

    looking = perf_counter()
    codes = codes_on(look.picture, picture)
    spent = spent.plus(Clock(decode=perf_counter() - looking))
    placed = None if stored is None else _placed(look.placed @ stored)
    taken = taken_from(look, AS_IT_IS if stored is None else stored, page=page)
    return Found(receipt, transcript, as_jpeg(look.picture), clues, codes, placed, (taken,)), spent


def taken_from(look: Look, stored: Matrix, *, page: int = 0, shot: int = 0) -> Taken:
    """Where the look's page comes from."""
    height, width = look.picture.shape[:2]
    return Taken(page, _placed(look.placed @ stored), (width, height), shot)


def _placed(matrix: Matrix) -> Placed:
    a, b, c, d, e, f, g, h, i = matrix.ravel().tolist()
    return a, b, c, d, e, f, g, h, i


class Judging:
    """How well rows read as a receipt; keeps what they read as, and the seconds that took."""

    def __init__(self, defaults: ReadDefaults) -> None:
        self._defaults = defaults
        self.answers: dict[tuple[Row, ...], Parsed | Rejection] = {}
        self.seconds = 0.0

    def judge(self, rows: tuple[Row, ...]) -> Verdict:
        """The verdict on one look."""
        began = perf_counter()
        answer = parse(rows, self._defaults)
        self.seconds += perf_counter() - began
        self.answers[rows] = answer
        if isinstance(answer, Rejection):
            sure = sum(box.confidence for row in rows for box in row.boxes)
            return Verdict(sure - REJECTED_BELOW, closed=False, refused=True)
        receipt = answer.receipt
        tidy = answer.orphans <= MAX_ORPHAN_SHARE * len(receipt.items)
        closed = receipt.balanced and receipt.date is not None and tidy
        return Verdict(answer.score, closed=closed, balanced=receipt.balanced)

    def weighed(self, best: Parsed) -> tuple[Receipt, PageClues]:
        """The best look's receipt, as sure as the other looks let it be, and what that rests on."""
        others = [
            other.receipt
            for other in self.answers.values()
            if isinstance(other, Parsed) and other is not best
        ]
        return judged_by_looks(best.receipt, best.clues, others)


MAX_ORPHAN_SHARE: Final = 0.5
"""With more names that have no price than this share of the items, rows may be joined askew: look again."""
REJECTED_BELOW: Final = 1000.0
"""Puts every look that reads as no receipt below every look that does."""


def as_jpeg(picture: Picture) -> bytes | None:
    """The picture as it is kept; None where it cannot be written."""
    done, buffer = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return buffer.tobytes() if done else None
