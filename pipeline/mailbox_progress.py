"""What one pass over a mailbox did, and how far a process has come in it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Taken:
    """What one pass did. Counts, for the log and for `--once`."""

    new: int = 0
    known_before: int = 0
    oversized: int = 0
    gone: int = 0
    failed: int = 0


@dataclass
class Trouble:
    """A message that could not be had: how often it was tried, and when it is tried again."""

    tries: int = 0
    due: float = 0.0
    flagged: bool = False


@dataclass
class Progress:
    """How far a folder has been looked through in this process.

    Attributes:
        done_to: every message up to this UID is settled, or in `troubles`.
        troubles: UID -> when it is tried again.
    """

    uidvalidity: int = 0
    done_to: int = 0
    troubles: dict[int, Trouble] = field(default_factory=dict)
