"""Any document to readings; a mail is opened first, and each part passes the door before it is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from typing import Final

from ingest.accept import AcceptLimits
from ingest.email.unwrap import ForwardKind, Unwrapped, unwrap_mail
from ocr.document import ReadDefaults, Reading, read_document
from ocr.engines.base import EngineSource
from ocr.opening import HERE, Opening
from ocr.own_parse import MAX_OWN_ROWS
from pipeline.another_receipt import another_receipt, called_another
from pipeline.bodies import Answer, BodyRead, read_body
from pipeline.lent_proof import not_lent
from pipeline.mail_parts import (
    ATTACHED,
    OWN_WORDS,
    WITHIN_THE_TEXT,
    Budget,
    How,
    Part,
    Sender,
    bodies,
    kinds,
    named_by_sender,
    read_within,
    sender_of,
    sender_of_files,
)
from pipeline.part_read import PartRead, Source
from pipeline.same_purchase import Files, Told, is_sure, same_order, told_beside
from receipts.errors import Rejection, RejectionReason
from receipts.image import MediaType
from receipts.proof import quoted_in

MAX_MAILS: Final = 24
"""In one mail, each perhaps a receipt: twenty attached ones, and mails that have files beside such."""
MAX_REFUSED: Final = 12
"""Parts without a receipt that are named one by one; more are told of together."""
THE_REST: Final = "The rest of your mail"
_LEGIBLE: Final = frozenset(
    {RejectionReason.NOT_A_RECEIPT, RejectionReason.ADVERT, RejectionReason.SHIPPING_NOTICE}
)
"""Of files that were read well and are something else."""
_SPLIT_OFF: Final = re.compile(r"ATT\d+\.(?:txt|html?)", re.IGNORECASE)
"""What Exchange calls the rest of a text that goes on behind an attachment."""


@dataclass(slots=True)
class _Original:
    """What came of one original.

    Attributes:
        found: its receipts.
        refused: what holds none and its sender would miss.
        vague: what nobody would miss: it says why there is no receipt, should there be none.
        files: receipts in its attached files; None where there are none.
        sources: files with the places of their receipts in `found`.
    """

    number: int
    found: list[PartRead] = field(default_factory=list)
    refused: list[PartRead] = field(default_factory=list)
    vague: list[PartRead] = field(default_factory=list)
    files: Files | None = None
    sources: list[tuple[Part, slice]] = field(default_factory=list)


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
    data: bytes,
    media_type: MediaType,
    *,
    engine: EngineSource,
    defaults: ReadDefaults,
    limits: AcceptLimits,
    opening: Opening = HERE,
) -> tuple[PartRead, ...]:
    """The same, and each file in a mail that gave none, with its reason. Never empty; receipts come first.

    Raises:
        TransientError: the machine ended a process that opens files.
        EngineError: the engine cannot work at all.
    """
    how = How(engine, defaults, limits, opening)
    if media_type is MediaType.EMAIL:
        return _read_mail(data, how)
    answer = _read_alone(data, media_type, how)
    if isinstance(answer, Rejection):
        return (PartRead(answer),)
    source = Source(Part(data, media_type))
    return tuple(PartRead(reading, source=source) for reading in answer)


def _read_alone(data: bytes, media_type: MediaType, how: How) -> Answer:
    """A document that came as such, and has passed the door; a page or text may be a saved mail.

    It has as many steps as a mail of its size: a small PDF may draw the same rows on each of its pages.
    """
    allow = Budget.of(len(data)).allow

    def read(data: bytes, media_type: MediaType, hint: str, sent_on: date | None) -> Answer:
        return read_document(
            data,
            media_type,
            engine=how.engine,
            defaults=how.defaults,
            hint=hint,
            sent_on=sent_on,
            allow=allow,
            opening=how.opening,
        )

    if media_type in OWN_WORDS:
        body = read_body(data, media_type, hint="", sent_on=None, read=read)
        return body.answer if isinstance(body.answer, Rejection) else (*body.answer, *body.beside)
    return read(data, media_type, "", None)


def _read_mail(data: bytes, how: How) -> tuple[PartRead, ...]:
    """Every original in the mail: the one that was forwarded, others beside it, and files beside those."""
    inside = unwrap_mail(data)
    if isinstance(inside, Rejection):
        return (PartRead(inside),)
    budget, everything = Budget.of(len(data)), (inside, *inside.others)
    originals = [
        _read_original(each, number, how, budget, sender_of_files(each, everything))
        for number, each in enumerate(everything[:MAX_MAILS])
    ]
    if len(everything) > 1:
        for original, mail in zip(originals, everything, strict=False):
            _tell_of_mail(original, mail)
        _settle(originals, everything)
        _leave_out_notes(originals, everything)
    _leave_out_papers(originals)
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


def _settle(originals: Sequence[_Original], everything: Sequence[Unwrapped]) -> None:
    """Leave out what is read from a text if it is the purchase in a file that came with another's text."""
    for made, mail in zip(originals, everything, strict=False):
        if mail.within is None or made.files is not None:
            continue
        for other, beside in zip(originals, everything, strict=False):
            if beside.within is mail.within and other.files is not None:
                texts, made.found = made.found, []
                for part in texts:
                    _take_text(made, part, other.files, _called(mail))


