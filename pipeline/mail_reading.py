"""Any document to readings; a mail is opened first, and each part passes the door before it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ingest.accept import AcceptLimits, accept
from ingest.email.contents import MailFile
from ingest.email.unwrap import Unwrapped, unwrap_mail
from ocr.document import ReadDefaults, Reading, read_document
from ocr.engines.base import EngineSource
from receipts.errors import Rejection, RejectionReason
from receipts.image import MediaType

MAX_MAILS: Final = 24
"""In one mail, each perhaps a receipt: twenty attached ones, and mails that have files beside such."""
MAX_LINES: Final = 4_000
"""Of all that is read of one mail, as `_lines` counts; each takes a millisecond. Receipts have up to 300."""
MAX_LINES_OF_PART: Final = 800
"""More of one part are not read."""
LINES_OF_FILE: Final = 100
"""As which a PDF or picture counts."""
_WRAPPED: Final = frozenset(
    {RejectionReason.OUTLOOK_WRAPPER, RejectionReason.ENCRYPTED, RejectionReason.UNSUPPORTED_ARCHIVE}
)
"""What a receipt may be wrapped in so that we cannot read it; logos and the like are left out in silence."""
_PART_TYPES: Final = frozenset(MediaType) - {MediaType.EMAIL}


@dataclass(frozen=True, slots=True)
class _How:
    """What every part is read with."""

    engine: EngineSource
    defaults: ReadDefaults
    limits: AcceptLimits


@dataclass(slots=True)
class _Budget:
    """What is left of one mail's lines."""

    lines: int = MAX_LINES


@dataclass(frozen=True, slots=True)
class _Part:
    data: bytes
    media_type: MediaType
    is_body: bool


def read_any(
    data: bytes, media_type: MediaType, *, engine: EngineSource, defaults: ReadDefaults, limits: AcceptLimits
) -> tuple[Reading, ...] | Rejection:
    """Every receipt that the document holds, or why there is none. Never an empty tuple.

    Raises:
        TransientError: the machine ended a process that opens files.
        EngineError: the engine cannot work at all.
    """
    how = _How(engine, defaults, limits)
    if media_type is MediaType.EMAIL:
        return _read_mail(data, how)
    return read_document(data, media_type, engine=engine, defaults=defaults)


def _read_mail(data: bytes, how: _How) -> tuple[Reading, ...] | Rejection:
    """Every original in the mail: the one that was forwarded, others beside it, and files beside those."""
    inside = unwrap_mail(data)
    if isinstance(inside, Rejection):
        return inside
    found: list[Reading] = []
    rejections: list[Rejection] = []
    budget = _Budget()
    for original in (inside, *inside.others)[:MAX_MAILS]:
        answer = _read_original(original, how, budget)
        if isinstance(answer, Rejection):
            rejections.append(answer)
        else:
            found += answer
    return tuple(found) or _most_telling(rejections)


def _read_original(inside: Unwrapped, how: _How, budget: _Budget) -> tuple[Reading, ...] | Rejection:
    """What is attached to it, else its body, else pictures within the text: the first that hold a receipt.

    A shop's PDF says more than the mail around it, and a logo must not cost a look by the engine. Where none
    does, what became of the files says more than that the body around them is no receipt.
    """
    hint, sent_on = inside.sender_name, None if inside.date is None else inside.date.date()
    rejections: list[Rejection] = []
    of_files: list[Rejection] = []
    for number, parts in enumerate(_kinds(inside)):
        found: list[Reading] = []
        for part in parts:
            budget.lines -= _lines(part)
            if budget.lines < 0:
                rejections.append(Rejection(RejectionReason.TOO_LARGE, f"more than {MAX_LINES} lines"))
                continue
            answer = _read_part(part, how, hint, sent_on)
            if isinstance(answer, Rejection):
                (of_files if number == 0 else rejections).append(answer)
                continue
            found += answer
            if part.is_body:
                break  # the others are the same body in another form
        if found:
            return tuple(found)
    of_files += [
        Rejection(part.reason, part.detail) for part in inside.layer.skipped if part.reason in _WRAPPED
    ]
    return _most_telling([*of_files, *rejections])


def _kinds(inside: Unwrapped) -> Iterator[tuple[_Part, ...]]:
    pictures = inside.layer.pictures
    yield _files((*inside.layer.documents, *(file for file in pictures if not file.inline)))
    yield tuple(_bodies(inside))
    yield _files(tuple(file for file in pictures if file.inline))


def _files(files: tuple[MailFile, ...]) -> tuple[_Part, ...]:
    return tuple(_Part(file.data, file.media_type, is_body=False) for file in files)


def _bodies(inside: Unwrapped) -> Iterator[_Part]:
    """The original's body; the whole one as well, should it have been cut wrongly."""
    forms = ((inside.html, MediaType.HTML), (inside.text, MediaType.TEXT))
    whole = ((inside.layer.html, MediaType.HTML), (inside.layer.text, MediaType.TEXT))
    seen = {""}
    for body, media_type in (*forms, *whole):
        if body and (shown := body.strip()) not in seen:
            seen.add(shown)
            yield _Part(body.encode("utf-8", errors="replace"), media_type, is_body=True)


def _lines(part: _Part) -> int:
    """How many lines it has to be read, at most: those of a page are parted by its tags."""
    if part.media_type is MediaType.TEXT:
        lines = part.data.count(b"\n") + 1
    elif part.media_type is MediaType.HTML:
        lines = len(_SHOWN.findall(part.data)) + 1
    else:
        lines = LINES_OF_FILE
    return min(lines, MAX_LINES_OF_PART)


_SHOWN: Final = re.compile(rb">\s*+[^<\s]")
"""Words between tags."""


def _read_part(part: _Part, how: _How, hint: str, sent_on: date | None) -> tuple[Reading, ...] | Rejection:
    if part.media_type not in (MediaType.HTML, MediaType.TEXT):
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


def _most_telling(rejections: list[Rejection]) -> Rejection:
    vague = {RejectionReason.NO_TEXT, RejectionReason.EMPTY}
    telling = [rejection for rejection in rejections if rejection.reason not in vague]
    return (telling or rejections or [Rejection(RejectionReason.NO_TEXT, "the mail holds nothing to read")])[
        0
    ]
