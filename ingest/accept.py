"""The door: what a file is, whether it is within the limits, and whether it is whole.

Two steps. Here, size and first bytes are looked at and nothing is parsed. Then `open_child` opens the file in
a process of its own, under limits and with few system calls (`confine`); a process for each file, so that
what one file does to a decoder cannot touch the next. `child` makes it without forking its caller, who may
have threads or an event loop.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ingest.child import Bounds, ChildAnswer, ChildTooSlow, run_child
from ingest.sniff import HEAD_BYTES, Unsupported, sniff
from receipts.errors import Rejection, RejectionReason, TransientError
from receipts.identity import Sha256
from receipts.image import IMAGE_TYPES, Accepted, MediaType

UPLOAD_TYPES: frozenset[MediaType] = IMAGE_TYPES | {MediaType.PDF}
"""What a member may upload: photos and PDF."""

_MB = 1_000_000
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class AcceptLimits:
    """Where the door closes.

    Attributes:
        max_bytes: of a file as received. Phones' 48 megapixel photos have 5 to 15 MB.
        max_pixels_scaled: of a JPEG, which is opened at reduced size. Phones take up to 108 megapixels.
        max_pixels_full: of other pictures, and of a PDF page at 200 dpi. 50 megapixel phones make HEIC;
            such a file takes 2.4 s and 270 MB.
        max_pages: of a PDF or TIFF. The longest order confirmations have fewer than ten.
        min_side_px: of the shorter side. The narrowest readable receipt that we have has 393.
        open_timeout_s: wall-clock time to open a file.
        open_cpu_s: processor time to open a file.
        open_memory_bytes: address space to open a file, beyond that of the decoders. A progressive JPEG of
            108 megapixels takes 344 MB.
    """

    max_bytes: int = 20 * _MB
    max_pixels_scaled: int = 110 * _MB
    max_pixels_full: int = 51 * _MB
    max_pages: int = 20
    min_side_px: int = 160
    open_timeout_s: float = 10.0
    open_cpu_s: float = 5.0
    open_memory_bytes: int = 768 * _MIB
    open_pdf_memory_bytes: int = 352 * _MIB


DEFAULT_LIMITS = AcceptLimits()

_PARSED_TYPES = UPLOAD_TYPES
"""What is opened by a decoder here. Mails, pages and text are looked into by the readers that know them."""

_CHILD = Path(__file__).with_name("open_child.py")

_REFUSED_TEXTS = {
    MediaType.TEXT: Unsupported(RejectionReason.UNSUPPORTED_TEXT, "plain text"),
    MediaType.HTML: Unsupported(RejectionReason.UNSUPPORTED_WEB_PAGE, "a web page"),
    MediaType.EMAIL: Unsupported(RejectionReason.UNSUPPORTED_TEXT, "a mail"),
}


def accept(
    path: Path, *, limits: AcceptLimits = DEFAULT_LIMITS, allowed: frozenset[MediaType] = UPLOAD_TYPES
) -> Accepted | Rejection:
    """Judge the file at `path`, whose name is not looked at.

    Raises:
        OSError: the file itself cannot be read, which is our fault and not the sender's.
        TransientError: the machine ended the opening process.
    """
    with path.open("rb") as file:
        size_bytes = os.fstat(file.fileno()).st_size
        if size_bytes == 0:
            return Rejection(RejectionReason.EMPTY, "0 bytes")
        if size_bytes > limits.max_bytes:
            return Rejection(RejectionReason.TOO_LARGE, f"{size_bytes} bytes, at most {limits.max_bytes}")
        media_type = _permitted(sniff(file.read(HEAD_BYTES)), allowed)
        if isinstance(media_type, Unsupported):
            return Rejection(media_type.reason, f"the content is {media_type.what}")
        file.seek(0)
        sha256 = Sha256(hashlib.file_digest(file, "sha256").hexdigest())
        if media_type not in _PARSED_TYPES:
            return Accepted(sha256, media_type, size_bytes, width_px=None, height_px=None, pages=1)
        file.seek(0)
        found = _open_in_child(file, media_type, limits)
    if isinstance(found, Rejection):
        return found
    size = (found["width_px"], found["height_px"])
    return Accepted(sha256, media_type, size_bytes, *size, found["pages"], found["has_text"])


def _permitted(kind: MediaType | Unsupported, allowed: frozenset[MediaType]) -> MediaType | Unsupported:
    if isinstance(kind, Unsupported) or kind in allowed:
        return kind
    return _REFUSED_TEXTS.get(
        kind, Unsupported(RejectionReason.UNSUPPORTED_TYPE, f"{kind.value}, not asked for")
    )


def _open_in_child(
    file: IO[bytes], media_type: MediaType, limits: AcceptLimits
) -> dict[str, Any] | Rejection:
    arguments = {
        "max_pixels_scaled": limits.max_pixels_scaled,
        "max_pixels_full": limits.max_pixels_full,
        "max_pages": limits.max_pages,
        "min_side_px": limits.min_side_px,
        "open_memory_bytes": limits.open_memory_bytes,
    }
    is_pdf = media_type is MediaType.PDF
    memory_bytes = limits.open_pdf_memory_bytes if is_pdf else limits.open_memory_bytes
    bounds = Bounds(memory_bytes, math.ceil(limits.open_cpu_s), limits.open_timeout_s)
    found = run_child(_CHILD, media_type.value, json.dumps(arguments), file=file, bounds=bounds)
    if isinstance(found, ChildTooSlow):
        return Rejection(RejectionReason.TIMED_OUT, f"not open after {limits.open_timeout_s} s")
    return _understood(found)


def _understood(found: ChildAnswer) -> dict[str, Any] | Rejection:
    exit_code = found.exit_code
    if exit_code in (-signal.SIGXCPU, -signal.SIGPROF):
        return Rejection(RejectionReason.TIMED_OUT, "took too much processor time")
    if exit_code in (-signal.SIGKILL, -signal.SIGTERM):
        raise TransientError("the process that opens files was ended from outside; memory may be short")
    if exit_code < 0:
        # A decoder brings its process down on broken files: it aborts, traps or reads outside its memory.
        return Rejection(RejectionReason.DAMAGED, f"the decoder stopped with signal {-exit_code}")
    if exit_code > 0:
        raise RuntimeError(f"{_CHILD.name} failed: {found.answer[:].decode(errors='replace')}")
    answer: dict[str, Any] = json.loads(found.answer[:])
    if "refused" in answer:
        return Rejection(RejectionReason(answer["refused"]), answer["detail"])
    return answer