def _leave_out_notes(originals: Sequence[_Original], everything: Sequence[Unwrapped]) -> None:
    """Leave out what the forwarder wrote about a purchase that is forwarded below it."""
    for made, mail in zip(originals, everything, strict=False):
        if mail.within is None or mail.kind is not ForwardKind.NONE:
            continue
        passed_on = [
            part.outcome
            for other, beside in zip(originals, everything, strict=False)
            for part in other.found
            if beside.within is mail.within and other is not made and isinstance(part.outcome, Reading)
        ]
        made.found = [part for part in made.found if not _is_note(part, passed_on)]


def _is_note(part: PartRead, passed_on: Sequence[Reading]) -> bool:
    if isinstance(part.outcome, Rejection):
        return False
    told = told_beside(part.outcome, passed_on)
    return told is Told.SAME or (told is Told.UNCLEAR and not part.outcome.receipt.retailer.name)


def _leave_out_papers(originals: Sequence[_Original]) -> None:
    """Of several papers of one order, such as its confirmation and its invoice, the fullest counts."""
    kept: list[tuple[_Original, PartRead, Reading]] = []
    for made in originals:
        for part in tuple(made.found):
            if not isinstance(part.outcome, Reading):
                continue
            if any(same_order(part.outcome, taken) for _, _, taken in kept):
                made.found.remove(part)
                continue
            for owner, lesser, taken in [each for each in kept if same_order(each[2], part.outcome)]:
                owner.found.remove(lesser)
                kept.remove((owner, lesser, taken))
            kept.append((made, part, part.outcome))


def _take_text(made: _Original, part: PartRead, files: Files, name: str) -> None:
    """Take a receipt that is read from a text beside files, unless it is in one of these."""
    if isinstance(part.outcome, Rejection):
        return
    told = files.told(part.outcome)
    if told is Told.OTHER:
        made.found.append(part)
    elif told is Told.UNCLEAR:
        unclear = another_receipt("the text tells of another total than the file beside it")
        made.refused.append(PartRead(unclear, called_another(name, (part.outcome,)), made.number))


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


def _read_original(inside: Unwrapped, number: int, how: How, budget: Budget, sender: Sender) -> _Original:
    """What is attached to it, else its body, else pictures within the text: the first that hold a receipt.

    A shop's PDF says more than the mail around it, and a logo must not cost a look by the engine. What the
    body tells beside a file is read as well, if it is another purchase. `sender` is the files'.
    """
    made, budget.body = _Original(number), 0
    for kind, parts in enumerate(kinds(inside)):
        missed = _read_kind(made, parts, inside, how, budget, Sender("", sender.day))
        if kind == WITHIN_THE_TEXT and not made.found:
            made.vague += missed  # adverts are full of pictures
        else:
            made.refused += missed
        if made.found:
            if kind == ATTACHED:
                _read_text_beside(made, inside, how, budget, sender)
            break
    for skipped in inside.layer.skipped:
        told = Rejection(skipped.reason, skipped.detail)
        if skipped.is_file:
            rest = THE_REST if skipped.reason is RejectionReason.TOO_MANY else _called(inside)
            made.refused.append(PartRead(told, skipped.name or rest, number))
        elif skipped.reason is not RejectionReason.TOO_SMALL:
            made.vague.append(PartRead(told, "", number))
    return made


