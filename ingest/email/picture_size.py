"""Width and height of a picture from its header, decoding nothing.

Only for telling logos and lines from photos before anything is opened: JPEG, PNG and WebP, in which mails
carry their ornaments. What passes is still judged by `ingest.accept`.
"""

from __future__ import annotations

import struct
from typing import Final

from receipts.image import MediaType

_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_MARKER: Final = 0xFF
_MOST_SEGMENTS: Final = 400
_FRAME_BYTES: Final = 9
_WEBP_BYTES: Final = 30
_PNG_BYTES: Final = 24
_14_BITS: Final = 0x3FFF


def picture_size(data: bytes, media_type: MediaType) -> tuple[int, int] | None:
    """Width and height in pixels; None where the header does not say, or for other kinds of picture."""
    if media_type is MediaType.PNG:
        return struct.unpack(">II", data[16:24]) if len(data) >= _PNG_BYTES else None
    if media_type is MediaType.JPEG:
        return _jpeg_size(data)
    if media_type is MediaType.WEBP and len(data) >= _WEBP_BYTES:
        return _webp_size(data)
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    position = 2
    for _ in range(_MOST_SEGMENTS):
        if position + _FRAME_BYTES > len(data) or data[position] != _MARKER:
            return None
        marker = data[position + 1]
        if marker == _MARKER:  # fill byte
            position += 1
        elif marker in _JPEG_ALONE:
            position += 2
        elif marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return width, height
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & _14_BITS) + 1, (bits >> 14 & _14_BITS) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return width & _14_BITS, height & _14_BITS
    return None
