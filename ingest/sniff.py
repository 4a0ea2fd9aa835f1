"""What a file is by its first bytes.

Own table rather than a library: of the two that are kept, `puremagic` (1.30) fails to name HEIC files whose
major brand is ``mif1`` and raises on two thirds of real mails, and `filetype` knows no mail, HTML or SVG and
had its last release in 2022. Seven kinds of file are ever opened, so seven signatures suffice; the rest of
the table only makes the refusal say what was sent.

A file has one meaning: the first signature at offset 0 decides, and only that kind's decoder is ever given
the bytes. A picture with an archive or a page hidden behind it is therefore a picture and nothing else.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from receipts.errors import RejectionReason
from receipts.image import MediaType

HEAD_BYTES = 65_536
"""How much of a file is looked at. Mails put about 10 KB of transport headers before what names them."""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A kind of file that is never opened.

    Attributes:
        reason: one of the ``unsupported_...`` codes.
        what: names the kind for operators, such as ``a zip archive``.
    """

    reason: RejectionReason
    what: str


_FTYP_OFFSET = 4
_BRANDS_OFFSET = 16
_LONGEST_FTYP_BYTES = 256
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
"""HEVC-coded stills and bursts of ISO/IEC 23008-12; ``mif1`` alone says only 'some picture'."""

