"""How each state looks: its short label, its tone, and how far along the five stages it stands.

The sentences themselves are the pipeline's (`pipeline.sentences`): every channel says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from receipts.ledger import EntryKind
from receipts.state import ReceiptState


class Tone(Enum):
    """How a state looks; always beside its words."""

    BUSY = "busy"
    GOOD = "good"
    WAIT = "wait"
    BAD = "bad"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class StateWords:
    """A state at a glance.

    Attributes:
        label: one to three words.
        stage: how many of `STAGES` are behind the receipt.
    """

    label: str
    tone: Tone
    stage: int


STAGES = ("Received", "Read", "Matched", "Checked", "Done")

STATE_WORDS: dict[ReceiptState, StateWords] = {
    ReceiptState.RECEIVED: StateWords("Reading", Tone.BUSY, stage=1),
    ReceiptState.READ: StateWords("Matching", Tone.BUSY, stage=2),
    ReceiptState.MATCHED: StateWords("Checking", Tone.BUSY, stage=3),
    ReceiptState.SCREENED: StateWords("Counting", Tone.BUSY, stage=4),
    ReceiptState.AWARDED: StateWords("Points added", Tone.GOOD, stage=5),
    ReceiptState.DECLINED: StateWords("No points", Tone.PLAIN, stage=5),
    ReceiptState.REJECTED: StateWords("Not accepted", Tone.BAD, stage=1),
    ReceiptState.HELD: StateWords("With a person", Tone.WAIT, stage=4),
    ReceiptState.FAILED: StateWords("Delayed", Tone.WAIT, stage=1),
}

ENTRY_WORDS: dict[str, str] = {
    EntryKind.AWARD.value: "Receipt",
    EntryKind.ACTIVITY.value: "Bonus",
    EntryKind.GIFT.value: "Gift",
    EntryKind.OPENING.value: "Brought over",
    EntryKind.OPENING_CUT.value: "Brought over, corrected",
    EntryKind.REVERSAL.value: "Taken back",
    EntryKind.RELEASE.value: "Yours to spend",
    EntryKind.EXPIRY.value: "Expired",
    EntryKind.HOLD.value: "Set aside",
    EntryKind.HOLD_END.value: "Given back",
    EntryKind.REDEMPTION.value: "Spent",
}
"""What a ledger entry is called on the member's page."""
