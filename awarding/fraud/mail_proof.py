"""What the mail that a receipt came in says for it or against it.

Most members forward a mail as it is shown, which carries no proof: that must never count against them, and
whoever makes a receipt up leaves signatures out anyway. So a missing proof is not held, and a broken one is.
What a proof adds is the author's domain: the retailer's, an unknown one, another's, or an imitation.
"""

from __future__ import annotations

from typing import assert_never

from awarding.fraud.evidence import Evidence
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.retailer_domains import (
    imitated,
    known_domains,
    retailer_of,
    retailers_named,
    within,
)
from awarding.fraud.signals import CHECKED_BY_PERSON, clear, unknown
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength
from receipts.proof import MailProof, Proof

NAME = "mail_proof"
VERSION = 1

_CHANGED = (
    "The email is not quite as its sender's system signed it, which can happen on its way to us. One of us"
    " will have a look. If you still have the shop's own email, you can also send us that as an attachment."
)
_OTHER_SENDER = (
    "We could not match the email's sender with the shop on the receipt, so one of us will have a look."
)


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:  # noqa: ARG001 - every check takes both
    """Strong: a broken signature, an imitated domain, or another known retailer's domain that is proven."""
    sent = evidence.sent_by
    if sent is None or sent.proof is None:
        return clear(check=NAME, version=VERSION, sentence="The receipt did not come by mail.")
    proof = sent.proof
    author = proof.domain or sent.author.rpartition("@")[2].lower()
    facts = _facts(proof, author)
    if proof.verdict is Proof.CONTRADICTED:
        return _suspect(
            Strength.STRONG, "A signature in the mail shows that the message was changed.", _CHANGED, facts
        )
    ours = _domains(evidence)
    if author and not within(author, ours) and _imitates(author, evidence.receipt.retailer.name):
        return _suspect(
            Strength.STRONG,
            f"{author} looks like a domain of {evidence.receipt.retailer.name}, and is none.",
            _OTHER_SENDER,
            facts,
        )
    match proof.verdict:
        case Proof.PROVEN | Proof.SUPPORTED:
            return _vouched(evidence, author, ours, facts)
        case Proof.UNPROVEN:
            return _unproven(evidence, proof, author, facts)
        case _:
            assert_never(proof.verdict)


def proven_by_retailer(evidence: Evidence) -> bool:
    """Whether the receipt's own retailer signed the mail: the one case that shortens the way."""
    proof = None if evidence.sent_by is None else evidence.sent_by.proof
    if proof is None or proof.verdict is not Proof.PROVEN:
        return False
    return within(proof.domain, _domains(evidence))


def _domains(evidence: Evidence) -> frozenset[str]:
    return evidence.retailer_domains | known_domains(evidence.receipt.retailer.name)


def _vouched(
    evidence: Evidence, author: str, ours: frozenset[str], facts: tuple[EvidenceFact, ...]
) -> FraudSignal:
    printed = evidence.receipt.retailer.name
    if within(author, ours):
        return clear(
            check=NAME,
            version=VERSION,
            sentence=f"The mail is vouched for by {author}, a domain of {printed}.",
            evidence=facts,
        )
    owner, named = retailer_of(author), retailers_named(printed)
    if owner is not None and owner.carrier:
        said = f"The mail is vouched for by {author}, which sends receipts for other shops too."
        return clear(check=NAME, version=VERSION, sentence=said, evidence=facts)
    if owner is not None and named:
        said = f"The mail is vouched for by {author}, another retailer's domain than that of {printed}."
        return _suspect(Strength.STRONG, said, _OTHER_SENDER, facts)
    said = f"The mail is vouched for by {author}, which says who wrote it and nothing of the shop."
    return clear(check=NAME, version=VERSION, sentence=said, evidence=facts)


def _unproven(
    evidence: Evidence, proof: MailProof, author: str, facts: tuple[EvidenceFact, ...]
) -> FraudSignal:
    if proof.unanswered:
        return unknown(
            check=NAME,
            version=VERSION,
            sentence="The mail is signed, and its signature could not be checked: the DNS did not answer.",
            member_sentence=CHECKED_BY_PERSON,
            evidence=facts,
        )
    owner, named = retailer_of(author), retailers_named(evidence.receipt.retailer.name)
    if owner is not None and named and owner not in named and not owner.carrier:
        said = f"The mail says it is from {author}, another retailer's domain, and nothing proves it."
        return _suspect(Strength.WEAK, said, _OTHER_SENDER, facts)
    said = "Nothing in the mail speaks for the receipt or against it, as with most forwarded mails."
    return clear(check=NAME, version=VERSION, sentence=said, evidence=facts)


def _imitates(author: str, printed: str) -> bool:
    """Only an imitation of the very shop that the receipt is from: a small shop may be called nearly so."""
    named = retailers_named(printed)
    return any(retailer in named for retailer in imitated(author))


def _facts(proof: MailProof, author: str) -> tuple[EvidenceFact, ...]:
    first = (
        EvidenceFact("mail proof", proof.verdict.value),
        EvidenceFact("author's domain", author or "not known"),
    )
    checks = (EvidenceFact(f"{each.name} {each.outcome.value}", each.sentence) for each in proof.checks)
    return (*first, *checks)


def _suspect(strength: Strength, reviewer: str, member: str, facts: tuple[EvidenceFact, ...]) -> FraudSignal:
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=strength,
        reviewer_sentence=reviewer,
        member_sentence=member,
        evidence=facts,
    )
