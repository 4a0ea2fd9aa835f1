"""A mail: who wrote it, whose it is, what it proves about itself, and then the submission."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import structlog

from ingest.email.amounts import has_amount
from ingest.email.bounce import read_bounce
from ingest.email.envelope import Automatic, Envelope, read_envelope, secret_tokens
from ingest.email.forward_html import LastPage
from ingest.email.proof import ProofTrust, proof_of_all, prove, vouched, worth_another_try
from ingest.email.resolver import OneMailResolver
from ingest.email.unwrap import ForwardKind, Unwrapped, unwrap_mail
from pipeline.channels import MailboxSettings
from pipeline.clock import utc_now
from pipeline.takein.outcome import WORDS_ONLY, AskWho, Close, Outcome, Returned, Said, Submit
from pipeline.wiring import Wiring
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.inbound import RUN_AGAIN_REASON, Verdict
from receipts.database.repositories.intake import NewReceipt
from receipts.database.repositories.outgoing import Outgoing
from receipts.errors import Rejection, TransientError
from receipts.identity import MemberId
from receipts.image import Accepted, MediaType
from receipts.inbound import Address, AddressKind, InboundMessage, InboundState, OutgoingKind
from receipts.proof import CheckOutcome, MailProof, OriginalProof, Proof, SenderTrust, SentBy

log = structlog.get_logger(__name__)

_DNS_TRIES = 4
"""A key that DNS does not give in four tries, over about a quarter of a minute, is left unknown."""
_NAME_CHARS = 200
_QUESTION_CHARS = 2_000
_CENTS = re.compile(r"(?<![.,])(?<![.,]\d)\d[.,]\d{2}(?!\d|[.,]\d)")
"""An amount of any size with its two decimals, and no currency beside it; no date such as 3.11.26."""

_IGNORED: dict[Automatic, str] = {
    Automatic.OURS: "This is an answer of ours that came back.",
    Automatic.BOUNCE: "A mail server's report that something could not be delivered.",
    Automatic.NO_RETURN_PATH: "It has no return path, so nobody is answered.",
    Automatic.REPLY: "An automatic reply, such as an absence note.",
}
_REPORTS = frozenset({Automatic.BOUNCE, Automatic.NO_RETURN_PATH})
"""What may report on an answer of ours: some servers do so in words."""


@dataclass(frozen=True, slots=True)
class _Owner:
    """Whose mail it is.

    Attributes:
        asked_again: the sender's DNS did not answer while that could still change the trust.
    """

    member_id: MemberId
    trust: SenderTrust
    asked_again: bool = False


@dataclass(frozen=True, slots=True)
class _Asks:
    """Whom all checks of one mail ask, and whose word counts."""

    resolver: OneMailResolver
    trust: ProofTrust


def take_in_mail(wiring: Wiring, message: InboundMessage) -> Outcome:
    """Look at a mail.

    Raises:
        TransientError: the store or DNS did not answer; worth another try.
    """
    settings = wiring.channels_of(message.program_id).email
    raw = wiring.store.read_bytes(message.raw_sha256)
    envelope = read_envelope(raw)
    if envelope.automatic in _REPORTS and (report := _report(wiring, message, raw, envelope)) is not None:
        return report
    if envelope.automatic in _IGNORED and not _wanted_all_the_same(wiring, message, envelope, settings):
        return _close(envelope, InboundState.IGNORED, envelope.automatic.value, _IGNORED[envelope.automatic])
    if settings is not None and _is_ours(envelope.sender, settings):
        return _close(envelope, InboundState.IGNORED, "ours", "It claims to come from this very mailbox.")
    if not message.whole:
        sentence = f"{message.size_bytes} bytes are over the mailbox's limit; only its head was kept."
        said = _said(envelope, OutgoingKind.TOO_LARGE)
        return _close(envelope, InboundState.REJECTED, "too_large", sentence, said)
    asks = _Asks(OneMailResolver(wiring.resolver), _trust(settings))
    owner = _owner(wiring, message, envelope, raw, settings, asks)
    inside = unwrap_mail(raw)  # once: a large mail takes seconds
    if isinstance(owner, AskWho):
        return _of_words(owner) if not owner.several and _is_question(inside) else owner
    if _is_question(inside):
        # Words in a member's name that nothing vouches for are not answered: they may be anyone's.
        heard = owner.trust is not SenderTrust.UNVOUCHED
        said = _said(envelope, OutgoingKind.GUIDE, detail="no_receipt") if heard else None
        return _close(envelope, InboundState.ANSWERED, "no_receipt", "Words, and no receipt.", said)
    sent_by, again = _sent_by(message, raw, inside, owner.trust, asks)
    if (again or owner.asked_again) and message.attempt < _DNS_TRIES:
        raise TransientError("DNS did not answer for the mail's signatures")
    answer_to = _answer_to(wiring, message, envelope, owner.member_id)
    # By the secret address, from a place that is nobody's: taken, and no word of what it earned.
    guided = not answer_to and envelope.automatic is None
    verdict = Verdict(
        InboundState.TAKEN,
        owner.trust.value,
        _taken_sentence(owner.trust, sent_by),
        sender=envelope.sender,
        recipient=_first(envelope.recipients),
        subject=envelope.subject,
        member_id=owner.member_id,
        sent_by=sent_by,
        answer_to=answer_to,
        guide_to=envelope.sender if guided else "",
    )
    return Submit(owner.member_id, (_file(message, envelope),), verdict)


def _report(wiring: Wiring, message: InboundMessage, raw: bytes, envelope: Envelope) -> Close | None:
    """A report about an answer of ours, kept with that answer; None where it is about no mail of ours."""
    bounce = read_bounce(raw)
    with wiring.database.read() as session:
        answer = Outgoing(session, message.program_id, utc_now()).sent_by_mail(bounce.answers)
    if answer is None:
        return None
    became = "could not be delivered" if bounce.failed else "is delayed, or was delivered"
    words = " ".join(filter(None, (bounce.status, bounce.reason)))
    told = f"A mail server reports that our answer to {answer.recipient} {became}"
    sentence = f"{told}: {words}" if words else f"{told}."
    closed = _close(envelope, InboundState.IGNORED, Automatic.BOUNCE.value, sentence)
    if not bounce.failed:
        return closed
    return replace(closed, returned=Returned(answer.id, f"bounced {bounce.status}".strip()))


def _wanted_all_the_same(
    wiring: Wiring, message: InboundMessage, envelope: Envelope, settings: MailboxSettings | None
) -> bool:
    """Whether a machine's mail is looked into: it came to a secret address, or someone runs it again.

    Shops send with a null return path, and filters forward such mails. What we wrote is never looked into.
    """
    if envelope.automatic is Automatic.OURS:
        return False
    if message.reason == RUN_AGAIN_REASON:
        return True
    with wiring.database.read() as session:
        addresses = Addresses(session, message.program_id, utc_now())
        tokens = () if settings is None else secret_tokens(envelope, settings.address)
        return any(addresses.member_of_secret(token) is not None for token in tokens)


def _owner(
    wiring: Wiring,
    message: InboundMessage,
    envelope: Envelope,
    raw: bytes,
    settings: MailboxSettings | None,
    asks: _Asks,
) -> _Owner | AskWho:
    if message.member_id is not None and message.sent_by is not None:
        return _Owner(message.member_id, message.sent_by.trust)
    address = Address(AddressKind.EMAIL, envelope.sender)
    with wiring.database.read() as session:
        addresses = Addresses(session, message.program_id, utc_now())
        for token in () if settings is None else secret_tokens(envelope, settings.address):
            if (member := addresses.member_of_secret(token)) is not None:
                return _Owner(member, SenderTrust.SECRET_ADDRESS)
        members = addresses.members_of(address) if envelope.sender else ()
    check = vouched(
        raw,
        sender=envelope.sender,
        resolver=asks.resolver,
        trust=asks.trust,
        received_at=message.received_at,
    )
    if len(members) == 1:
        passed = check.outcome is CheckOutcome.PASS
        return _Owner(
            members[0],
            SenderTrust.VOUCHED if passed else SenderTrust.UNVOUCHED,
            asked_again=check.outcome is CheckOutcome.UNKNOWN,
        )
    return _ask_who(envelope, address, several=bool(members), forged=check.outcome is CheckOutcome.FAIL)


def _ask_who(envelope: Envelope, address: Address, *, several: bool, forged: bool) -> AskWho:
    # A forged or automatic sender is not written to: the mail would go to someone who never wrote to us.
    answerable = bool(envelope.sender) and envelope.automatic is None and not forged
    reason = "several_members" if several else "unknown_sender"
    who = "Several members send from this address." if several else "No member has linked this address."
    verdict = Verdict(
        InboundState.UNLINKED,
        reason,
        who,
        sender=envelope.sender,
        recipient=_first(envelope.recipients),
        subject=envelope.subject,
        answer_to=envelope.sender if answerable else "",
    )
    return AskWho(verdict, address if answerable else None, several=several)


def _of_words(asked: AskWho) -> AskWho:
    """A stranger's words: they are told how to join, and not that a receipt of theirs is kept."""
    sentence = f"{asked.verdict.sentence} It holds words, and no receipt."
    return replace(asked, verdict=replace(asked.verdict, reason=WORDS_ONLY, sentence=sentence))


