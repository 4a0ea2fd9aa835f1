"""The two findings that every check may give in the same words: all clear, and could not tell."""

from __future__ import annotations

from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength


def clear(*, check: str, version: int, sentence: str, evidence: tuple[EvidenceFact, ...] = ()) -> FraudSignal:
    """Nothing speaks against the receipt here."""
    return FraudSignal(
        check=check,
        version=version,
        finding=Finding.CLEAR,
        strength=Strength.WEAK,
        reviewer_sentence=sentence,
        evidence=evidence,
    )


def unknown(
    *,
    check: str,
    version: int,
    sentence: str,
    member_sentence: str,
    evidence: tuple[EvidenceFact, ...] = (),
) -> FraudSignal:
    """The check could not answer; that holds the receipt, since unknown is never clean."""
    return FraudSignal(
        check=check,
        version=version,
        finding=Finding.UNKNOWN,
        strength=Strength.STRONG,
        reviewer_sentence=sentence,
        member_sentence=member_sentence,
        evidence=evidence,
    )


CHECKED_BY_PERSON = (
    "We could not check everything about this receipt by ourselves, so one of us will have a look."
)
"""What a member reads when a check could not run: it is nothing the member did."""
