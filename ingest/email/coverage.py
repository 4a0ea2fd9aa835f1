"""Whether a signature covers every header line that decides what is read of a message, and whose it is.

DKIM signs the lines that it names, wherever they stand. A line that it does not name can be put in, exchanged
or taken out, and a second line can be put above a signed one: the signature holds, and a reader sees another
date, another author, or other parts of the same text.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import Enum
from typing import Final

from ingest.email.raw_message import RawMessage

NAMES_MAX: Final = 200
"""Names in one ``h=``; the longest of real signatures have about 40."""
_CLAIMS: Final = ("from", "date", "subject")
_MAKE_UP: Final = ("content-type", "content-transfer-encoding", "content-disposition", "content-id")
_UNREAD: Final = ("mime-version",)
"""No reading depends on it."""
READ_BY_US: Final = (*_CLAIMS, *_MAKE_UP, *_UNREAD)
_CUT_ALIKE: Final = frozenset({"multipart/mixed", "multipart/alternative", "multipart/related"})
_AS_THEY_ARE: Final = frozenset({"", "7bit", "8bit", "binary"})
_SOFT_BREAK: Final = re.compile(rb"=[ \t]*\r?\n")
_BARE_EQUALS: Final = re.compile(rb"=(?![0-9A-F]{2}|[ \t]*\r?\n|$)")
_QUOTED_LINE_CHARS: Final = 76
_DELIMITER: Final = re.compile(rb"^--([^\r\n]*[^-\s][^\r\n]*?)[ \t]*\r?$", re.MULTILINE)


class Coverage(Enum):
    """How much of what decides the reading is signed."""

    WHOLE = "whole"
    SETTLED = "settled"
    """A line is left out, but the signed text itself allows of one reading alone."""
    OPEN = "open"
    """Somebody else could have chosen what is read."""


def coverage(message: RawMessage, covered: Collection[bytes], domain: str) -> tuple[Coverage, str]:
    """What a signature of `domain` over the fields named covers, with a sentence where it is not all."""
    for name in READ_BY_US:
        lines = len(message.values(name))
        if lines > 1:
            return (
                Coverage.OPEN,
                f"The message has {lines} {name.title()} lines, and programs differ on which to show.",
            )
    unsigned = [name for name in READ_BY_US if name.encode() not in covered]
    present = [name for name in unsigned if message.values(name)]
    for name in _CLAIMS:  # every mail has these, so a signature that names none lets them be taken out
        if name in unsigned:
            return Coverage.OPEN, _left_out(domain, name)
    for name in _MAKE_UP:
        if name in unsigned and not _settled(message, name, present):
            return Coverage.OPEN, _left_out(domain, name)
    if present or "content-type" in unsigned:
        name = (present or ["content-type"])[0]
        said = f"{domain} did not sign the {name.title()} line, but the text allows of one reading alone."
        return Coverage.SETTLED, said
    return Coverage.WHOLE, ""


def _left_out(domain: str, name: str) -> str:
    return f"{domain} did not sign the {name.title()} line, so anyone may have chosen it or taken it out."


def _settled(message: RawMessage, name: str, present: Collection[str]) -> bool:
    """Whether an unsigned line, there or taken out, leaves one reading alone."""
    if _starts_with_its_delimiter(message):
        return True
    match name:
        case "content-type":
            return name not in present and not _looks_cut(message.body)
        case "content-transfer-encoding":
            # As good as none, unless the text was encoded and the line that said so was taken out.
            broken = _SOFT_BREAK.search(message.body) is not None
            if message.view.encoding == "quoted-printable":
                return broken and _is_quoted_printable(message.body)
            return message.view.encoding in _AS_THEY_ARE and (
                message.view.content_type.startswith("multipart/") or not broken
            )
        case _:
            return name not in present


def _starts_with_its_delimiter(message: RawMessage) -> bool:
    """A text that begins with a delimiter is cut there; three types of cutting are read alike here.

    A delimiter further down may be somebody's words, such as a note that a customer had printed.
    """
    boundary = message.view.parameter("boundary").rstrip().encode("latin-1", "replace")
    first = message.body.lstrip(b"\r\n").split(b"\n", 1)[0].rstrip()
    return bool(boundary) and message.view.content_type in _CUT_ALIKE and first == b"--" + boundary


def _is_quoted_printable(body: bytes) -> bool:
    """Whether the whole text is what that encoding makes of one (RFC 2045, 6.7): short lines, no bare `=`."""
    longest = max((len(line) for line in body.splitlines()), default=0)
    return longest <= _QUOTED_LINE_CHARS and _BARE_EQUALS.search(body) is None


def _looks_cut(body: bytes) -> bool:
    """Whether delimiters stand in a text that no line says is cut; rules of dashes are none."""
    found = {line[1] for line in _DELIMITER.finditer(body)}
    return any(line.endswith(b"--") and line[:-2] in found for line in found)
