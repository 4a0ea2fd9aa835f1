"""The fiscal code that a till must print by law, held against what was read.

A code that cannot be verified yet is no fraud, and most countries print none: neither holds. What holds is a
code that says something else than the receipt, is wrong in itself, or is not what its known key signed.
"""

from __future__ import annotations

from typing import assert_never

from awarding.fraud.evidence import Evidence, Unavailable
from awarding.fraud.fiscal.base import Difference, FiscalProof, Verdict
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import CHECKED_BY_PERSON, clear, not_checked, unknown
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength

NAME = "fiscal_proof"
VERSION = 2

_DIFFERS = (
    "The code that the till printed on your receipt and the words beside it do not say the same to us, as can"
    " happen where a photo is hard to read. One of us will have a look."
)
_SHARED = (
    "Another receipt that was sent to us carries the same number as yours, or follows the same one. That need"
    " not be your doing. One of us will have a look at both."
)
OTHERS_SAY = frozenset({"receipt number", "chaining value"})
"""Names of the differences from another receipt's code."""


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:  # noqa: ARG001 - every check takes both
    """Suspect where the code contradicts; strong where a weighty difference is among those."""
    proof = evidence.fiscal
    if isinstance(proof, Unavailable):
        return unknown(
            check=NAME,
            version=VERSION,
            sentence=f"The fiscal code could not be looked at: {proof.reason}.",
            member_sentence=CHECKED_BY_PERSON,
        )
    match proof.verdict:
        case Verdict.NONE_FOUND:
            said = "No fiscal code was found on it; most countries' receipts have none."
            return not_checked(check=NAME, version=VERSION, sentence=said, evidence=proof.facts)
        case Verdict.CANNOT_VERIFY_YET:
            said = "It has a fiscal code, which cannot be verified yet: nothing was read to hold it against."
            return not_checked(check=NAME, version=VERSION, sentence=said, evidence=proof.facts)
        case Verdict.CONSISTENT:
            said = "Its fiscal code says what was read; its signature cannot be verified here."
            return clear(check=NAME, version=VERSION, sentence=said, evidence=proof.facts)
        case Verdict.VERIFIED:
            said = "Its fiscal code says what was read, and is signed by a known key."
            return clear(check=NAME, version=VERSION, sentence=said, evidence=proof.facts)
        case Verdict.CONTRADICTED:
            return _contradicted(proof)
        case _:
            assert_never(proof.verdict)


def _contradicted(proof: FiscalProof) -> FraudSignal:
    names = ", ".join(dict.fromkeys(difference.name for difference in proof.differences))
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.STRONG if any(each.weighty for each in proof.differences) else Strength.WEAK,
        reviewer_sentence=f"Its fiscal code contradicts the receipt: {names}.",
        member_sentence=_SHARED if {each.name for each in proof.differences} <= OTHERS_SAY else _DIFFERS,
        evidence=(*map(_side_by_side, proof.differences), *proof.facts),
        related=proof.related,
        places=() if proof.quad is None else (proof.quad,),
    )


def _side_by_side(difference: Difference) -> EvidenceFact:
    if not difference.read:
        return EvidenceFact(difference.name, difference.code_says)
    unsure = "" if difference.weighty else " (weighs little)"
    return EvidenceFact(
        difference.name, f"the code says {difference.code_says}, here it is {difference.read}{unsure}"
    )