def _sent_by(
    message: InboundMessage, raw: bytes, inside: Unwrapped | Rejection, found_by: SenderTrust, asks: _Asks
) -> tuple[SentBy, bool]:
    """Who sent it with what it proves, and whether DNS should be asked again.

    Each of its originals has a proof of its own, in the order in which they are read: one proven mail must
    not vouch for another. For the mail as a whole the weakest speaks.
    """
    if isinstance(inside, Rejection):
        return SentBy(found_by, MailProof(Proof.UNPROVEN, "", ())), False
    originals = (inside, *inside.others)
    known: dict[tuple[bytes | None, str], MailProof] = {}
    proofs = [_proof(message, raw, original, asks, known) for original in originals]
    # Of several authors none is the mail's.
    one_author = len({original.sender_address for original in originals}) == 1
    author, name = (inside.sender_address, inside.sender_name) if one_author else ("", "")
    each = tuple(
        OriginalProof(proof, original.sender_address, original.sender_name[:_NAME_CHARS])
        for proof, original in zip(proofs, originals, strict=True)
    )
    sent_by = SentBy(found_by, proof_of_all(proofs), author, name[:_NAME_CHARS], each)
    return sent_by, any(worth_another_try(proof) for proof in proofs)


def _proof(
    message: InboundMessage,
    raw: bytes,
    original: Unwrapped,
    asks: _Asks,
    known: dict[tuple[bytes | None, str], MailProof],
) -> MailProof:
    """The original's proof; one that was worked out for another of the same mail is `known`."""
    typed_in = original.kind is ForwardKind.INLINE and original.original is None
    # What was typed into the mail has the forwarder's signature alone, whoever it says to be from.
    judged = (original.original, "" if typed_in else original.sender_address)
    if judged not in known:
        known[judged] = prove(
            outer=raw,
            original=original.original,
            author=original.sender_address,
            kind_inline=original.kind is ForwardKind.INLINE,
            resolver=asks.resolver,
            trust=asks.trust,
            received_at=message.received_at,
        )
    return known[judged]


