"""A photo of a package: the numbers that its bars say. The picture is looked at and kept nowhere."""

from __future__ import annotations

import json
import math
import signal
from pathlib import Path

from ingest.accept import DEFAULT_LIMITS, AcceptLimits, accept
from ingest.barcode_child import MEMORY_BYTES
from ingest.child import Bounds, ChildTooSlow, run_child
from receipts.errors import Rejection, RejectionReason, TransientError
from receipts.image import IMAGE_TYPES

_CHILD = Path(__file__).with_name("barcode_child.py")


def numbers_in(path: Path, *, limits: AcceptLimits = DEFAULT_LIMITS) -> tuple[str, ...] | Rejection:
    """The digits of each EAN, UPC or ITF-14 in the picture, UPC-E written out; none where none is readable.

    The picture passes the door as a receipt's does, and is then read in another process of its own.

    Raises:
        OSError: the file itself cannot be read, which is our fault and not the sender's.
        TransientError: the machine ended the reading process.
    """
    accepted = accept(path, limits=limits, allowed=IMAGE_TYPES)
    if isinstance(accepted, Rejection):
        return accepted
    cpu_s = math.ceil(limits.open_cpu_s)
    with path.open("rb") as file:
        bounds = Bounds(MEMORY_BYTES, cpu_s, limits.open_timeout_s)
        found = run_child(_CHILD, accepted.media_type.value, file=file, bounds=bounds)
    if isinstance(found, ChildTooSlow) or found.exit_code == -signal.SIGXCPU:
        return Rejection(RejectionReason.TIMED_OUT, f"no barcode found in {cpu_s} s of processor time")
    if found.exit_code in (-signal.SIGKILL, -signal.SIGTERM):
        raise TransientError("the process that reads barcodes was ended from outside; memory may be short")
    if found.exit_code < 0:
        return Rejection(RejectionReason.DAMAGED, f"the decoder stopped with signal {-found.exit_code}")
    if found.exit_code > 0:
        raise RuntimeError(f"{_CHILD.name} failed: {found.answer[:].decode(errors='replace')}")
    answer = json.loads(found.answer[:])
    if "refused" in answer:
        return Rejection(RejectionReason(answer["refused"]), answer["detail"])
    return tuple(answer["numbers"])
