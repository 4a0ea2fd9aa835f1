"""The same file was sent before."""

from __future__ import annotations

from awarding.fraud.evidence import EarlierReceipt, Evidence, Unavailable, came_before
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.repeats import MEMBER_SENTENCES, REVIEWER_WORDS, kind_of_repeat, strength_of, weightiest
from awarding.fraud.signals import CHECKED_BY_PERSON, clear, unknown
from receipts.fraud import EvidenceFact, Finding, FraudSignal

NAME = "same_bytes"
VERSION = 1


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:  # noqa: ARG001 - every check takes both
    """Compare by the SHA-256 of the originals: equal bytes are the same file, by no chance."""
    if isinstance(evidence.same_bytes, Unavailable):
        return unknown(
            check=NAME,
            version=VERSION,
            sentence=f"Earlier files could not be looked up: {evidence.same_bytes.reason}.",
            member_sentence=CHECKED_BY_PERSON,
        )
    earlier = tuple(each for each in evidence.same_bytes if came_before(each, evidence))
    if not earlier:
        return clear(check=NAME, version=VERSION, sentence="The file is new.")
    return _repeated(earlier)


def _repeated(earlier: tuple[EarlierReceipt, ...]) -> FraudSignal:
    first = weightiest(earlier)
    repeat = kind_of_repeat(first)
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=strength_of(repeat),
        reviewer_sentence=(
            f"The file is byte for byte that of {REVIEWER_WORDS[repeat]} {first.receipt_id},"
            f" sent {first.submitted_at:%Y-%m-%d %H:%M %Z}."
        ),
        member_sentence=MEMBER_SENTENCES[repeat],
        evidence=tuple(
            EvidenceFact(f"same file as {each.receipt_id}", f"{REVIEWER_WORDS[kind_of_repeat(each)]}")
            for each in earlier
        ),
        related=tuple(each.receipt_id for each in earlier),
    )
