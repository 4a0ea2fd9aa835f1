"""What findings weigh together: the risk score, each finding's share of it, and the way it leads.

The score is a noisy-or of the findings' weights, 1 − ∏(1 − wᵢ): each weight is read as the chance that its
finding alone is right to speak against the receipt, and the score as the chance that any is (J. Pearl,
Probabilistic Reasoning in Intelligent Systems, 1988, section 4.3). It needs no order, no finding lowers it,
and it never passes 1. On the scale aᵢ = −ln(1 − wᵢ) the weights simply add up, so a finding's share is the
score times aᵢ / Σa: shares add up to the score, do not depend on the order, and rise with their own weight.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import assert_never

from receipts.fraud import Act, Finding, FraudSignal, Risk, Screening, Strength, Weighed

WEIGHT_MAX = 0.99
"""The largest weight: with 1 a single finding would be certain, and no other would have a share."""


class Grade(Enum):
    """How a finding speaks against a receipt; a clear one does not."""

    WEAK = "weak"
    STRONG = "strong"
    UNKNOWN = "unknown"
    """The check should have answered and could not."""
    NOT_CHECKED = "not_checked"
    """The check had nothing to go by, as on most honest receipts."""


@dataclass(frozen=True, slots=True)
class Says:
    """What a finding of one grade weighs, and what it does whatever the score."""

    weight: float
    act: Act


EVERY_CHECK: Mapping[Grade, Says] = {
    Grade.WEAK: Says(0.15, Act.NOTE),
    Grade.STRONG: Says(0.6, Act.HOLD),
    Grade.UNKNOWN: Says(0.3, Act.HOLD),
    Grade.NOT_CHECKED: Says(0.0, Act.NOTE),
}
"""What holds where a program has no policy of its own. What each grade does is what was done before there
were weights. The weights are chosen, not measured: they put an order into the list of what waits and decide
nothing until a policy says from which score on to hold or decline."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A policy's weighing.

    Attributes:
        every_check: by grade, for checks that `checks` does not name.
        checks: by check and grade.
        hold_from: the score from which a person looks; None: never by the score alone.
        decline_from: the score of the suspect findings alone from which nothing is paid; None: never.
    """

    every_check: Mapping[Grade, Says] = field(default_factory=lambda: dict(EVERY_CHECK))
    checks: Mapping[str, Mapping[Grade, Says]] = field(default_factory=dict)
    hold_from: float | None = None
    decline_from: float | None = None

    def of(self, check: str, grade: Grade) -> Says:
        """What this finding weighs and does."""
        own = self.checks.get(check, {}).get(grade)
        return self.every_check[grade] if own is None else own


def weigh(signals: Sequence[FraudSignal], weights: Weights, *, policy_version: int) -> Screening:
    """The findings' score, shares and way.

    What could not be checked counts for holding and never for declining: nobody is refused for it.
    """
    said = [
        (signal, weights.of(signal.check, grade))
        for signal in signals
        if (grade := grade_of(signal)) is not None
    ]
    score = noisy_or([says.weight for _, says in said])
    suspects = [(signal, says) for signal, says in said if signal.finding is Finding.SUSPECT]
    suspected = noisy_or([says.weight for _, says in suspects])
    if any(says.act is Act.DECLINE for _, says in suspects) or _reaches(suspected, weights.decline_from):
        risk = Risk.DECLINE
    elif any(says.act is not Act.NOTE for _, says in said) or _reaches(score, weights.hold_from):
        risk = Risk.HOLD
    else:
        risk = Risk.CLEAR
    shares = shares_of([says.weight for _, says in said])
    return Screening(
        risk=risk,
        signals=tuple(signals),
        policy_version=policy_version,
        score=score,
        weighed=tuple(
            Weighed(signal.check, says.weight, share, says.act)
            for (signal, says), share in zip(said, shares, strict=True)
        ),
        hold_from=weights.hold_from,
        decline_from=weights.decline_from,
    )


def grade_of(signal: FraudSignal) -> Grade | None:
    """How the finding speaks against the receipt; None where it is clear."""
    strong = signal.strength is Strength.STRONG
    match signal.finding:
        case Finding.CLEAR:
            return None
        case Finding.SUSPECT:
            return Grade.STRONG if strong else Grade.WEAK
        case Finding.UNKNOWN:
            return Grade.UNKNOWN if strong else Grade.NOT_CHECKED
        case _:
            assert_never(signal.finding)


def noisy_or(weights: Sequence[float]) -> float:
    """1 − ∏(1 − w), 0 of nothing."""
    return -math.expm1(-_total(weights))


def shares_of(weights: Sequence[float]) -> tuple[float, ...]:
    """Each weight's part of their noisy-or, in their order."""
    total = _total(weights)
    if total == 0:
        return tuple(0.0 for _ in weights)
    score = -math.expm1(-total)
    return tuple(score * (_added(weight) / total) for weight in weights)


def _total(weights: Sequence[float]) -> float:
    # The exact sum does not depend on the order.
    return math.fsum(_added(weight) for weight in weights)


def _added(weight: float) -> float:
    return -math.log1p(-weight)


def _reaches(score: float, threshold: float | None) -> bool:
    return threshold is not None and score >= threshold


def holds(signal: FraudSignal) -> bool:
    """Whether a finding alone makes a person look where no policy says otherwise."""
    grade = grade_of(signal)
    return grade is not None and EVERY_CHECK[grade].act is not Act.NOTE


def holding(screening: Screening) -> tuple[FraudSignal, ...]:
    """The findings that alone make a person look, by the policy that weighed them."""
    if not screening.weighed:
        return tuple(signal for signal in screening.signals if holds(signal))
    acting = {each.check for each in screening.weighed if each.act is not Act.NOTE}
    return tuple(
        signal
        for signal in screening.signals
        if signal.check in acting and signal.finding is not Finding.CLEAR
    )
