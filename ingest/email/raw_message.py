"""A message as signatures see it: its header fields one by one as they came, and its body.

Mails are often stored with bare line feeds, and were signed with CRLF: every line end is taken as CRLF.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from dkim import DKIMException, rfc822_parse

from ingest.email.domains import authors_in

_EMPTY_LINE = re.compile(rb"\r?\n")
_HEADER_END = re.compile(rb"\n\r?\n")
_HIDDEN_FROM = re.compile(rb"\nFrom ")
_LONE_RETURN = re.compile(rb"\r[^\n]")


@dataclass(frozen=True, slots=True)
class RawMessage:
    """Header fields in order, names as they came and values with their folding and line end; the body.

    Attributes:
        digests: body digests already computed, since several signatures of one mail hash the same body.
    """

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    digests: dict[tuple[bytes, str, int | None], bytes] = field(default_factory=dict, repr=False)

    def values(self, name: str) -> tuple[bytes, ...]:
        """The values of all fields of that name, from the top."""
        wanted = name.lower().encode()
        return tuple(value for each, value in self.headers if each.lower() == wanted)

    def authors(self) -> tuple[str, ...]:
        """The addresses of all From fields together: an honest mail has exactly one."""
        return tuple(
            author for value in self.values("from") for author in authors_in(value.decode("utf-8", "replace"))
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

    A carriage return alone in the header block is not well formed either, nor is a line in its middle that
    starts like a mailbox file's divider (``From : ...``): some readers take the one for a line end and the
    other for an author, the library does not; they would see another message than the one that was signed.
    """
    head = header_block(data)
    if _LONE_RETURN.search(head) or _HIDDEN_FROM.search(head):
        return None
    try:
        headers, _ = rfc822_parse(head)
    except (DKIMException, IndexError):  # IndexError: the library's answer to a folded first line
        return None
    start = _EMPTY_LINE.match(data, len(head))
    body = data[len(head) if start is None else start.end() :]
    if body.count(b"\n") != body.count(b"\r\n"):
        body = body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return RawMessage(tuple((bytes(name), bytes(value)) for name, value in headers), body)


def header_block(data: bytes) -> bytes:
    """The header fields alone, up to and without the empty line; all of it where there is no such line."""
    if _EMPTY_LINE.match(data) is not None:
        return b""
    end = _HEADER_END.search(data)
    return data if end is None else data[: end.start() + 1]


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
