"""Why a receipt failed on our side: the kind of failure, and the cause that it shares with others."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from receipts.identity import ReceiptId

_MOST_CHARACTERS = 200
_OWN = re.compile(r"\b[0-9a-f]{8,}\b|\b\d+\b")
"""What differs from one failure to the next: hashes, ports, times."""


class FailureKind(Enum):
    """What went wrong, as far as it says what to do."""

    WORLD = "world"
    """Something that we need did not answer, again and again."""
    KILLED = "killed"
    """No try came back: each one ended its worker, or ran out of time."""
    BUG = "bug"
    """A fault in our program."""

    @property
    def advice(self) -> str:
        """For whoever runs it."""
        return _ADVICE[self]


_ADVICE = {
    FailureKind.WORLD: "Something that we need did not answer. `tillpoints doctor` says what; then retry.",
    FailureKind.KILLED: (
        "Each try ended its worker or ran out of time. Look at one of these files before you retry; more"
        " memory or a longer TILLPOINTS_STAGE_TIMEOUT_S may help."
    ),
    FailureKind.BUG: "A fault in the program: it fails again until it is mended. Report it, update, retry.",
}


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Failures of one cause.

    Attributes:
        key: names the group for a retry; the same for the same cause.
        stage_after: the state whose stage failed.
        cause: what they share.
        example: one of them.
    """

    kind: FailureKind
    stage_after: str
    cause: str
    count: int
    oldest: datetime
    newest: datetime
    example: ReceiptId

    @property
    def key(self) -> str:
        """Eight hexadecimal digits."""
        return failure_key(self.kind, self.stage_after, self.cause)


def failure_key(kind: FailureKind, stage_after: str, cause: str) -> str:
    """The name of a group of failures."""
    return hashlib.sha256(f"{kind.value}|{stage_after}|{cause}".encode()).hexdigest()[:8]


def shared_cause(words: str) -> str:
    """What a message says without what is only its own, so that equal causes read alike."""
    return _OWN.sub("#", words)[:_MOST_CHARACTERS]
