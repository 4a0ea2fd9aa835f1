"""Any document to readings; a mail is opened first, and each part passes the door before it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ingest.accept import AcceptLimits, accept
from ingest.email.contents import MailFile
from ingest.email.picture_size import picture_size
from ingest.email.unwrap import ForwardKind, Unwrapped, unwrap_mail
from ocr.document import ReadDefaults, Reading, read_document
from ocr.engines.base import EngineSource
from ocr.own_parse import MAX_OWN_ROWS
from pipeline.another_receipt import another_receipt, called_another
from pipeline.bodies import Answer, BodyRead, differs, read_body
from pipeline.lent_proof import not_lent
from pipeline.sender_hint import shop_hint
from receipts.errors import Rejection, RejectionReason
from receipts.image import IMAGE_TYPES, MediaType
from receipts.proof import quoted_in

MAX_MAILS: Final = 24
"""In one mail, each perhaps a receipt: twenty attached ones, and mails that have files beside such."""
MAX_LINES: Final = 4_000
"""Of all that is read of one mail, as `_lines` counts; each takes a millisecond. Receipts have up to 300."""
MAX_LINES_OF_PART: Final = 800
"""More of one part are not read."""
LINES_OF_FILE: Final = 100
"""As which a PDF or picture counts."""
MAX_REFUSED: Final = 12
"""Parts without a receipt that are named one by one; more are told of together."""
THE_REST: Final = "The rest of your mail"
_LEGIBLE: Final = frozenset(
    {RejectionReason.NOT_A_RECEIPT, RejectionReason.ADVERT, RejectionReason.SHIPPING_NOTICE}
)
"""Of files that were read well and are something else."""
_SPLIT_OFF: Final = re.compile(r"ATT\d+\.(?:txt|html?)", re.IGNORECASE)
"""What Exchange calls the rest of a text that goes on behind an attachment."""
_OWN_WORDS: Final = frozenset({MediaType.HTML, MediaType.TEXT})
_PART_TYPES: Final = frozenset(MediaType) - {MediaType.EMAIL}


@dataclass(frozen=True, slots=True)
class PartRead:
    """One receipt of a document, or a part of it that holds none and that its sender may ask about.

    Attributes:
        name: of the file or mail within the mail; empty for the document itself.
        original: which of the mail's originals it came in, as `unwrap_mail` orders them; by `quoted_in`
            where that one only quotes it, so that its proof does not speak for it.
    """

    outcome: Reading | Rejection
    name: str = ""
    original: int = 0


@dataclass(frozen=True, slots=True)
class _How:
    """What every part is read with."""

    engine: EngineSource
    defaults: ReadDefaults
    limits: AcceptLimits


@dataclass(slots=True)
class _Budget:
    """What is left of one mail's lines.

    Attributes:
        body: lines of the original's body that are counted; it is read in several forms and pieces.
    """

    lines: int = MAX_LINES
    body: int = 0


@dataclass(frozen=True, slots=True)
class _Part:
    data: bytes
    media_type: MediaType
    is_body: bool = False
    name: str = ""


@dataclass(slots=True)
class _Original:
    """What came of one original.

    Attributes:
        found: its receipts.
        refused: what holds none and its sender would miss.
        vague: what nobody would miss: it says why there is no receipt, should there be none.
    """

    number: int
    found: list[PartRead] = field(default_factory=list)
    refused: list[PartRead] = field(default_factory=list)
    vague: list[PartRead] = field(default_factory=list)


def read_any(
    data: bytes, media_type: MediaType, *, engine: EngineSource, defaults: ReadDefaults, limits: AcceptLimits
) -> tuple[Reading, ...] | Rejection:
    """Every receipt that the document holds, or why there is none. Never an empty tuple.

    Raises:
        TransientError: the machine ended a process that opens files.
        EngineError: the engine cannot work at all.
    """
    parts = read_parts(data, media_type, engine=engine, defaults=defaults, limits=limits)
    found = tuple(part.outcome for part in parts if isinstance(part.outcome, Reading))
    first = parts[0].outcome
    return first if isinstance(first, Rejection) else found


def read_parts(
    data: bytes, media_type: MediaType, *, engine: EngineSource, defaults: ReadDefaults, limits: AcceptLimits
) -> tuple[PartRead, ...]:
    """The same, and each file in a mail that gave none, with its reason. Never empty; receipts come first.

    Raises:
        TransientError: the machine ended a process that opens files.
        EngineError: the engine cannot work at all.
    """
    how = _How(engine, defaults, limits)
    if media_type is MediaType.EMAIL:
        return _read_mail(data, how)
    answer = _read_alone(data, media_type, how)
    return (PartRead(answer),) if isinstance(answer, Rejection) else tuple(map(PartRead, answer))


def _read_alone(data: bytes, media_type: MediaType, how: _How) -> Answer:
    """A document that came as such, and has passed the door; a page or text may be a saved mail."""

    def read(data: bytes, media_type: MediaType, hint: str, sent_on: date | None) -> Answer:
        return read_document(
            data, media_type, engine=how.engine, defaults=how.defaults, hint=hint, sent_on=sent_on
        )

    if media_type in _OWN_WORDS:
        return read_body(data, media_type, hint="", sent_on=None, read=read).answer
    return read(data, media_type, "", None)


def _read_mail(data: bytes, how: _How) -> tuple[PartRead, ...]:
    """Every original in the mail: the one that was forwarded, others beside it, and files beside those."""
    inside = unwrap_mail(data)
    if isinstance(inside, Rejection):
        return (PartRead(inside),)
    budget, everything = _Budget(), (inside, *inside.others)
    originals = [
        _read_original(each, number, how, budget) for number, each in enumerate(everything[:MAX_MAILS])
    ]
    if len(everything) > 1:
        for original, mail in zip(originals, everything, strict=False):
            _tell_of_mail(original, mail)
    found = [part for original in originals for part in original.found]
    quotes = not_lent((part.original for part in found), everything, data)
    found = [replace(part, original=quotes.get(part.original, part.original)) for part in found]
    refused = [part for original in originals for part in original.refused]
    for number, mail in enumerate(everything[MAX_MAILS:], start=MAX_MAILS):
        told = Rejection(RejectionReason.TOO_MANY, f"more than {MAX_MAILS} mails in one")
        refused.append(PartRead(told, mail.subject, number))
    if found:
        refused = [_beside(part) for part in refused]
    elif not refused:
        return (PartRead(_most_telling([part for original in originals for part in original.vague])),)
    return (*found, *_bounded(refused))


def _tell_of_mail(made: _Original, mail: Unwrapped) -> None:
    """One of several mails that gave nothing is named; what somebody wrote around them is not."""
    if mail.kind is not ForwardKind.NONE and made.vague and not made.found and not made.refused:
        made.refused.append(PartRead(_most_telling(made.vague), _called(mail), made.number))


def _beside(part: PartRead) -> PartRead:
    """Terms of business and labels come with many a receipt: nothing is wrong with them."""
    if isinstance(part.outcome, Rejection) and part.outcome.reason in _LEGIBLE:
        told = Rejection(RejectionReason.BESIDE_A_RECEIPT, part.outcome.detail or part.outcome.reason.value)
        return replace(part, outcome=told)
    return part


def _bounded(refused: list[PartRead]) -> list[PartRead]:
    """Each by its name up to a bound, the rest as one."""
    if len(refused) <= MAX_REFUSED:
        return refused
    rest = refused[MAX_REFUSED - 1 :]
    told = Rejection(
        RejectionReason.TOO_MANY, f"{len(rest)} further parts that hold no receipt we could read"
    )
    return [*refused[: MAX_REFUSED - 1], PartRead(told, f"{len(rest)} further parts", rest[0].original)]


def _read_original(inside: Unwrapped, number: int, how: _How, budget: _Budget) -> _Original:
    """What is attached to it, else its body, else pictures within the text: the first that hold a receipt.

    A shop's PDF says more than the mail around it, and a logo must not cost a look by the engine.
    """
    made, budget.body = _Original(number), 0
    for kind, parts in enumerate(_kinds(inside)):
        missed = _read_kind(made, parts, inside, how, budget)
        if kind == _WITHIN_THE_TEXT and not made.found:
            made.vague += missed  # adverts are full of pictures
        else:
            made.refused += missed
        if made.found:
            if kind == _ATTACHED:
                _tell_of_body(made, inside, how, budget)
            break
    for skipped in inside.layer.skipped:
        told = Rejection(skipped.reason, skipped.detail)
        if skipped.is_file:
            rest = THE_REST if skipped.reason is RejectionReason.TOO_MANY else _called(inside)
            made.refused.append(PartRead(told, skipped.name or rest, number))
        elif skipped.reason is not RejectionReason.TOO_SMALL:
            made.vague.append(PartRead(told, "", number))
    return made


def _tell_of_body(made: _Original, inside: Unwrapped, how: _How, budget: _Budget) -> None:
    """Name the mail's own text where it holds a purchase that none of its files shows."""
    sent_on = None if inside.date is None else inside.date.date()
    readings = tuple(part.outcome for part in made.found if isinstance(part.outcome, Reading))
    for part in islice(_bodies(inside), 1):
        body = _within(budget, part, how, shop_hint(inside), sent_on)
        if differs(body.answer, readings):
            told = another_receipt("the text holds another purchase than the files beside it")
            others = () if isinstance(body.answer, Rejection) else body.answer
            made.refused.append(PartRead(told, called_another(inside.subject, others), made.number))


