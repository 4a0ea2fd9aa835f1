"""A message as signatures see it: its header fields one by one as they came, and its body.

Mails are often stored with bare line feeds, and were signed with CRLF: every line end is taken as CRLF.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from ingest.email.domains import authors_in
from ingest.email.mime import MAX_HEADER_BYTES, MAX_VALUE_CHARS, Entity, read_entity

FIELDS_MAX = 1_000
"""In one header; the longest of real mails, after many servers, have about 200."""

_FIELD = re.compile(rb"([!-9;-~]+):")
_UNFOLD = re.compile(rb"\r?\n")
_EMPTY_LINE = re.compile(rb"\r?\n")
_HEADER_END = re.compile(rb"\n\r?\n")
_HIDDEN_FROM = re.compile(rb"\nFrom ")
_LONE_RETURN = re.compile(rb"\r[^\n]")


@dataclass(frozen=True, slots=True)
class RawMessage:
    """Header fields in order, names as they came and values with their folding and line end; the body.

    Attributes:
        view: the same message as it is read for its content.
        digests: body digests already computed, since several signatures of one mail hash the same body.
    """

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    view: Entity
    digests: dict[tuple[bytes, str, int | None], bytes] = field(default_factory=dict, repr=False)

    def values(self, name: str) -> tuple[bytes, ...]:
        """The values of all fields of that name, from the top."""
        wanted = name.lower().encode()
        return tuple(value for each, value in self.headers if each.lower() == wanted)

    def authors(self) -> tuple[str, ...]:
        """The addresses of all From fields together: an honest mail has exactly one."""
        return tuple(
            author
            for value in self.values("from")
            if len(value) <= MAX_VALUE_CHARS
            for author in authors_in(value.decode("utf-8", "replace"))
        )

    def body_digest(self, canon: bytes, algorithm: str, length: int | None) -> bytes:
        """Of the first `length` bytes of the body under a canonicalisation, ``simple`` or ``relaxed``."""
        key = (canon, algorithm, length)
        if key not in self.digests:
            body = canonical_body(self.body, canon)
            hasher = hashlib.new(algorithm, usedforsecurity=False)
            hasher.update(body if length is None else body[:length])
            self.digests[key] = hasher.digest()
        return self.digests[key]


def read_raw(data: bytes) -> RawMessage | None:
    """The message, or None where its header block is not well formed and so nothing can be verified.

    What is verified must be what is read: the fields and the place where the body starts are found here as
    signers find them, and must be those that `mime` finds. A name too long for the reader, for one, would end
    the header for it alone, and unsigned lines would be read as the body.

    A carriage return alone in the header block is not well formed either, nor is a line in its middle that
    starts like a mailbox file's divider (``From : ...``): some readers take the one for a line end and the
    other for an author; they would see another message than the one that was signed. Nor is a header of more
    than `MAX_HEADER_BYTES` or `FIELDS_MAX`, which costs its reader more than it can be worth.
    """
    head = header_block(data)
    if len(head) > MAX_HEADER_BYTES or _LONE_RETURN.search(head) or _HIDDEN_FROM.search(head):
        return None
    headers = _fields(head)
    if headers is None or len(headers) > FIELDS_MAX:
        return None
    empty = _EMPTY_LINE.match(data, len(head))
    start = len(head) if empty is None else empty.end()
    view = read_entity(data, 0, len(data))
    unfolded = tuple((name.lower(), _UNFOLD.sub(b"", value).strip()) for name, value in headers)
    if view.start != start or view.fields != unfolded:
        return None
    body = data[start:]
    if body.count(b"\n") != body.count(b"\r\n"):
        body = body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return RawMessage(headers, body, view)


def _fields(head: bytes) -> tuple[tuple[bytes, bytes], ...] | None:
    """Names and values with their folding, as the library cuts them, or None where one line is no field.

    The library joins folded lines one by one, in time that grows with the square of their number.
    """
    fields: list[tuple[bytes, list[bytes]]] = []
    for line in head.removesuffix(b"\n").removesuffix(b"\r").split(b"\n") if head else ():
        bare = line.removesuffix(b"\r")
        if fields and bare.startswith((b" ", b"\t")):
            fields[-1][1].append(bare)
        elif len(fields) > FIELDS_MAX:
            return None
        elif (found := _FIELD.match(bare)) is not None:
            fields.append((found[1], [bare[found.end() :]]))
        elif fields or not bare.startswith(b"From "):  # a mailbox file's divider may stand on top
            return None
    return tuple((name, b"\r\n".join(lines) + b"\r\n") for name, lines in fields)


def header_block(data: bytes) -> bytes:
    """The header fields alone, up to and without the empty line; all of it where there is no such line.

    Of a header that is too long, a little more than is allowed.
    """
    if _EMPTY_LINE.match(data) is not None:
        return b""
    end = _HEADER_END.search(data, 0, MAX_HEADER_BYTES + 3)
    return data[: MAX_HEADER_BYTES + 1] if end is None else data[: end.start() + 1]


def canonical_body(body: bytes, canon: bytes) -> bytes:
    """The body as RFC 6376, 3.4.3 and 3.4.4 hash it.

    The library has this too, in time that grows with the square of a run of blanks; this one is linear.
    """
    whole = body if body.endswith(b"\r\n") or not body else body + b"\r\n"
    if canon == b"relaxed":
        whole = whole.replace(b"\t", b" ")
        while b"  " in whole:  # halves each run, so it ends after a few rounds
            whole = whole.replace(b"  ", b" ")
        whole = whole.replace(b" \r\n", b"\r\n")
    kept = whole.rstrip(b"\r\n")
    tail = whole[len(kept) :]
    if tail.replace(b"\r\n", b""):  # lone CR or LF before the last line ends belong to the text
        kept = whole
        while kept.endswith(b"\r\n"):
            kept = kept[:-2]
    if kept:
        return kept + b"\r\n"
    return b"" if canon == b"relaxed" else b"\r\n"
