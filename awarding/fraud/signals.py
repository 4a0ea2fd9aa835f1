"""The findings that every check may give in the same words: all clear, could not tell, does not apply."""

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


def not_checked(
    *, check: str, version: int, sentence: str, evidence: tuple[EvidenceFact, ...] = ()
) -> FraudSignal:
    """The check has nothing to go by on this receipt, and most honest ones have nothing either.

    It is shown as unknown, never as clean, and holds nothing by itself: a receipt without a fiscal code, or a
    shop seen for the first time.
    """
    return FraudSignal(
        check=check,
        version=version,
        finding=Finding.UNKNOWN,
        strength=Strength.WEAK,
        reviewer_sentence=sentence,
        evidence=evidence,
    )


CHECKED_BY_PERSON = (
    "We could not check everything about this receipt by ourselves, so one of us will have a look."
)
"""What a member reads when a check could not run: it is nothing the member did."""