def _read_text_beside(made: _Original, inside: Unwrapped, how: How, budget: Budget, sender: Sender) -> None:
    """What the mail's own text tells beside its files, and their sender, where they name no shop.

    Where the text is of another purchase, whoever sent that did not sell what is in the files.
    """
    files = [part.outcome for part in made.found if isinstance(part.outcome, Reading)]
    made.files = Files(files)
    in_files, made.found = made.found, []
    for part in islice(bodies(inside), 1):
        body = read_within(budget, part, how, sender_of(inside))
        if not isinstance(body.answer, Rejection):
            texts = _Original(made.number)
            _take(texts, body, body.answer, part, inside)
            for text in texts.found:
                if isinstance(text.outcome, Reading) and is_sure(text.outcome):
                    _take_text(made, text, made.files, _called(inside))
            made.refused += texts.refused
    if not made.found:
        for part, places in made.sources:
            answer = [each.outcome for each in in_files[places] if isinstance(each.outcome, Reading)]
            named = named_by_sender(budget, part, answer, how, sender)
            in_files[places] = [
                replace(each, outcome=reading) for each, reading in zip(in_files[places], named, strict=True)
            ]
    made.found = [*in_files, *made.found]


def _take(made: _Original, body: BodyRead, answer: Sequence[Reading], part: Part, inside: Unwrapped) -> None:
    """The receipts in a part, and in mails that are quoted beside."""
    number, proven = made.number, inside.kind is not ForwardKind.INLINE  # that kind proves nothing anyway
    quoted = quoted_in(number) if proven else number
    start = len(made.found)
    page = inside.html if part.is_body and not body.quoted else None  # a quote's links are another's
    source, number = Source(part, page, inside.sender_address), quoted if body.quoted else number
    made.found += [PartRead(reading, part.name, number, source) for reading in answer]
    if not part.is_body:
        made.sources.append((part, slice(start, len(made.found))))
    made.found += [PartRead(reading, part.name, quoted) for reading in body.beside]
    if body.unclear:
        told = another_receipt("another purchase in a mail that this one quotes")
        made.refused.append(PartRead(told, called_another(part.name or inside.subject), number))


def _read_kind(
    made: _Original, parts: Sequence[Part], inside: Unwrapped, how: How, budget: Budget, of_files: Sender
) -> list[PartRead]:
    """Read these parts into `made`; those without a receipt that their sender would miss."""
    missed: list[PartRead] = []
    looked_at = False
    for part in parts:
        name = part.name or _called(inside)
        body = read_within(budget, part, how, sender_of(inside) if part.is_body else of_files)
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
        _take(made, body, answer, part, inside)
        if max(len(reading.transcript.rows) for reading in answer) > MAX_OWN_ROWS:
            cut = Rejection(RejectionReason.TOO_MANY, f"what comes after {MAX_OWN_ROWS} lines")
            missed.append(PartRead(cut, name, made.number))
        if part.is_body:
            break  # the others are the same body in another form
    return missed


def _called(inside: Unwrapped) -> str:
    return inside.subject or inside.sender_name or "Your mail"


def _is_cut(part: Part) -> bool:
    return part.media_type is MediaType.TEXT and part.data.count(b"\n") > MAX_OWN_ROWS


def _is_missed(part: Part) -> bool:
    """Whether its sender attached it, as far as can be told."""
    return bool(part.name) and not part.is_body and _SPLIT_OFF.fullmatch(part.name) is None


def _most_telling(parts: Sequence[PartRead]) -> Rejection:
    rejections = [part.outcome for part in parts if isinstance(part.outcome, Rejection)]
    vague = {RejectionReason.NO_TEXT, RejectionReason.EMPTY}
    telling = [rejection for rejection in rejections if rejection.reason not in vague]
    nothing = Rejection(RejectionReason.NO_TEXT, "the mail holds nothing to read")
    return next(iter([*telling, *rejections]), nothing)
