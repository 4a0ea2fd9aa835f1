"""Seals of mail servers that a message passed through (ARC, RFC 8617), believed only of servers we name."""

from __future__ import annotations

from typing import Any

from dkim import ARC, CV_Pass, DKIMException
from dkim.util import InvalidTagValueList, parse_tag_value

from ingest.email.authentication_results import passed_for, read_results
from ingest.email.coverage import NAMES_MAX, Coverage, coverage
from ingest.email.dkim_check import (
    KEY_MIN_BITS,
    SILENT,
    BodyState,
    Signed,
    body_state,
    header_matches,
    signed_by_author,
    too_long,
)
from ingest.email.dkim_keys import Keys, NoKey
from ingest.email.domains import aligned, plain_domain
from ingest.email.raw_message import RawMessage
from receipts.proof import DNS_CHECK, CheckOutcome, ProofCheck

NAME = "arc"
SETS_MAX = 10
"""Servers in the chain; a list that is forwarded and forwarded again has three or four."""
_FIELDS = ("arc-seal", "arc-message-signature", "arc-authentication-results")


class _Chain(ARC):  # type: ignore[misc]  # the library has no types
    """The library's walk along the chain, with our rules for each signature in it."""

    def __init__(self, message: RawMessage, keys: Keys) -> None:
        """Takes the fields as they came."""
        super().__init__(logger=SILENT)
        self._message = message
        self._keys = keys
        self.headers = [list(each) for each in message.headers]
        self.unanswered = ""
        self.without_key = ""
        self.covered: dict[int, list[bytes]] = {}

    def verify_sig(self, sig: Any, include_headers: Any, sig_header: Any, dnsfunc: Any) -> bool:  # noqa: ANN401, ARG002
        """A seal or a message signature: key of fair size, whole body, and the From line covered."""
        is_seal = b"cv" in sig
        if not is_seal and (
            b"l" in sig
            or b"from" not in include_headers
            or len(include_headers) > NAMES_MAX
            or body_state(self._message, sig) is not BodyState.SIGNED
        ):
            return False
        if not is_seal:
            self.covered[int(sig[b"i"])] = list(include_headers)
        domain = plain_domain(sig[b"d"].decode("utf-8", "replace"))
        found = self._keys.of(sig[b"s"].decode("utf-8", "replace"), domain)
        if isinstance(found, NoKey):
            if found is NoKey.UNANSWERED:
                self.unanswered = domain
            self.without_key = f"{domain}: {found.value}"
            return False
        tags = sig if not is_seal else {**sig, b"h": b":".join(include_headers)}
        return any(
            key.kind == "rsa"
            and key.bits >= KEY_MIN_BITS
            and header_matches(ARC(logger=SILENT), self._message, sig_header, tags, key)
            for key in found
        )

    def left_out(self, author_domain: str) -> dict[int, str]:
        """By number of the set: why what its server signed does not settle what is read; empty if it does.

        The server saw the author's signature pass, so that one must cover the reading too. It must be there
        still, or the server must have signed that none was: else whoever has the mail could take it out.
        """
        signed = signed_by_author(self._message, author_domain)
        if signed is Signed.IN_PART:
            said = f"{author_domain} did not sign all that is read of the message."
            return dict.fromkeys(self.covered, said)
        found: dict[int, str] = {}
        for number, names in self.covered.items():
            state, sentence = coverage(self._message, names, "The server")
            if state is not Coverage.OPEN:
                signed_there = signed is Signed.WHOLLY or b"dkim-signature" in names
                sentence = "" if signed_there else "The author's signature may have been taken out."
            found[number] = sentence
        return found


