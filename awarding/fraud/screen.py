"""All checks in order, and what their findings amount to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from awarding.fraud import (
    arithmetic,
    doubtful_reading,
    made_image,
    mail_proof,
    picture_metadata,
    purchase_date,
    same_bytes,
    same_purchase,
    screen_photo,
    sender_trust,
    velocity,
)
from awarding.fraud.evidence import Evidence
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import CHECKED_BY_PERSON, unknown
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Risk, Screening, Strength


@dataclass(frozen=True, slots=True)
class Check:
    """One check by its file's name."""

    name: str
    version: int
    run: Callable[[Evidence, ScreenPolicy], FraudSignal]


CHECKS: tuple[Check, ...] = tuple(
    Check(module.NAME, module.VERSION, module.check)
    for module in (
        same_bytes,
        same_purchase,
        mail_proof,
        sender_trust,
        purchase_date,
        arithmetic,
        doubtful_reading,
        screen_photo,
        made_image,
        picture_metadata,
        velocity,
    )
)
"""In the order that a reviewer reads them: the surest evidence first."""


def screen(evidence: Evidence, policy: ScreenPolicy, *, checks: tuple[Check, ...] = CHECKS) -> Screening:
    """Every check's finding; no check is skipped because another found something."""
    signals = tuple(_run(check, evidence, policy) for check in checks)
    risk = Risk.HOLD if any(holds(signal) for signal in signals) else Risk.CLEAR
    return Screening(risk=risk, signals=signals, policy_version=policy.version)


def holds(signal: FraudSignal) -> bool:
    """Whether the finding alone makes a person look."""
    match signal.finding:
        case Finding.CLEAR:
            return False
        case Finding.UNKNOWN | Finding.SUSPECT:
            return signal.strength is Strength.STRONG
        case _:
            assert_never(signal.finding)


def _run(check: Check, evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:
    try:
        return check.run(evidence, policy)
    except Exception as error:  # noqa: BLE001 - a check with a bug must hold its receipt, not pass or lose it
        return unknown(
            check=check.name,
            version=check.version,
            sentence=f"The check {check.name} failed to run ({type(error).__name__}); judge without it.",
            member_sentence=CHECKED_BY_PERSON,
            evidence=(EvidenceFact("error", type(error).__name__),),
        )
