"""C2PA content credentials in a picture's file: found by walking its segments, chunks or boxes.

Only where they are and what their text says; the signature is not verified. Every walk is bounded by a count
of parts, and each part's length is held against the file's end, so that no length that a file claims is
believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

MOST_PARTS: Final = 4096
"""Segments, chunks or boxes that are walked: photographs have under a hundred."""
MOST_CREDENTIALS: Final = 1 << 20
"""Bytes of credentials that are looked through; embedded ones with previews have a few hundred kilobytes."""
C2PA_UUID: Final = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""Of the box in HEIC, AVIF and MP4 files (C2PA 2.1, A.5)."""
_LABEL_WITHIN: Final = 512
"""Bytes at a JUMBF superbox's start in which its description box has its label."""


def credentials_in(data: bytes) -> bytes:
    """The bytes of all C2PA boxes, joined and cut at `MOST_CREDENTIALS`; empty where there are none."""
    if data.startswith(b"\xff\xd8"):
        parts = _of_jpeg(data)
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        parts = (part for name, part in chunks_of_png(data) if name == b"caBX")
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        parts = (part for name, part in _of_riff(data) if name == b"C2PA")
    elif data[4:8] == b"ftyp":
        parts = (part[16:] for name, part in _boxes(data) if name == b"uuid" and part[:16] == C2PA_UUID)
    else:
        return b""
    found = bytearray()
    for part in parts:
        found += part[: MOST_CREDENTIALS - len(found)]
        if len(found) >= MOST_CREDENTIALS:
            break
    return bytes(found)


def _of_jpeg(data: bytes) -> Iterator[bytes]:
    """APP11 segments that hold a JUMBF box of C2PA, or go on with one (ISO 19566-5, C2PA 2.1, A.3.1)."""
    begun: set[bytes] = set()
    for marker, part in segments_of_jpeg(data):
        if marker != 0xEB or part[:2] != b"JP":  # noqa: PLR2004 - APP11
            continue
        number = part[2:4]
        if b"jumb" in part[:24] and b"c2pa" in part[:_LABEL_WITHIN]:
            begun.add(number)
        if number in begun:
            yield part[8:]


def segments_of_jpeg(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and content of each segment up to the first scan."""
    at = 2
    for _ in range(MOST_PARTS):
        if at + 4 > len(data) or data[at] != 0xFF:  # noqa: PLR2004
            return
        marker = data[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - filling
            at += 1
            continue
        if marker in {0xDA, 0xD9}:
            return
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2:  # noqa: PLR2004 - it counts itself
            return
        yield marker, data[at + 4 : at + 2 + length]
        at += 2 + length


def chunks_of_png(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each chunk."""
    at = 8
    for _ in range(MOST_PARTS):
        if at + 8 > len(data):
            return
        length = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def _of_riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    for _ in range(MOST_PARTS):
        if at + 8 > len(data):
            return
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Top-level boxes (ISO 14496-12): C2PA's stands there."""
    at = 0
    for _ in range(MOST_PARTS):
        if at + 8 > len(data):
            return
        size, head = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif size == 0:
            size = len(data) - at
        if size < head:
            return
        yield data[at + 4 : at + 8], data[at + head : at + size]
        at += size
