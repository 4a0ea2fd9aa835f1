"""Any document to readings: pictures through the engine, everything else through its own text.

A text document never loads the engine: it is asked for only when there are pixels to read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Final, assert_never

from ocr.claimed_receipt import with_claims
from ocr.documents.base import Page, PageText, grid_page
from ocr.documents.claims import find_claims
from ocr.documents.html import HTML_PARSER, logo_name, open_html, tree_page
from ocr.documents.text import text_pages
from ocr.documents.work import PICTURE_STEPS, Allow, always, enough
from ocr.engines.base import EngineSource
from ocr.found import Clock, Found
from ocr.masking import mask_reading
from ocr.opening import HERE, Opening
from ocr.parse import ReadDefaults
from ocr.split import parse_all
from receipts.errors import Rejection, RejectionReason
from receipts.image import MediaType, Placed, Taken
from receipts.printed_code import PrintedCode
from receipts.receipt import FieldConfidence, Receipt
from receipts.transcript import Quad, TextSource, Transcript

READER_VERSION: Final = "14"
"""Raised whenever rules or repair change what is read from the same pixels."""

__all__ = ["ReadDefaults", "ReadSeconds", "Reading", "read_document", "read_shots"]


@dataclass(frozen=True, slots=True)
class ReadSeconds:
    """Where the time went, in seconds of wall clock; a picture's repair is in decode, masking in parse."""

    decode: float
    ocr: float
    parse: float
    total: float


