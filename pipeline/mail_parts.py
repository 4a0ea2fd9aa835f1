"""The parts of one original in a mail: which they are, and how each is read, within the mail's bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ingest.accept import AcceptLimits, accept
from ingest.child import costs
from ingest.email.contents import MailFile
from ingest.email.forward_lines import Prefix, split_subject
from ingest.email.picture_size import picture_size
from ingest.email.unwrap import ForwardKind, Unwrapped
from ocr.document import ReadDefaults, Reading, read_document
from ocr.documents.work import enough
from ocr.engines.base import EngineSource
from ocr.opening import HERE, Opening
from pipeline.bodies import Answer, BodyRead, read_body
from pipeline.sender_hint import shop_hint
from receipts.errors import Rejection, RejectionReason
from receipts.image import IMAGE_TYPES, MediaType

MAX_LINES: Final = 4_000
"""Of all that is read of one mail, as `_lines` counts; each takes a millisecond. Receipts have up to 300."""
MAX_LINES_OF_PART: Final = 800
"""More of one part are not read."""
LINES_OF_FILE: Final = 100
"""As which a PDF or picture counts."""
MAX_STEPS: Final = 5_600
"""Of all that is read of one mail, each time that it is, as `ocr.documents.work` counts: about 6 s.
`MAX_LINES` with two numbers each need as many."""
FREE_STEPS: Final = 700
BYTES_A_STEP: Final = 20
"""Of a short mail, and for so much more of it one more: 21 kB, read whole, in parts, as quotes, took 5,053.
Of 146 honest e-receipts and forwards none takes more than 84, and none more than 43 beyond its bytes' own."""
FREE_DOOR_S: Final = 1.0
STEPS_A_DOOR_SECOND: Final = 500
"""For processor time beyond the free one in which a file is opened on trial; large photos take 0.4 s."""
OWN_WORDS: Final = frozenset({MediaType.HTML, MediaType.TEXT})
_PART_TYPES: Final = frozenset(MediaType) - {MediaType.EMAIL}


@dataclass(frozen=True, slots=True)
class How:
    """What every part is read with."""

    engine: EngineSource
    defaults: ReadDefaults
    limits: AcceptLimits
    opening: Opening = HERE


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom a text or file is of, where it does not say so itself; see `shop_hint` for the name."""

    name: str
    day: date | None


def sender_of(inside: Unwrapped) -> Sender:
    """The original's, for its own text."""
    return Sender(shop_hint(inside), None if inside.date is None else inside.date.date())


def sender_of_files(inside: Unwrapped, everything: Sequence[Unwrapped]) -> Sender:
    """Of files that several originals share only what is the same for all of these is known."""
    if inside.within is None:
        return sender_of(inside)
    senders = [
        sender_of(each)
        for each in everything
        if each.within is inside.within and each.kind is not ForwardKind.NONE
    ]
    names, days = {each.name for each in senders}, {each.day for each in senders}
    return Sender(names.pop() if len(names) == 1 else "", days.pop() if len(days) == 1 else None)


