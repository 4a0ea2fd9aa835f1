"""Whether blanks decide how a message is read.

Under relaxed canonicalisation a signature says nothing of how many blanks stand together, where lines of the
header are folded, and what empty lines end the text. Readers mostly do not care either, but a few places
are cut by such things: a delimiter, the empty line above a part, a limit on sizes. So a message is read as
it came and as its signer's digest sees it, and the two readings must be the same but for blanks.
"""

from __future__ import annotations

from typing import TypeAlias

from dkim.canonicalization import Relaxed

from ingest.email.contents import MailFile, MailLayer, open_mail
from ingest.email.raw_message import RawMessage, canonical_body
from receipts.errors import Rejection

_BLANKS = b" \t\r\n\x0b\x0c"
_Shape: TypeAlias = tuple[object, ...]


def read_alike(message: RawMessage) -> bool:
    """Whether nothing but blanks differs between the message and its canonical form."""
    head = b"".join(name + b":" + value for name, value in Relaxed.canonicalize_headers(message.headers))
    canonical = open_mail(head + b"\r\n" + canonical_body(message.body, b"relaxed"))
    as_it_came = open_mail(message.view.data)
    if isinstance(canonical, Rejection) or isinstance(as_it_came, Rejection):
        return False
    return _shape(canonical) == _shape(as_it_came)


def _shape(layer: MailLayer) -> _Shape:
    return (
        _squeezed(layer.sender_name),
        layer.sender_address,
        _squeezed(layer.subject),
        layer.date,
        _squeezed(layer.html or ""),
        _squeezed(layer.text or ""),
        tuple(map(_file, layer.documents)),
        tuple(map(_file, layer.pictures)),
        tuple(_shape(attached.layer) for attached in layer.attached),
        tuple((_squeezed(part.name), part.reason) for part in layer.skipped),
        layer.report,
    )


def _file(file: MailFile) -> _Shape:
    return _squeezed(file.name), file.media_type, file.inline, file.data.translate(None, _BLANKS)


def _squeezed(text: str) -> str:
    return "".join(text.split())