_PICTURES: tuple[tuple[bytes, MediaType], ...] = (
    (b"\xff\xd8\xff", MediaType.JPEG),
    (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
    (b"II*\x00", MediaType.TIFF),
    (b"MM\x00*", MediaType.TIFF),
    (b"%PDF-", MediaType.PDF),
)

_ARCHIVE = RejectionReason.UNSUPPORTED_ARCHIVE
_OTHER = RejectionReason.UNSUPPORTED_TYPE

_REFUSED: tuple[tuple[bytes, Unsupported], ...] = (
    (b"PK\x03\x04", Unsupported(_ARCHIVE, "a zip archive")),
    (b"PK\x05\x06", Unsupported(_ARCHIVE, "an empty zip archive")),
    (b"\x1f\x8b", Unsupported(_ARCHIVE, "a gzip archive")),
    (b"7z\xbc\xaf\x27\x1c", Unsupported(_ARCHIVE, "a 7z archive")),
    (b"Rar!\x1a\x07", Unsupported(_ARCHIVE, "a rar archive")),
    (b"BZh", Unsupported(_ARCHIVE, "a bzip2 archive")),
    (b"\xfd7zXZ\x00", Unsupported(_ARCHIVE, "an xz archive")),
    (b"\x28\xb5\x2f\xfd", Unsupported(_ARCHIVE, "a zstd archive")),
    (b"GIF87a", Unsupported(_OTHER, "a GIF")),
    (b"GIF89a", Unsupported(_OTHER, "a GIF")),
    (b"BM", Unsupported(_OTHER, "a BMP")),
    (b"MZ", Unsupported(_OTHER, "a Windows program")),
    (b"\x7fELF", Unsupported(_OTHER, "a program")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Unsupported(_OTHER, "an old Office document")),
    (b"%!PS", Unsupported(_OTHER, "a PostScript file")),
    (b"II+\x00", Unsupported(_OTHER, "a BigTIFF")),
    (b"MM\x00+", Unsupported(_OTHER, "a BigTIFF")),
    (b"OggS", Unsupported(_OTHER, "a sound file")),
    (b"ID3", Unsupported(_OTHER, "a sound file")),
)

_OFFICE_MARKS = (b"[Content_Types].xml", b"mimetypeapplication/")

_MAIL_HEADER = re.compile(rb"^([A-Za-z][A-Za-z0-9-]{0,60})[ \t]*:")
_TRANSPORT_HEADERS = frozenset(
    {b"received", b"return-path", b"message-id", b"mime-version", b"content-type", b"delivered-to"}
)
_LETTER_HEADERS = frozenset({b"from", b"to", b"subject", b"date", b"cc", b"bcc", b"sender", b"reply-to"})
_HTML_START = re.compile(r"<(?:!doctype\s+html|html|head|body|table|div|p|meta|style|title|span|center|h1)\b")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def sniff(head: bytes) -> MediaType | Unsupported:
    """The kind of file that starts with `head`, its first `HEAD_BYTES` bytes (or all, if it is shorter)."""
    for signature, media_type in _PICTURES:
        if head.startswith(signature):
            return media_type
    if head[:4] == b"RIFF":
        return MediaType.WEBP if head[8:12] == b"WEBP" else Unsupported(_OTHER, "a sound or film")
    if head[_FTYP_OFFSET:].startswith(b"ftyp"):
        return _sniff_ftyp(head)
    for signature, refused in _REFUSED:
        if head.startswith(signature):
            if refused.reason is _ARCHIVE and any(mark in head for mark in _OFFICE_MARKS):
                return Unsupported(_OTHER, "an Office document")
            return refused
    return _sniff_text(head)


def _sniff_ftyp(head: bytes) -> MediaType | Unsupported:
    size = min(int.from_bytes(head[:_FTYP_OFFSET], "big"), _LONGEST_FTYP_BYTES)
    compatible = head[_BRANDS_OFFSET:size]
    brands = {head[8:12]} | {compatible[at : at + 4] for at in range(0, len(compatible), 4)}
    if brands & _HEIC_BRANDS:
        return MediaType.HEIC
    return Unsupported(_OTHER, "a film, or a picture that is not HEIC")


def _sniff_text(head: bytes) -> MediaType | Unsupported:
    text = _as_text(head)
    if text is None:
        return Unsupported(_OTHER, "of no kind we know")
    if _is_mail(head):
        return MediaType.EMAIL
    lowered = _after_prolog(text.lower())
    if lowered.startswith("<svg"):
        return Unsupported(RejectionReason.UNSUPPORTED_DRAWING, "an SVG drawing")
    if lowered.startswith("<") and _HTML_START.search(lowered):
        return MediaType.HTML
    return MediaType.TEXT


def _as_text(head: bytes) -> str | None:
    """The head decoded, None where it is not text. A character cut off at the end is left out."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            text = codecs.getincrementaldecoder(name)(errors="replace").decode(head[len(mark) :])
            break
    else:
        try:
            text = codecs.getincrementaldecoder("utf-8")().decode(head)
        except UnicodeDecodeError:
            # Old mails and tills write one of the 8-bit sets; for telling text from binary any of them does.
            text = head.decode("latin-1")
    return None if _CONTROLS.search(text) else text


def _after_prolog(text: str) -> str:
    """`text` from its first element on: without blanks, XML declaration, comments and an SVG doctype."""
    rest = text.lstrip()
    for start, end in (("<?xml", "?>"), ("<!--", "-->"), ("<!doctype svg", ">"), ("<!--", "-->")):
        while rest.startswith(start):
            _, found, after = rest.partition(end)
            if not found:
                return rest
            rest = after.lstrip()
    return rest


def _is_mail(head: bytes) -> bool:
    """Starts like RFC 5322: header lines up to the first blank one, with a mail's names in them."""
    block = re.split(rb"\r?\n\r?\n", head.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n"), maxsplit=1)[0]
    lines = [line for line in block.splitlines() if not line.startswith((b"From ", b">From ", b" ", b"\t"))]
    headers = [_MAIL_HEADER.match(line) for line in lines]
    names = {header.group(1).lower() for header in headers if header}
    if not headers or headers[0] is None:
        return False
    if len(names & _TRANSPORT_HEADERS) > 1 or (names & _TRANSPORT_HEADERS and names & _LETTER_HEADERS):
        return True
    return None not in headers and b"from" in names and len(names & _LETTER_HEADERS) > 1