def _answer_to(wiring: Wiring, message: InboundMessage, envelope: Envelope, member_id: MemberId) -> str:
    """The linked address it came from; else one that the member has linked; else nobody.

    A secret address can leak, and a filter forwards the shop's mail under the shop's name: results and
    balances go to linked addresses only.
    """
    with wiring.database.read() as session:
        own = Addresses(session, message.program_id, utc_now()).of_member(member_id)
    linked = [address.value for address in own if address.kind is AddressKind.EMAIL]
    if envelope.automatic is not None:
        linked = [address for address in linked if address != envelope.sender]  # that one is a machine
    if envelope.sender in linked:
        return envelope.sender
    return linked[0] if linked else ""


def _trust(settings: MailboxSettings | None) -> ProofTrust:
    if settings is None:
        return ProofTrust(sealers=frozenset(), authserv_ids=frozenset())
    return ProofTrust(sealers=settings.trusted_sealers, authserv_ids=settings.authserv_ids)


def _is_ours(sender: str, settings: MailboxSettings) -> bool:
    local, _, domain = settings.address.partition("@")
    name, _, host = sender.partition("@")
    return host == domain and name.partition("+")[0] == local


def _file(message: InboundMessage, envelope: Envelope) -> NewReceipt:
    accepted = Accepted(message.raw_sha256, MediaType.EMAIL, message.size_bytes, None, None, pages=1)
    return NewReceipt(envelope.subject or "Your mail", message.size_bytes, message.raw_sha256, accepted)


def _taken_sentence(trust: SenderTrust, sent_by: SentBy) -> str:
    found = {
        SenderTrust.SECRET_ADDRESS: "It came to the member's secret address.",
        SenderTrust.VOUCHED: "It came from a linked address, for which the sending domain vouches.",
        SenderTrust.UNVOUCHED: "It claims a linked address, which nothing vouches for: a person will look.",
        SenderTrust.CLAIMED: "A member took it through the link sent to its sender.",
        SenderTrust.CARRIER: "It came from a linked number.",
    }[trust]
    return (
        found if sent_by.proof is None else f"{found} Proof of the original: {sent_by.proof.verdict.value}."
    )


def _is_question(inside: Unwrapped | Rejection) -> bool:
    """Whether a person just wrote something: no file, no picture, nothing forwarded, no amount.

    A shop's mail may hold its order in the page alone, beside a text that says where to look at it.
    """
    if isinstance(inside, Rejection) or inside.kind is not ForwardKind.NONE or inside.others:
        return False
    layer = inside.layer
    if layer.documents or layer.pictures or layer.skipped or not layer.text:
        return False
    page = LastPage().text(layer.html) if layer.html else ""
    return all(
        len(text) <= _QUESTION_CHARS and not has_amount(text) and not _CENTS.search(text)
        for text in (inside.text, page)
    )


def _said(envelope: Envelope, kind: OutgoingKind, *, detail: str = "") -> Said | None:
    if not envelope.sender or envelope.automatic is not None:
        return None
    return Said(kind, envelope.sender, detail=detail)


def _close(
    envelope: Envelope, state: InboundState, reason: str, sentence: str, said: Said | None = None
) -> Close:
    verdict = Verdict(
        state,
        reason,
        sentence,
        sender=envelope.sender,
        recipient=_first(envelope.recipients),
        subject=envelope.subject,
        answer_to="" if said is None else said.to,
    )
    return Close(verdict, said)


def _first(recipients: tuple[str, ...]) -> str:
    return recipients[0] if recipients else ""
