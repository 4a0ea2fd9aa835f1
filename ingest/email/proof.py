"""What a mail proves: its author's signature on the original bytes, or the word of servers that we trust.

The verdict knows no retailer: whether the author's domain is the retailer's is for the fraud checks to say.
Whoever forwards a mail can leave its signatures out; a message without any is unproven, which speaks
neither for it nor against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import assert_never

from ingest.email.arc_check import check_arc, unanswered
from ingest.email.authentication_results import passed_for, read_results
from ingest.email.blanks import read_alike
from ingest.email.coverage import READ_BY_US
from ingest.email.dkim_check import Signature, SignatureState, Signed, check_signatures, signed_by_author
from ingest.email.dkim_keys import Keys
from ingest.email.domains import aligned, domain_of, organisation
from ingest.email.raw_message import RawMessage, header_block, read_raw
from ingest.email.resolver import Resolver
from receipts.proof import DNS_CHECK, CheckOutcome, MailProof, Proof, ProofCheck

_BY_SERVER = ("dkim", "dmarc", "spf")
_GENUINE = frozenset({SignatureState.VALID, SignatureState.SETTLED, SignatureState.OPEN})
_CHECKED = _GENUINE | {SignatureState.EXPIRED, SignatureState.WEAK, SignatureState.BROKEN}
_UNREADABLE = (
    "The message's header is too long or not well formed: mail programs would not agree on what stands in it,"
    " so nothing can be checked."
)
_READ_AS_SIGNED = frozenset({SignatureState.VALID, SignatureState.SETTLED})
"""What is read is what was signed: every line that decides it is, or the signed text allows of no other."""
_WEAKEST_FIRST = (Proof.CONTRADICTED, Proof.UNPROVEN, Proof.SUPPORTED, Proof.PROVEN)


@dataclass(frozen=True, slots=True)
class ProofTrust:
    """Whose word counts; nobody's unless a program says so.

    Attributes:
        sealers: domains (with their subdomains) whose ARC seals are believed, such as ``google.com``.
        authserv_ids: names by which our own receiving servers sign their Authentication-Results. Only for a
            server that takes such fields out of the mails that come in, else anyone can write one.
    """

    sealers: frozenset[str] = frozenset()
    authserv_ids: frozenset[str] = frozenset()


class _Look:
    """What was found in one message, in the order that it was looked at."""

    def __init__(self, domain: str, checks: tuple[ProofCheck, ...] = ()) -> None:
        self.domain = domain
        self.checks = list(checks)

    def add(self, name: str, outcome: CheckOutcome, sentence: str, domain: str = "") -> None:
        self.checks.append(ProofCheck(name, outcome, domain, sentence))

    def verdict(self, proof: Proof) -> MailProof:
        vouching = proof in {Proof.PROVEN, Proof.SUPPORTED}
        return MailProof(proof, self.domain if vouching else "", tuple(self.checks))


def prove(
    *,
    outer: bytes,
    original: bytes | None,
    author: str,
    kind_inline: bool,
    resolver: Resolver,
    trust: ProofTrust,
    received_at: datetime | None = None,
) -> MailProof:
    """Judge the original message; raises nothing, whatever the bytes and whatever the DNS does.

    Args:
        outer: the mail as our mailbox received it.
        original: the exact bytes of a message attached to it; None where the mail itself is the original
            (sent straight, redirected, forwarded by a rule), or holds it as text only.
        author: address that the original claims to be from.
        kind_inline: the original stands as text in a mail that somebody else wrote.
        resolver: looks keys up, at most ten names.
        trust: whose seals and results count.
        received_at: when the mail came to us, with time zone: a signature's end date is judged by it, not by
            today. None: the topmost Received line says it.
    """
    message = read_raw(outer if original is None else original)
    keys = Keys(resolver)
    if message is None:
        look = _Look(domain_of(author))
        look.add("dkim", CheckOutcome.UNKNOWN, _UNREADABLE)
        return look.verdict(Proof.UNPROVEN)
    at = received_at or _received(outer)
    own_results = original is None
    if kind_inline and original is None:
        return _inline(message, keys, trust, at)
    proof = _judge(message, domain_of(author), keys, trust, at, own_results=own_results)
    if proof.domain and not read_alike(message):
        said = "Blanks that no signature counts decide how the message is read, so it proves nothing."
        return _with(proof, Proof.UNPROVEN, "reading", said)
    return proof


def proof_of_all(proofs: Sequence[MailProof]) -> MailProof:
    """One proof for a mail that several originals came in: the weakest, and only for one organisation.

    A proven mail must not vouch for another that lies beside it, nor its author's domain for that one.
    """
    weakest = min(proofs, key=lambda proof: _WEAKEST_FIRST.index(proof.verdict))
    domains = {organisation(proof.domain) for proof in proofs if proof.domain}
    if len(domains) <= 1 or not weakest.domain:
        return weakest
    said = f"The mail holds originals of {', '.join(sorted(domains))}; none of them vouches for the others."
    return _with(weakest, Proof.UNPROVEN, "alignment", said)


def _with(proof: MailProof, verdict: Proof, name: str, sentence: str) -> MailProof:
    check = ProofCheck(name, CheckOutcome.UNKNOWN, "", sentence)
    return MailProof(verdict, "", (*proof.checks, check))


def vouched(
    outer: bytes,
    *,
    sender: str,
    resolver: Resolver,
    trust: ProofTrust,
    received_at: datetime | None = None,
) -> ProofCheck:
    """Whether the domain of the mail's From line vouches for it: the sender is then more than a claim.

    What is read of the mail is not asked here: Gmail, for one, signs no Content-Type line.

    PASS: the domain's own signature, or the DMARC, DKIM or SPF result of our own receiving server. FAIL: the
    message was changed. UNKNOWN: the DNS did not answer (worth another try). ABSENT: nothing vouches.
    """
    message = read_raw(outer)
    if message is None:
        return ProofCheck("alignment", CheckOutcome.ABSENT, "", "The mail's header is not well formed.")
    domain = domain_of(sender)
    proof = _judge(
        message,
        domain,
        Keys(resolver),
        ProofTrust(authserv_ids=trust.authserv_ids),
        received_at or _received(outer),
        own_results=True,
        sender_only=True,
    )
    match proof.verdict:
        case Proof.PROVEN | Proof.SUPPORTED:
            said = next(check.sentence for check in proof.checks if check.outcome is CheckOutcome.PASS)
            return ProofCheck("alignment", CheckOutcome.PASS, domain, said)
        case Proof.CONTRADICTED:
            said = next(check.sentence for check in proof.checks if check.outcome is CheckOutcome.FAIL)
            return ProofCheck("alignment", CheckOutcome.FAIL, domain, said)
        case Proof.UNPROVEN:
            if proof.unanswered:
                return ProofCheck("alignment", CheckOutcome.UNKNOWN, domain, "The DNS did not answer.")
            said = f"Nothing shows that {domain or 'the sender'} sent this mail."
            return ProofCheck("alignment", CheckOutcome.ABSENT, domain, said)
        case _:
            assert_never(proof.verdict)


def worth_another_try(proof: MailProof) -> bool:
    """Whether the verdict might be better once the DNS answers; the caller decides how often to come back."""
    return proof.unanswered and proof.verdict is not Proof.PROVEN


def _inline(message: RawMessage, keys: Keys, trust: ProofTrust, at: datetime | None) -> MailProof:
    """A forward typed into a new mail: the signatures there are of the person who forwards it."""
    authors = message.authors()
    forwarder = domain_of(authors[0]) if len(authors) == 1 else ""
    outer = _judge(message, forwarder, keys, trust, at, own_results=True, sender_only=True)
    look = _Look("", outer.checks)
    look.add(
        "alignment",
        CheckOutcome.ABSENT,
        "The original stands in the mail as text that the forwarder could change; it carries no proof.",
    )
    if outer.verdict is Proof.CONTRADICTED:
        return look.verdict(Proof.CONTRADICTED)
    # What could not be looked up speaks of the forwarder only, and cannot make the original any surer.
    look.checks = [check for check in look.checks if check.name != DNS_CHECK]
    return look.verdict(Proof.UNPROVEN)


def _judge(
    message: RawMessage,
    author_domain: str,
    keys: Keys,
    trust: ProofTrust,
    at: datetime | None,
    *,
    own_results: bool,
    sender_only: bool = False,
) -> MailProof:
    look = _Look(author_domain)
    authors = message.authors()
    from_lines = len(message.values("from"))
    if from_lines > 1 or len(authors) > 1:
        look.add(
            "alignment", CheckOutcome.FAIL, f"The message names {max(from_lines, len(authors))} authors."
        )
        # Two From lines are a trick to show one author and have another's signature; two in one line are rare
        # but allowed, and merely prove nothing.
        return look.verdict(Proof.CONTRADICTED if from_lines > 1 else Proof.UNPROVEN)
    if not authors or not author_domain:
        look.add("alignment", CheckOutcome.ABSENT, "The message does not say who wrote it.")
    elif not aligned(domain_of(authors[0]), author_domain):
        said = f"The message is from {domain_of(authors[0])}, not from {author_domain}."
        look.add("alignment", CheckOutcome.FAIL, said, domain_of(authors[0]))
        author_domain = ""
    signatures = check_signatures(message, author_domain=author_domain, keys=keys, at=at)
    for signature in signatures:
        look.checks.extend(_as_checks(signature))
    if not signatures:
        look.add("dkim", CheckOutcome.ABSENT, "The message carries no signature.")
    mine = [each for each in signatures if aligned(each.domain, author_domain)]
    proving = _GENUINE if sender_only else _READ_AS_SIGNED
    if any(each.state in proving for each in mine):
        return look.verdict(Proof.PROVEN)
    supported = any(each.state is SignatureState.EXPIRED for each in mine)
    if own_results:
        supported = _own_server(look, message, author_domain, trust, sender_only=sender_only) or supported
    if not supported:
        seals = check_arc(message, author_domain=author_domain, sealers=trust.sealers, keys=keys)
        look.checks.extend(seals)
        supported = any(seal.outcome is CheckOutcome.PASS for seal in seals)
    if supported:
        return look.verdict(Proof.SUPPORTED)
    return look.verdict(Proof.CONTRADICTED if _contradicted(signatures, mine) else Proof.UNPROVEN)


def _contradicted(signatures: tuple[Signature, ...], mine: list[Signature]) -> bool:
    """The author's own signature is broken, or every signature that could be checked is.

    A broken signature of a stranger beside a good one means little: servers on the way sign, and change, too.
    """
    if any(each.state is SignatureState.BROKEN for each in mine):
        return True
    return {each.state for each in signatures} & _CHECKED == {SignatureState.BROKEN}


def _as_checks(signature: Signature) -> list[ProofCheck]:
    match signature.state:
        case SignatureState.VALID | SignatureState.EXPIRED | SignatureState.SETTLED | SignatureState.OPEN:
            # The last one is genuine too: its sentence says what it leaves open.
            outcome = CheckOutcome.PASS
        case SignatureState.BROKEN:
            outcome = CheckOutcome.FAIL
        case (
            SignatureState.WEAK | SignatureState.NO_KEY | SignatureState.UNANSWERED | SignatureState.UNUSABLE
        ):
            outcome = CheckOutcome.UNKNOWN
        case _:
            assert_never(signature.state)
    sentence = " ".join((signature.sentence, *signature.notes))
    checks = [ProofCheck("dkim", outcome, signature.domain, sentence)]
    if signature.state is SignatureState.UNANSWERED:
        checks.append(unanswered(signature.domain))
    return checks


def _own_server(
    look: _Look, message: RawMessage, author_domain: str, trust: ProofTrust, *, sender_only: bool
) -> bool:
    """The topmost results field, if one of our own servers wrote it; older ones below are anybody's.

    Where the author's signatures leave out what is read, somebody may have changed that before our server saw
    them pass: then only the domain's own server (SPF) speaks for the mail.
    """
    fields = message.values("authentication-results")
    if not trust.authserv_ids or not fields:
        return False
    name = "authentication_results"
    results = read_results(fields[0])
    ours = {each.lower() for each in trust.authserv_ids}
    if results is None or results.server not in ours:
        look.add(name, CheckOutcome.ABSENT, "The topmost results are not of a receiving server of ours.")
        return False
    whole = sender_only or signed_by_author(message, author_domain) is not Signed.IN_PART
    method = passed_for(results, author_domain, methods=_BY_SERVER if whole else ("spf",))
    doubled = [each.title() for each in READ_BY_US if len(message.values(each)) > 1]
    if method and doubled and not sender_only:
        look.add(name, CheckOutcome.UNKNOWN, f"The message has several {doubled[0]} lines.", author_domain)
        return False
    if not method:
        said = f"{results.server} found nothing that vouches for {author_domain or 'the author'}."
        look.add(name, CheckOutcome.ABSENT, said, author_domain)
        return False
    said = f"Our server {results.server} found that {method.upper()} passes for {author_domain}."
    look.add(name, CheckOutcome.PASS, said, author_domain)
    return True


def _received(outer: bytes) -> datetime | None:
    """When the last server on the way took the mail: our own mailbox's, by its topmost Received line."""
    message = read_raw(header_block(outer))
    lines = () if message is None else message.values("received")
    if not lines:
        return None
    stamp = lines[0].decode("ascii", "replace").rpartition(";")[2]
    try:
        moment = parsedate_to_datetime(" ".join(stamp.split()))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