def check_arc(
    message: RawMessage, *, author_domain: str, sealers: frozenset[str], keys: Keys
) -> tuple[ProofCheck, ...]:
    """Whether a server that we trust sealed that it had seen the author's domain vouch for this message.

    Asks for no key, and says nothing, where no trusted server stands in the chain at all.
    """
    trusted = {
        sealer
        for value in message.values("arc-seal")[: SETS_MAX + 1]
        if _is_trusted(sealer := _sealer(value), sealers)
    }
    if not trusted:
        return ()
    named = min(trusted)
    long = any(too_long(value) for name in _FIELDS[:2] for value in message.values(name)[: SETS_MAX + 1])
    if long or max(len(message.values(name)) for name in _FIELDS) > SETS_MAX:
        return (_check(CheckOutcome.UNKNOWN, named, "The chain of seals is too long to be looked at."),)
    chain = _Chain(message, keys)
    try:
        outcome, sets, reason = chain.verify()
    except (DKIMException, InvalidTagValueList, IndexError, KeyError, ValueError):
        # IndexError and KeyError: the library's answers to a set that is written in an odd way.
        outcome, sets, reason = None, [], "it is not well formed"
    if chain.unanswered:
        said = f"The seals could not be checked: the DNS did not answer for {chain.unanswered}."
        return (_check(CheckOutcome.UNKNOWN, chain.unanswered, said), unanswered(chain.unanswered))
    if outcome != CV_Pass and chain.without_key:
        said = f"The seals could not be checked; of {chain.without_key}."
        return (_check(CheckOutcome.UNKNOWN, named, said),)
    if outcome != CV_Pass:
        return (_check(CheckOutcome.FAIL, named, f"The chain of seals does not hold: {reason}."),)
    return (_judge(sets, sealers, author_domain, named, chain.left_out(author_domain)),)


def _judge(
    sets: list[dict[str, Any]],
    sealers: frozenset[str],
    author_domain: str,
    named: str,
    left_out: dict[int, str],
) -> ProofCheck:
    """From the newest set back, as long as every server on the way is trusted or changed nothing."""
    unbroken_trust, gap = True, ""
    for each in sorted(sets, key=lambda one: int(one["instance"]), reverse=True):
        sealer = plain_domain(each["as-domain"].decode("utf-8", "replace"))
        trusted = _is_trusted(sealer, sealers)
        unbroken_trust = unbroken_trust and trusted
        same_server = aligned(sealer, each["ams-domain"].decode("utf-8", "replace"))
        # A later server that we do not trust may have put other text under an old, genuine seal.
        if not trusted or not same_server or not (unbroken_trust or each["ams-valid"]):
            continue
        # The message is as the newest one signed it, and as an older one did whose signature still holds.
        signers = [max(left_out, default=0)] * unbroken_trust + [int(each["instance"])] * bool(
            each["ams-valid"]
        )
        gaps = [left_out.get(signer, "its numbers are not in order.") for signer in signers]
        if all(gaps):
            gap = gaps[0]
            continue
        results = read_results(each["aar-value"], sealed=True)
        method = "" if results is None else passed_for(results, author_domain, methods=("dkim", "dmarc"))
        if method:
            said = (
                f"{sealer}, which we trust to look, sealed that {method.upper()} passed for {author_domain}."
            )
            return _check(CheckOutcome.PASS, sealer, said)
    if gap:
        return _check(CheckOutcome.UNKNOWN, named, f"The seals hold, but prove nothing: {gap}")
    said = f"The seals hold, but no server we trust saw {author_domain} vouch for the message."
    return _check(CheckOutcome.ABSENT, named, said)


def _sealer(value: bytes) -> str:
    """Domain of a seal; empty where it is not well formed."""
    if too_long(value):
        return ""
    try:
        tags = parse_tag_value(value)
    except (InvalidTagValueList, IndexError):
        return ""
    return plain_domain(tags.get(b"d", b"").decode("utf-8", "replace"))


def _is_trusted(domain: str, sealers: frozenset[str]) -> bool:
    return any(
        domain == sealer or domain.endswith(f".{sealer}") for sealer in map(plain_domain, sealers) if sealer
    )


def unanswered(domain: str) -> ProofCheck:
    """What `MailProof.unanswered` looks for."""
    return ProofCheck(
        DNS_CHECK, CheckOutcome.UNKNOWN, domain, f"The DNS did not answer for {domain}; try again later."
    )


def _check(outcome: CheckOutcome, domain: str, sentence: str) -> ProofCheck:
    return ProofCheck(NAME, outcome, domain, sentence)