@dataclass(slots=True)
class Budget:
    """What is left of one mail's lines.

    Attributes:
        body: lines of the original's body that are counted; it is read in several forms and pieces.
        steps: that may still be done, whatever is read.
    """

    lines: int = MAX_LINES
    body: int = 0
    steps: int = MAX_STEPS

    @classmethod
    def of(cls, size_bytes: int) -> Budget:
        """What a mail or file of this size may cost."""
        return cls(steps=min(MAX_STEPS, FREE_STEPS + size_bytes // BYTES_A_STEP))

    def allow(self, steps: int) -> bool:
        """Whether so many are left; then they are taken."""
        if steps > self.steps:
            return False
        self.steps -= steps
        return True


@dataclass(frozen=True, slots=True)
class Part:
    """A file, or one form of a body.

    Attributes:
        name: of the file; empty for a body.
        passed_on: a forwarded mail that answers none, so that further ones below it are forwarded, too.
    """

    data: bytes
    media_type: MediaType
    is_body: bool = False
    name: str = ""
    passed_on: bool = False


def read_within(budget: Budget, part: Part, how: How, sender: Sender) -> BodyRead:
    """The part read, as far as the mail's lines last."""
    counted = _lines(part.data, part.media_type)
    if part.is_body:  # once, however often and in however many forms it is read
        counted, budget.body = max(0, counted - budget.body), max(counted, budget.body)
    budget.lines -= counted
    if budget.lines < 0:
        return BodyRead(Rejection(RejectionReason.TOO_MANY, f"more than {MAX_LINES} lines in one mail"))

    def read(data: bytes, media_type: MediaType, hint: str, sent_on: date | None) -> Answer:
        return _read_part(budget, Part(data, media_type), how, hint, sent_on)

    if part.media_type in OWN_WORDS:
        return read_body(
            part.data,
            part.media_type,
            hint=sender.name,
            sent_on=sender.day,
            read=read,
            blocks_are_beside=part.passed_on,
        )
    return BodyRead(read(part.data, part.media_type, sender.name, sender.day))


def named_by_sender(
    budget: Budget, part: Part, answer: Sequence[Reading], how: How, sender: Sender
) -> Sequence[Reading]:
    """A file's receipts, those that name no shop with the sender's name as `ocr` takes it.

    A file that names its shop is believed before its mail: a friend passes receipts on, too, and a header
    that somebody typed must not turn one shop's receipt into another's.
    """
    text = part.media_type is MediaType.PDF or part.media_type in OWN_WORDS
    if not sender.name or not text or not any(map(_is_nameless, answer)):
        return answer
    again = _read_part(budget, part, how, sender.name, sender.day, passed=True)
    if isinstance(again, Rejection) or len(again) != len(answer):
        return answer
    pairs = zip(answer, again, strict=True)
    return tuple(
        replace(bare, receipt=replace(bare.receipt, retailer=named.receipt.retailer))
        if _is_nameless(bare)
        else bare
        for bare, named in pairs
    )


def _is_nameless(reading: Reading) -> bool:
    """Whether a text names no shop; of pictures a sender's name is no part."""
    return reading.picture_jpeg is None and not reading.receipt.retailer.name


def kinds(inside: Unwrapped) -> Iterator[tuple[Part, ...]]:
    """Its parts in the order in which they are tried: attached files, the body, pictures within the text."""
    own = inside.kind is ForwardKind.NONE
    attached, shown = list(inside.layer.documents), list[MailFile]()
    for picture in inside.layer.pictures:
        within = picture.inline and not (own and _is_photo(picture))
        (shown if within else attached).append(picture)
    yield _files(attached)
    yield tuple(bodies(inside))
    yield _files(shown)


ATTACHED: Final = 0
WITHIN_THE_TEXT: Final = 2
"""Places of the attached files, and of the pictures within the text, among `kinds`."""
PHOTO_SIDE_PX: Final = 1000
"""Shorter side of what a phone took, though Apple's mail shows it within the text; shops' are smaller."""


def _is_photo(file: MailFile) -> bool:
    size = picture_size(file.data, file.media_type)
    return size is not None and min(size) >= PHOTO_SIDE_PX


def _files(files: Sequence[MailFile]) -> tuple[Part, ...]:
    return tuple(
        Part(file.data, file.media_type, name=file.name or f"{_kind_of(file)} {number}")
        for number, file in enumerate(files, start=1)
    )


def _kind_of(file: MailFile) -> str:
    return "Photo" if file.media_type in IMAGE_TYPES else "File"


def bodies(inside: Unwrapped) -> Iterator[Part]:
    """The original's body; the whole one as well, should it have been cut wrongly."""
    forms = ((inside.html, MediaType.HTML), (inside.text, MediaType.TEXT))
    whole = ((inside.layer.html, MediaType.HTML), (inside.layer.text, MediaType.TEXT))
    passed_on = (
        inside.kind is ForwardKind.INLINE
        and split_subject(inside.layer.subject)[0] is Prefix.FORWARD
        and split_subject(inside.subject)[0] is not Prefix.REPLY
    )
    seen = {""}
    for body, media_type in (*forms, *whole):
        if body and (shown := body.strip()) not in seen:
            seen.add(shown)
            data = body.encode("utf-8", errors="replace")
            yield Part(data, media_type, is_body=True, passed_on=passed_on)


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


def _read_part(
    budget: Budget, part: Part, how: How, hint: str, sent_on: date | None, *, passed: bool = False
) -> Answer:
    if budget.steps <= 0:
        return enough()
    if part.media_type not in OWN_WORDS and not passed:
        refused = _refused_at_the_door(budget, part, how.limits)
        if refused is not None:
            return refused
    return read_document(
        part.data,
        part.media_type,
        engine=how.engine,
        defaults=how.defaults,
        hint=hint,
        sent_on=sent_on,
        allow=budget.allow,
        opening=how.opening,
    )


def _refused_at_the_door(budget: Budget, part: Part, limits: AcceptLimits) -> Rejection | None:
    before_s = costs().processor_s
    with TemporaryDirectory() as folder:
        path = Path(folder) / "part"
        path.write_bytes(part.data)
        answer = accept(path, limits=limits, allowed=_PART_TYPES)
    beyond_s = max(0.0, costs().processor_s - before_s - FREE_DOOR_S)
    budget.steps -= int(beyond_s * STEPS_A_DOOR_SECOND)
    return answer if isinstance(answer, Rejection) else None
