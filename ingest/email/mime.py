"""A mail's bytes cut into headers and parts, by offsets into those bytes.

Own cutting rather than the standard library's parser, for three things that it does not give: the exact bytes
of an attached message (a signature is over bytes), a bound on work (a mail of 100,000 parts takes it 200 MB),
and no exception on any input (its header registry raises on some real mails). Words of a header are still
taken apart by the standard library, on values cut to a bounded length.
"""

from __future__ import annotations

import binascii
import codecs
import contextlib
import email.errors
import email.header
import email.utils
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from typing import Final

MAX_HEADER_BYTES: Final = 262_144
"""Of one header block. The largest of real mails, with a hundred transport headers, have some 60 kB."""
MAX_VALUE_CHARS: Final = 8_000
"""Of one header's value: long lists of recipients are cut there. The standard parsers are quadratic."""

_FIELD: Final = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_UNFOLD: Final = re.compile(rb"\r?\n(?=[ \t])")
_NOT_BASE64: Final = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
)
_QUAD: Final = 4
_BYTE: Final = 0xFF
_MOST_DELIMITERS: Final = 50_000
"""Looked at in one body, those among them that are none."""
_LONGEST_NAME: Final = 200

CHARSET_ALIASES: Final = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "iso-8859-8-i": "cp1255",
    "iso-8859-9": "cp1254",
    "windows-874": "cp874",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "unicode-1-1-utf-7": "utf-7",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "utf8mb4": "utf-8",
    "utf8": "utf-8",
}
"""What mails call a charset, and the wider one that is meant by it in practice."""
_NO_CHARSETS: Final = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})


@dataclass(frozen=True, slots=True)
class Entity:
    """A mail or a part of it: its headers, and where its body lies in `data`.

    Attributes:
        fields: name in lower case, and value unfolded, in the order they stand in.
        start: offset of the body's first byte.
        end: offset behind its last.
    """

    data: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    start: int
    end: int
    default_type: str = "text/plain"

    def raw(self, name: str) -> str:
        """The first such header, a character a byte; empty where there is none."""
        wanted = name.encode()
        for field, value in self.fields:
            if field == wanted:
                return value[:MAX_VALUE_CHARS].decode("latin-1").strip()
        return ""

    def words(self, name: str) -> str:
        """The first such header as people read it."""
        return decode_words(self.raw(name))

    @property
    def content_type(self) -> str:
        """Declared type in lower case, as ``text/plain``; repaired where it is none."""
        declared = self.raw("content-type").split(";")[0].strip().lower()
        main, slash, sub = declared.partition("/")
        return declared if slash and main and sub and " " not in declared else self.default_type

    @property
    def disposition(self) -> str:
        """``attachment``, ``inline``, or empty."""
        return self.raw("content-disposition").split(";")[0].strip().lower()

    @property
    def encoding(self) -> str:
        """Name of the transfer encoding in lower case, without what is wrongly written around it."""
        found = re.match(r"[\"']?([a-z0-9-]+)", self.raw("content-transfer-encoding").lower())
        return found[1] if found else ""

    def parameter(self, name: str, header: str = "content-type") -> str:
        """A parameter such as ``charset``; empty where absent or broken."""
        message = Message()
        message[header] = self.raw(header).replace("\r", " ").replace("\n", " ")
        try:
            value = message.get_param(name, "", header)
            if isinstance(value, tuple):
                return decode_bytes(value[2].encode("latin-1", "replace"), value[0] or "utf-8")
        except (ValueError, LookupError, TypeError, AttributeError):
            return ""
        return str(value).strip()

    @property
    def file_name(self) -> str:
        """As claimed; data for people and never a path. Control characters are left out."""
        name = self.parameter("filename", "content-disposition") or self.parameter("name")
        return "".join(c for c in decode_words(name) if c.isprintable())[:_LONGEST_NAME].strip()

    def body(self) -> bytes:
        """The body with its transfer encoding undone."""
        return undo_transfer(memoryview(self.data)[self.start : self.end], self.encoding)


_FOLDED: Final = re.compile(rb"(?:[ \t][^\n]*+\n)++")


def read_entity(data: bytes, start: int, end: int, *, default_type: str = "text/plain") -> Entity:
    """Cut the header block off. A line that is no header ends it, for some programs forget the blank line."""
    limit = min(end, start + MAX_HEADER_BYTES)
    position = start
    while position < limit:
        stop = data.find(b"\n", position, limit)
        line_end = limit if stop < 0 else stop + 1
        if data[position] in b" \t":  # of a folded field there may be 80,000 lines
            folded = _FOLDED.match(data, position, limit)
            position = line_end if folded is None else folded.end()
            continue
        line = data[position : min(line_end, position + _LONGEST_NAME + 2)]
        if not line.strip(b"\r\n"):
            return Entity(data, _fields(data[start:position]), line_end, end, default_type)
        is_mbox_line = position == start and line.startswith((b"From ", b">From "))
        if not (is_mbox_line or _FIELD.match(line)):
            return Entity(data, _fields(data[start:position]), position, end, default_type)
        position = line_end
    if limit < end:
        blank = min(
            (at for at in (data.find(mark, limit - 4, end) for mark in _BLANKS) if at >= 0), default=end
        )
        position = blank
    return Entity(data, _fields(data[start:limit]), position, end, default_type)


_BLANKS: Final = (b"\n\n", b"\n\r\n")


def _fields(block: bytes) -> tuple[tuple[bytes, bytes], ...]:
    lines = _UNFOLD.sub(b"", block).split(b"\n")
    return tuple(
        (found[1].lower(), line[found.end() :].strip()) for line in lines if (found := _FIELD.match(line))
    )