@dataclass(frozen=True, slots=True)
class Reading:
    """One receipt as read from a document.

    Attributes:
        picture_jpeg: the repaired picture that the quads lie on; None for a document's own text.
        codes: QR codes and barcodes of the whole document, with their contents: they may name persons.
        seconds: for the whole document; its first reading carries them, further ones have zeros.
        reader_version: of rules, engine and models; another version may read the same bytes otherwise.
        placed: brings a point of the picture as it is stored onto the repaired one; None where there is no
            such picture, or where several were joined.
        hidden: what of the repaired picture was painted over.
        taken: which pictures of the file the repaired one was made of; none where there is no picture.
    """

    receipt: Receipt
    transcript: Transcript
    picture_jpeg: bytes | None
    seconds: ReadSeconds
    reader_version: str
    codes: tuple[PrintedCode, ...] = ()
    placed: Placed | None = None
    hidden: tuple[Quad, ...] = ()
    taken: tuple[Taken, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sent:
    """Who sent the document and when, as far as its mail says."""

    by: str = ""
    on: dt.date | None = None


def read_document(
    data: bytes,
    media_type: MediaType,
    *,
    engine: EngineSource,
    defaults: ReadDefaults,
    hint: str = "",
    sent_on: dt.date | None = None,
    allow: Allow = always,
    opening: Opening = HERE,
) -> tuple[Reading, ...] | Rejection:
    """Every receipt that the document holds, or why there is none.

    Args:
        data: the document's bytes.
        media_type: what they are, by content.
        engine: asked for only where there are pixels to read.
        defaults: what to assume where nothing is printed.
        hint: name of the sender of the mail that it came with, for a page that names nobody.
        sent_on: day of that mail, for a page that prints no date.
        allow: asked before what costs time; where it says no, the document is rejected as too much.
        opening: what decodes pictures and PDFs.

    Broken and hostile bytes give a rejection, never an exception; an engine that cannot work at all raises
    `EngineError`, because that is our fault and not the document's.

    Raises:
        ValueError: a mail, which is not a document but holds some.
    """
    started = perf_counter()
    how = _How(engine, defaults, _Sent(hint, sent_on), allow, opening)
    found, clock = _read(data, media_type, how)
    if isinstance(found, Rejection):
        return found
    return _readings(found, clock, started, sent_on)


def read_shots(
    files: Sequence[tuple[bytes, MediaType]],
    *,
    engine: EngineSource,
    defaults: ReadDefaults,
    opening: Opening = HERE,
) -> tuple[Reading, ...] | Rejection:
    """The one receipt that several pictures show together: overlapping shots of a long one, in any order.

    They are joined where one shot ends with the lines that another begins with; where none do, that is the
    rejection's detail.
    """
    from ocr.shots import read_stitched  # OpenCV, which text documents never need

    started = perf_counter()
    found, clock = read_stitched(files, engine(), defaults, opening)
    if isinstance(found, Rejection):
        return found
    return _readings(found, clock, started, None)


def _readings(
    found: tuple[Found, ...], clock: Clock, started: float, sent_on: dt.date | None
) -> tuple[Reading, ...]:
    unmasked = perf_counter()
    masked = tuple(map(_masked, found))
    done = perf_counter()
    clock, total_s = clock.plus(Clock(parse=done - unmasked)), done - started
    first = ReadSeconds(*(round(s, 4) for s in (clock.decode, clock.ocr, clock.parse, total_s)))
    rest = ReadSeconds(0.0, 0.0, 0.0, 0.0)
    return tuple(
        Reading(
            _dated(item.receipt, sent_on),
            item.transcript,
            item.picture_jpeg,
            first if position == 0 else rest,
            f"{READER_VERSION} {item.transcript.engine}",
            item.codes,
            item.placed,
            item.hidden,
            item.taken,
        )
        for position, item in enumerate(masked)
    )


def _masked(found: Found) -> Found:
    """Without cards and persons: nothing that leaves this module, to be kept or logged, names them."""
    masked = mask_reading(found.receipt, found.transcript)
    picture = found.picture_jpeg
    if picture is not None and masked.card_quads:
        from ocr.blackout import black_out  # OpenCV, which text documents never need

        picture = black_out(picture, masked.card_quads)
    return Found(
        masked.receipt,
        masked.transcript,
        picture,
        codes=found.codes,
        placed=found.placed,
        taken=found.taken,
        hidden=masked.card_quads,
    )


def _dated(receipt: Receipt, sent_on: dt.date | None) -> Receipt:
    if receipt.date is not None or sent_on is None:
        return receipt
    sure = FieldConfidence("date", SENT_ON_CONFIDENCE)
    return replace(receipt, date=sent_on, confidence=(*receipt.confidence, sure))


SENT_ON_CONFIDENCE: Final = 0.5
"""Of a purchase date that only the mail's own date tells: shops confirm at once, members forward later."""

_Answer = tuple["tuple[Found, ...] | Rejection", Clock]


@dataclass(frozen=True, slots=True)
class _How:
    """What the document is read with."""

    engine: EngineSource
    defaults: ReadDefaults
    sent: _Sent
    allow: Allow
    opening: Opening


def _read(data: bytes, media_type: MediaType, how: _How) -> _Answer:
    if not data:
        return Rejection(RejectionReason.EMPTY, "no bytes"), Clock()
    match media_type:
        case MediaType.JPEG | MediaType.PNG | MediaType.WEBP | MediaType.HEIC | MediaType.TIFF:
            return _read_pictures(data, media_type, how)
        case MediaType.PDF:
            return _read_pages(how.opening.pdf(data, how.allow), how)
        case MediaType.HTML:
            return _read_html(data, how.defaults, how.sent, how.allow)
        case MediaType.TEXT:
            return _read_pages(text_pages(data), how)
        case MediaType.EMAIL:
            raise ValueError("a mail is opened first, and its parts are read: see pipeline.mail_reading")
        case _:
            assert_never(media_type)


def _read_pictures(data: bytes, media_type: MediaType, how: _How) -> _Answer:
    """The pages of an image file, of which only TIFF has several: each is read as a picture of its own."""
    from ocr.decode import MAX_PAGES  # OpenCV and Pillow, which text documents never need
    from ocr.pixels import read_image

    pages = how.opening.pages_of(data, media_type)
    if len(pages) > MAX_PAGES:
        return Rejection(RejectionReason.TOO_MANY_PAGES, f"more than {MAX_PAGES} pages"), Clock()
    clock, answers = Clock(), list[Found | Rejection]()
    for page in pages:
        if not how.allow(PICTURE_STEPS):
            return enough(), clock
        answer, spent = read_image(
            data, media_type, how.engine(), how.defaults, page=page, opening=how.opening
        )
        answers.append(answer)
        clock = clock.plus(spent)
    return _merged(answers), clock


def _read_pages(pages: tuple[Page, ...] | Rejection, how: _How) -> _Answer:
    """Pages of one document are one receipt, unless they hold several complete ones."""
    if isinstance(pages, Rejection):
        return pages, Clock()
    clock, answers, texts = Clock(), list[Found | Rejection](), list[PageText]()
    for number, page in enumerate(pages):
        if isinstance(page, PageText):
            texts.append(page)
            continue
        from ocr.pixels import read_pixels

        answer, spent = read_pixels(page.picture, how.engine(), how.defaults, page=number)
        answers.append(answer)
        clock = clock.plus(spent)
    if texts:
        read, spent = _read_text(texts, how.defaults, how.sent, how.allow)
        answers = [*read, *answers]
        clock = clock.plus(spent)
    return _merged(answers), clock


def _read_text(
    texts: list[PageText], defaults: ReadDefaults, sent: _Sent, allow: Allow
) -> tuple[list[Found | Rejection], Clock]:
    started = perf_counter()
    rows = tuple(row for text in texts for row in text.rows)
    typed = all(text.source is TextSource.PLAIN_TEXT for text in texts)
    answer = parse_all(rows, defaults, hint=sent.by, sent_on=sent.on, allow=allow, typed=typed)
    clock = Clock(parse=perf_counter() - started)
    if isinstance(answer, Rejection):
        return [answer], clock
    first = texts[0]
    height = sum(text.height_px for text in texts)
    transcript = Transcript(first.width_px, height, rows, first.source, first.parser)
    codes = tuple(code for text in texts for code in text.codes)
    return [Found(receipt, transcript, None, codes=codes) for receipt in answer], clock


def _read_html(data: bytes, defaults: ReadDefaults, sent: _Sent, allow: Allow) -> _Answer:
    """The visible page, and what its markup claims, held against it."""
    started = perf_counter()
    tree = open_html(data)
    claims, page = find_claims(tree), tree_page(tree)
    decoded = perf_counter()
    if isinstance(page, Rejection):
        shown: tuple[Receipt, ...] | Rejection = page
        page = grid_page((), TextSource.HTML, HTML_PARSER)
    else:
        shown = parse_all(page.rows, defaults, hint=sent.by or logo_name(tree), sent_on=sent.on, allow=allow)
    if isinstance(shown, Rejection) and shown.reason is RejectionReason.TOO_MANY:
        return shown, Clock(
            decode=decoded - started
        )  # no claim is believed that was not held against the page
    answer = with_claims(claims, shown, page.rows, defaults.currency)
    clock = Clock(decode=decoded - started, parse=perf_counter() - decoded)
    if isinstance(answer, Rejection):
        return answer, clock
    transcript = Transcript(page.width_px, page.height_px, page.rows, page.source, page.parser)
    return tuple(Found(receipt, transcript, None) for receipt in answer), clock


def _merged(answers: list[Found | Rejection]) -> tuple[Found, ...] | Rejection:
    """The receipts; without any, the first rejection that says most."""
    found = tuple(answer for answer in answers if isinstance(answer, Found))
    if found:
        return found
    rejections = [answer for answer in answers if isinstance(answer, Rejection)]
    telling = [answer for answer in rejections if answer.reason is not RejectionReason.NO_TEXT]
    return (
        telling or rejections or [Rejection(RejectionReason.NO_TEXT, "the document holds nothing to read")]
    )[0]
