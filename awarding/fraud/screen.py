"""All checks in order, and what their findings amount to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from awarding.fraud import (
    arithmetic,
    declined_share,
    doubtful_reading,
    edited_picture,
    fiscal_proof,
    household_quantity,
    items_counted,
    known_store,
    made_image,
    mail_links,
    mail_proof,
    member_velocity,
    new_account,
    pdf_history,
    picture_metadata,
    price_range,
    program_bounds,
    purchase_date,
    retailer_profile,
    same_bytes,
    same_picture,
    same_purchase,
    same_serial,
    screen_photo,
    sender_trust,
    shared_identity,
    velocity,
)
from awarding.fraud.evidence import Evidence
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import CHECKED_BY_PERSON, unknown
from awarding.fraud.weigh import Weights, holds, weigh
from receipts.fraud import EvidenceFact, FraudSignal, Screening

__all__ = ["CHECKS", "Check", "holds", "screen"]


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
        same_serial,
        fiscal_proof,
        pdf_history,
        same_picture,
        mail_proof,
        mail_links,
        sender_trust,
        purchase_date,
        program_bounds,
        arithmetic,
        items_counted,
        doubtful_reading,
        known_store,
        retailer_profile,
        price_range,
        household_quantity,
        screen_photo,
        made_image,
        edited_picture,
        picture_metadata,
        velocity,
        member_velocity,
        shared_identity,
        new_account,
        declined_share,
    )
)
"""In the order that a reviewer reads them: the surest evidence first."""


def screen(
    evidence: Evidence,
    policy: ScreenPolicy,
    *,
    weights: Weights | None = None,
    checks: tuple[Check, ...] = CHECKS,
) -> Screening:
    """Every check's finding, weighed; no check is skipped because another found something."""
    signals = tuple(_run(check, evidence, policy) for check in checks)
    return weigh(signals, weights or Weights(), policy_version=policy.version)


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