def _read_kind(
    made: _Original, parts: Sequence[_Part], inside: Unwrapped, how: _How, budget: _Budget
) -> list[PartRead]:
    """Read these parts into `made`; those without a receipt that their sender would miss."""
    missed: list[PartRead] = []
    looked_at = False
    sent_on = None if inside.date is None else inside.date.date()
    for part in parts:
        name = part.name or _called(inside)
        body = _within(budget, part, how, shop_hint(inside), sent_on)
        answer = body.answer
        if isinstance(answer, Rejection):
            if answer.reason in _LEGIBLE and _is_cut(part):
                answer = Rejection(RejectionReason.TOO_MANY, f"no receipt in its first {MAX_OWN_ROWS} lines")
            out_of_lines = answer.reason is RejectionReason.TOO_MANY
            told = missed if out_of_lines or _is_missed(part) else made.vague
            if not (out_of_lines and looked_at):  # else it was read in another form, and holds no receipt
                told.append(PartRead(answer, name, made.number))
            if out_of_lines and part.is_body:
                break  # for the others no line is left either
            looked_at = part.is_body
            continue
        quoted = body.quoted and inside.kind is not ForwardKind.INLINE  # that kind proves nothing anyway
        source = quoted_in(made.number) if quoted else made.number
        made.found += [PartRead(reading, part.name, source) for reading in answer]
        if body.beside:
            told_of = another_receipt("another purchase in a mail that this one quotes")
            missed.append(PartRead(told_of, called_another(part.name or inside.subject), made.number))
        if max(len(reading.transcript.rows) for reading in answer) > MAX_OWN_ROWS:
            cut = Rejection(RejectionReason.TOO_MANY, f"what comes after {MAX_OWN_ROWS} lines")
            missed.append(PartRead(cut, name, made.number))
        if part.is_body:
            break  # the others are the same body in another form
    return missed