def cut_parts(entity: Entity) -> Iterator[Entity]:
    """The parts of a multipart body, in order; none where its boundary is missing or never comes."""
    boundary = entity.parameter("boundary").rstrip().encode("latin-1", "replace")
    if not boundary:
        return
    default = "message/rfc822" if entity.content_type == "multipart/digest" else "text/plain"
    delimiter = b"--" + boundary
    data, end = entity.data, entity.end
    position, begun, seen = entity.start, -1, 0
    while seen < _MOST_DELIMITERS and (at := data.find(delimiter, position, end)) >= 0:
        position = at + len(delimiter)
        seen += 1
        if at > entity.start and data[at - 1 : at] != b"\n":
            continue
        # Whole lines, however long: signatures allow any number of blanks to be added behind a boundary.
        stop = data.find(b"\n", position, end)
        line_end = end if stop < 0 else stop + 1
        rest = data[position:line_end].strip()
        if rest not in (b"", b"--"):  # another boundary that starts with the same letters
            continue
        if begun >= 0:
            yield read_entity(data, begun, _before_line_end(data, begun, at), default_type=default)
        if rest:
            return
        position = begun = line_end
    if begun >= 0:  # cut short: the rest belongs to the last part
        yield read_entity(data, begun, end, default_type=default)


def _before_line_end(data: bytes, start: int, at: int) -> int:
    """The line end before a delimiter belongs to the delimiter."""
    for mark in (b"\r\n", b"\n"):
        if at - len(mark) >= start and data[at - len(mark) : at] == mark:
            return at - len(mark)
    return at


def undo_transfer(view: memoryview, encoding: str) -> bytes:
    """Bytes as they were before base64, quoted-printable or uuencode; broken ones as far as they go."""
    if encoding == "base64":
        return _from_base64(view)
    if encoding in ("quoted-printable", "qp"):
        return binascii.a2b_qp(view)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _from_uu(bytes(view))
    return bytes(view)


def _from_base64(view: memoryview) -> bytes:
    with contextlib.suppress(binascii.Error):
        return binascii.a2b_base64(view)
    letters = bytes(view).translate(None, _NOT_BASE64)
    whole = len(letters) - (1 if len(letters) % _QUAD == 1 else 0)
    return binascii.a2b_base64(letters[:whole] + b"=" * (-whole % _QUAD))


def _from_uu(data: bytes) -> bytes:
    begin = re.search(rb"^begin [0-7]{3,4} ", data, re.MULTILINE)
    if begin is None:
        return data
    decoded = bytearray()
    for line in data[begin.start() :].splitlines()[1:]:
        if line.strip() in (b"end", b"`", b""):
            break
        try:
            decoded += binascii.a2b_uu(line)
        except binascii.Error:  # some encoders leave blanks at the end out, others write too many
            break
    return bytes(decoded)


def decode_bytes(content: bytes, charset: str) -> str:
    """Text of bytes. An unknown charset, and a wrong one, is guessed: UTF-8 if it is that, else Western."""
    content = content.removeprefix(codecs.BOM_UTF8)
    named = charset.strip(" \"'").lower()
    named = CHARSET_ALIASES.get(named, named)
    if named in ("", "cp1252", "unknown-8bit", "x-unknown", "8bit"):
        with contextlib.suppress(UnicodeDecodeError):  # many say Latin and send UTF-8
            return content.decode("utf-8")
        return content.decode("cp1252", "replace")
    try:
        if codecs.lookup(named).name in _NO_CHARSETS:
            return decode_bytes(content, "")
        # Through UTF-8 once more, for UTF-7 can write halves of characters.
        return content.decode(named, "replace").encode("utf-8", "replace").decode("utf-8")
    except (LookupError, ValueError):  # ValueError: a NUL in the name, or a codec that knows no "replace"
        return decode_bytes(content, "")


def decode_words(value: str) -> str:
    """A header's value as people read it: encoded words decoded, raw bytes taken for UTF-8."""
    value = re.sub(r"\s*[\r\n]+\s*", " ", value[:MAX_VALUE_CHARS])
    try:
        pieces = email.header.decode_header(value)
    except (email.errors.HeaderParseError, ValueError, LookupError, TypeError):
        pieces = [(value, None)]
    text = "".join(
        decode_bytes(piece if isinstance(piece, bytes) else _as_bytes(piece), charset or "")
        for piece, charset in pieces
    )
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _as_bytes(piece: str) -> bytes:
    """Raw bytes again, one a character; text that was decoded already in UTF-8."""
    return piece.encode("latin-1" if all(ord(c) <= _BYTE for c in piece) else "utf-8", "replace")


def addresses(value: str) -> tuple[tuple[str, str], ...]:
    """Names and addresses (lower case) of a header's raw value, without the empty ones."""
    try:
        found = email.utils.getaddresses([value[:MAX_VALUE_CHARS]])
    except (ValueError, IndexError, RecursionError):  # RecursionError: comments in comments in comments
        return ()
    return tuple(
        (decode_words(name), decode_words(address).lower())
        for name, address in found
        if "@" in address or name
    )


def parse_date(value: str) -> datetime | None:
    """A Date header's moment, always with a zone; None where it is no date."""
    try:
        moment = email.utils.parsedate_to_datetime(value[:_LONGEST_NAME])
        # Python gives a naive time for "-0000": the zone of the clock is not said, the moment is in UTC.
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        moment.astimezone(UTC)  # raises where the moment lies outside the calendar
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
    return moment
