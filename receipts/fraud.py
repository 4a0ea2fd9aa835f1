"""Findings about a receipt: evidence for a person, never a verdict by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from receipts.identity import ReceiptId
from receipts.transcript import Quad


class Finding(Enum):
    """What a check answered. A check that could not run is unknown, and unknown is never clean."""

    CLEAR = "clear"
    SUSPECT = "suspect"
    UNKNOWN = "unknown"


class Strength(Enum):
    """How much a finding weighs that is not clear: a weak one is noted, a strong one holds the receipt."""

    WEAK = "weak"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class EvidenceFact:
    """One fact that a finding rests on, ready to be shown: ``("printed total", "15.90")``."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class FraudSignal:
    """One check's finding with its evidence.

    Attributes:
        check: the check's name, its file's under ``awarding/fraud``.
        version: raised when the check's meaning changes.
        reviewer_sentence: what was found, for the reviewer.
        member_sentence: the same in words that accuse nobody; empty when the finding is clear.
        related: earlier receipts that the finding is about.
        places: where on the repaired picture the evidence lies, in its pixels; empty where it has no place.
    """

    check: str
    version: int
    finding: Finding
    strength: Strength
    reviewer_sentence: str
    member_sentence: str = ""
    evidence: tuple[EvidenceFact, ...] = ()
    related: tuple[ReceiptId, ...] = ()
    places: tuple[Quad, ...] = ()


class Risk(Enum):
    """What the signals amount to: pass on to the decision, hold for a person, or decline by the policy."""

    CLEAR = "clear"
    HOLD = "hold"
    DECLINE = "decline"


class Act(Enum):
    """What a finding does by itself, by the program's policy."""

    NOTE = "note"
    HOLD = "hold"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a finding that is not clear weighs.

    Attributes:
        weight: 0 to below 1, by the policy.
        share: its part of the screening's score; all shares add up to the score.
        act: what the finding does whatever the score.
    """

    check: str
    weight: float
    share: float
    act: Act


@dataclass(frozen=True, slots=True)
class Screening:
    """All checks' findings and what they amount to.

    Attributes:
        score: 0 (nothing speaks against it) to 1, worked out from the weights.
        weighed: each finding that is not clear, in the order of the signals; empty in screenings from before
            findings had weights.
        hold_from: the score from which the policy holds; None where the score alone never does.
        decline_from: the same for declining, reached by suspect findings alone.
    """

    risk: Risk
    signals: tuple[FraudSignal, ...]
    policy_version: int
    score: float = 0.0
    weighed: tuple[Weighed, ...] = ()
    hold_from: float | None = None
    decline_from: float | None = None