def _called(inside: Unwrapped) -> str:
    return inside.subject or inside.sender_name or "Your mail"


def _within(budget: _Budget, part: _Part, how: _How, hint: str, sent_on: date | None) -> BodyRead:
    """The part read, as far as the mail's lines last."""
    counted = _lines(part.data, part.media_type)
    if part.is_body:  # once, however often and in however many forms it is read
        counted, budget.body = max(0, counted - budget.body), max(counted, budget.body)
    budget.lines -= counted
    if budget.lines < 0:
        return BodyRead(Rejection(RejectionReason.TOO_MANY, f"more than {MAX_LINES} lines in one mail"))

    def read(data: bytes, media_type: MediaType, hint: str, sent_on: date | None) -> Answer:
        return _read_part(_Part(data, media_type), how, hint, sent_on)

    if part.media_type in _OWN_WORDS:
        return read_body(part.data, part.media_type, hint=hint, sent_on=sent_on, read=read)
    return BodyRead(read(part.data, part.media_type, hint, sent_on))


def _is_cut(part: _Part) -> bool:
    return part.media_type is MediaType.TEXT and part.data.count(b"\n") > MAX_OWN_ROWS


def _is_missed(part: _Part) -> bool:
    """Whether its sender attached it, as far as can be told."""
    return bool(part.name) and not part.is_body and _SPLIT_OFF.fullmatch(part.name) is None


def _kinds(inside: Unwrapped) -> Iterator[tuple[_Part, ...]]:
    own = inside.kind is ForwardKind.NONE
    attached, shown = list(inside.layer.documents), list[MailFile]()
    for picture in inside.layer.pictures:
        within = picture.inline and not (own and _is_photo(picture))
        (shown if within else attached).append(picture)
    yield _files(attached)
    yield tuple(_bodies(inside))
    yield _files(shown)


_ATTACHED: Final = 0
_WITHIN_THE_TEXT: Final = 2
"""Places of the attached files, and of the pictures within the text, among `_kinds`."""
PHOTO_SIDE_PX: Final = 1000
"""Shorter side of what a phone took, though Apple's mail shows it within the text; shops' are smaller."""


def _is_photo(file: MailFile) -> bool:
    size = picture_size(file.data, file.media_type)
    return size is not None and min(size) >= PHOTO_SIDE_PX


def _files(files: Sequence[MailFile]) -> tuple[_Part, ...]:
    return tuple(
        _Part(file.data, file.media_type, name=file.name or f"{_kind_of(file)} {number}")
        for number, file in enumerate(files, start=1)
    )


def _kind_of(file: MailFile) -> str:
    return "Photo" if file.media_type in IMAGE_TYPES else "File"


def _bodies(inside: Unwrapped) -> Iterator[_Part]:
    """The original's body; the whole one as well, should it have been cut wrongly."""
    forms = ((inside.html, MediaType.HTML), (inside.text, MediaType.TEXT))
    whole = ((inside.layer.html, MediaType.HTML), (inside.layer.text, MediaType.TEXT))
    seen = {""}
    for body, media_type in (*forms, *whole):
        if body and (shown := body.strip()) not in seen:
            seen.add(shown)
            yield _Part(body.encode("utf-8", errors="replace"), media_type, is_body=True)


def _lines(data: bytes, media_type: MediaType) -> int:
    """How many lines it has to be read, at most: those of a page are parted by its tags."""
    if media_type is MediaType.TEXT:
        lines = data.count(b"\n") + 1
    elif media_type is MediaType.HTML:
        lines = len(_SHOWN.findall(data)) + 1
    else:
        lines = LINES_OF_FILE
    return min(lines, MAX_LINES_OF_PART)


_SHOWN: Final = re.compile(rb">\s*+[^<\s]")
"""Words between tags."""


def _read_part(part: _Part, how: _How, hint: str, sent_on: date | None) -> tuple[Reading, ...] | Rejection:
    if part.media_type not in _OWN_WORDS:
        refused = _refused_at_the_door(part, how.limits)
        if refused is not None:
            return refused
    return read_document(
        part.data,
        part.media_type,
        engine=how.engine,
        defaults=how.defaults,
        hint=hint,
        sent_on=sent_on,
    )


def _refused_at_the_door(part: _Part, limits: AcceptLimits) -> Rejection | None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "part"
        path.write_bytes(part.data)
        answer = accept(path, limits=limits, allowed=_PART_TYPES)
    return answer if isinstance(answer, Rejection) else None


def _most_telling(parts: Sequence[PartRead]) -> Rejection:
    rejections = [part.outcome for part in parts if isinstance(part.outcome, Rejection)]
    vague = {RejectionReason.NO_TEXT, RejectionReason.EMPTY}
    telling = [rejection for rejection in rejections if rejection.reason not in vague]
    nothing = Rejection(RejectionReason.NO_TEXT, "the mail holds nothing to read")
    return next(iter([*telling, *rejections]), nothing)
