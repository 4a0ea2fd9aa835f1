"""The DKIM signatures of one message, each judged by itself (RFC 6376, with the key rules of RFC 8301)."""

from __future__ import annotations

import base64
import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from dkim import DKIM, DKIMException, KeyFormatError, MessageFormatError, validate_signature_fields
from dkim.canonicalization import CanonicalizationPolicy, InvalidCanonicalizationPolicyError
from dkim.util import InvalidTagValueList, parse_tag_value

from ingest.email.coverage import NAMES_MAX, Coverage, coverage
from ingest.email.dkim_keys import Keys, NoKey, PublishedKey
from ingest.email.domains import aligned, plain_domain
from ingest.email.raw_message import RawMessage

SIGNATURES_MAX = 10
"""Signatures looked at; honest mails carry one to four."""
SIGNATURE_MAX_BYTES = 8_192
"""A signature by a key of 4096 bits over 30 header fields takes about 1,500."""
SIGNATURE_MAX_LINES = 200
"""That same one takes about 40. The library takes time by the square of the line ends: 1 s for 8,000."""
KEY_MIN_BITS = 1_024
"""RFC 8301: verifiers must not take a shorter RSA key for good."""
CLOCK_SLACK = timedelta(hours=1)
"""How far a signer's clock may be ahead of ours."""

# The library logs what it finds; here each finding becomes a sentence instead.
SILENT = logging.getLogger(f"{__name__}.silent")
SILENT.setLevel(logging.CRITICAL + 1)


class SignatureState(Enum):
    """What became of one signature, the best first."""

    VALID = "valid"
    EXPIRED = "expired"
    """Genuine, but its domain let it end before the mail came to us."""
    SETTLED = "settled"
    """Genuine, and a header line that it leaves out cannot change what is read."""
    OPEN = "open"
    """Genuine, so its domain did send the mail; but somebody else could have chosen what is read of it."""
    WEAK = "weak"
    """It checks out, and yet proves nothing: a short key, SHA-1, or a part of the mail left out."""
    BROKEN = "broken"
    """The message is not what was signed."""
    NO_KEY = "no_key"
    UNANSWERED = "unanswered"
    UNUSABLE = "unusable"
    """Not a signature that can be checked by the rules."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature's finding.

    Attributes:
        domain: that it claims to be of (``d=``), plain; empty where it names none.
        notes: what a reviewer should know besides, a sentence each.
    """

    domain: str
    state: SignatureState
    sentence: str
    notes: tuple[str, ...] = ()


def check_signatures(
    message: RawMessage, *, author_domain: str, keys: Keys, at: datetime | None
) -> tuple[Signature, ...]:
    """Every signature's finding, those of the author's own organisation first.

    Args:
        message: as it came.
        author_domain: of the From line.
        keys: looks keys up.
        at: when the mail was received, to judge an end date by; None: nobody knows.
    """
    fields = message.values("dkim-signature")
    parsed = [_tags_of(value) for value in fields[: SIGNATURES_MAX * SIGNATURES_MAX]]
    order = sorted(
        range(len(parsed)), key=lambda index: not aligned(_domain_in(parsed[index]), author_domain)
    )
    found = [_check_one(message, fields[index], parsed[index], keys, at) for index in order[:SIGNATURES_MAX]]
    if len(fields) > SIGNATURES_MAX:
        left = f"{len(fields) - SIGNATURES_MAX} more signatures were not looked at."
        found.append(Signature("", SignatureState.UNUSABLE, left))
    return tuple(found)


class Signed(Enum):
    """What the author's organisation signed of what decides the reading."""

    NOTHING = "nothing"
    """It did not sign at all."""
    IN_PART = "in_part"
    WHOLLY = "wholly"


def signed_by_author(message: RawMessage, author_domain: str) -> Signed:
    """How far the signatures of the author's organisation, each of them, cover what is read.

    For the word of another server, which says that a signature passed, not which one nor what it covers.
    """
    fields = message.values("dkim-signature")
    parsed = [_tags_of(value) for value in fields[:SIGNATURES_MAX]]
    if len(fields) > SIGNATURES_MAX or None in parsed:
        return Signed.IN_PART
    mine = [tags for tags in parsed if tags is not None and aligned(_domain_in(tags), author_domain)]
    if not mine:
        return Signed.NOTHING
    covers = (coverage(message, covered_fields(tags), author_domain)[0] for tags in mine)
    return Signed.IN_PART if Coverage.OPEN in covers else Signed.WHOLLY


def too_long(value: bytes) -> bool:
    """Whether a signature or seal is longer than any honest one."""
    return len(value) > SIGNATURE_MAX_BYTES or value.count(b"\n") > SIGNATURE_MAX_LINES


def _tags_of(value: bytes) -> dict[bytes, bytes] | None:
    if too_long(value):
        return None
    try:
        tags: dict[bytes, bytes] = parse_tag_value(value)
        # These two rest on a clock, and the library would ask its own: judged here by the time of receipt.
        validate_signature_fields({name: tag for name, tag in tags.items() if name not in {b"t", b"x"}})
    except (InvalidTagValueList, DKIMException, ValueError, IndexError):
        return None
    return tags


def _domain_in(tags: dict[bytes, bytes] | None) -> str:
    return "" if tags is None else plain_domain(tags[b"d"].decode("utf-8", "replace"))


def _check_one(
    message: RawMessage,
    value: bytes,
    tags: dict[bytes, bytes] | None,
    keys: Keys,
    at: datetime | None,
) -> Signature:
    domain = _domain_in(tags)
    if tags is None or not domain:
        return Signature(domain, SignatureState.UNUSABLE, "A signature is not well formed.")
    covered = covered_fields(tags)
    if b"from" not in covered:
        return Signature(
            domain, SignatureState.UNUSABLE, f"The signature of {domain} leaves the From line out."
        )
    if len(covered) > NAMES_MAX:
        return Signature(domain, SignatureState.UNUSABLE, f"The signature of {domain} names too many lines.")
    body = body_state(message, tags)
    if body is BodyState.UNREADABLE:
        return Signature(domain, SignatureState.UNUSABLE, f"The signature of {domain} is not well formed.")
    if body is BodyState.CHANGED:
        return Signature(
            domain,
            SignatureState.BROKEN,
            f"The text is not what {domain} signed: it was changed after signing.",
        )
    selector = tags[b"s"].decode("utf-8", "replace")
    found = keys.of(selector, domain)
    if isinstance(found, NoKey):
        state = SignatureState.UNANSWERED if found is NoKey.UNANSWERED else SignatureState.NO_KEY
        return Signature(
            domain, state, f"The signature of {domain} could not be checked: {found.value} ({selector})."
        )
    results = [_with_key(message, value, tags, key, at) for key in found]
    return min(results, key=lambda each: list(SignatureState).index(each.state))


def covered_fields(tags: dict[bytes, bytes]) -> list[bytes]:
    """Names of the header fields that a signature covers, lower case, as often as it names them."""
    return [name.strip().lower() for name in tags[b"h"].split(b":")]


class BodyState(Enum):
    """The body beside the digest that a signature gives of it."""

    SIGNED = "signed"
    CHANGED = "changed"
    UNREADABLE = "unreadable"
    """The signature's tags make no sense."""


def body_state(message: RawMessage, tags: dict[bytes, bytes]) -> BodyState:
    """Whether the body is the one signed, which needs no key."""
    try:
        policy = CanonicalizationPolicy.from_c_value(tags.get(b"c", b"simple/simple"))
        expected = base64.b64decode(re.sub(rb"\s+", b"", tags[b"bh"]), validate=True)
        length = int(tags[b"l"]) if b"l" in tags else None
    except (InvalidCanonicalizationPolicyError, ValueError):
        return BodyState.UNREADABLE
    algorithm = "sha1" if tags[b"a"] == b"rsa-sha1" else "sha256"
    same = message.body_digest(policy.body_algorithm.name, algorithm, length) == expected
    return BodyState.SIGNED if same else BodyState.CHANGED


def _with_key(
    message: RawMessage,
    value: bytes,
    tags: dict[bytes, bytes],
    key: PublishedKey,
    at: datetime | None,
) -> Signature:
    domain = _domain_in(tags)
    algorithm, _, hash_name = tags[b"a"].decode().partition("-")
    if algorithm != key.kind or (key.hashes and hash_name not in key.hashes):
        return Signature(
            domain,
            SignatureState.NO_KEY,
            f"The key that {domain} publishes is not for signatures of this kind.",
        )
    genuine = header_matches(DKIM(logger=SILENT), message, (b"DKIM-Signature", value), tags, key)
    notes = ("The domain marks its key as one for tests.",) if key.testing else ()
    if not genuine and key.testing:
        said = f"The signature of {domain} does not match, and the domain says it is only testing."
        return Signature(domain, SignatureState.UNUSABLE, said, notes)
    if not genuine:
        said = f"The header or the signature of {domain} was changed after signing."
        return Signature(domain, SignatureState.BROKEN, said, notes)
    state, left_out = coverage(message, covered_fields(tags), domain)
    weakness = _weakness(tags, key, at)
    if weakness:
        return Signature(domain, SignatureState.WEAK, weakness, notes)
    if state is Coverage.OPEN:
        return Signature(domain, SignatureState.OPEN, left_out, notes)
    ended = _ended(tags, at)
    if ended:
        return Signature(domain, SignatureState.EXPIRED, ended, notes)
    if state is Coverage.SETTLED:
        return Signature(domain, SignatureState.SETTLED, left_out, notes)
    return Signature(
        domain, SignatureState.VALID, f"{domain} signed this message, and it is unchanged.", notes
    )


def header_matches(
    signer: Any,  # noqa: ANN401 - the library has no types
    message: RawMessage,
    field: tuple[bytes, bytes],
    tags: dict[bytes, bytes],
    key: PublishedKey,
) -> bool:
    """Whether the key's owner signed the header fields; the body digest among the tags is checked apart.

    The library's own `verify` asks the clock, takes any key, and hashes the whole body once a signature; so
    its inner step is called with the key that was checked here.
    """
    signer.headers = [list(each) for each in message.headers]
    signer.pk, signer.keysize, signer.ktag = key.material, key.bits, key.kind.encode()
    signer.minkey, signer.seqtlsrpt = 0, False
    without_body = {name: tag for name, tag in tags.items() if name not in {b"bh", b"l"}}
    try:
        return bool(signer.verify_sig_process(without_body, covered_fields(tags), field, None))
    except (KeyFormatError, MessageFormatError, ValueError):
        # A digest too large for the key, or a signature that is no base64.
        return False


def _weakness(tags: dict[bytes, bytes], key: PublishedKey, at: datetime | None) -> str:
    """Why a signature that checks out proves nothing all the same; empty when it does prove."""
    domain = _domain_in(tags)
    if key.kind == "rsa" and key.bits < KEY_MIN_BITS:
        return f"{domain} signed with a key of {key.bits} bits, which anyone can break."
    if tags[b"a"] == b"rsa-sha1":
        return f"{domain} signed with SHA-1, which does not prove anything any more."
    if b"l" in tags:
        return f"{domain} signed only the first {tags[b'l'].decode()} bytes; anyone may have added the rest."
    identity = tags.get(b"i", b"@" + tags[b"d"]).decode("utf-8", "replace").rpartition("@")[2]
    if key.same_domain_only and plain_domain(identity) != domain:
        return f"{domain} does not let its subdomain {identity} sign with this key."
    signed_at = _moment(tags.get(b"t"))
    if signed_at is not None and at is not None and signed_at > at + CLOCK_SLACK:
        return f"The signature of {domain} is dated {signed_at:%Y-%m-%d %H:%M}, after the mail came in."
    return ""


def _ended(tags: dict[bytes, bytes], at: datetime | None) -> str:
    """Why the signature's end date counts against it; empty when it had not ended."""
    if b"x" not in tags:
        return ""
    domain, end = _domain_in(tags), _moment(tags[b"x"])
    if end is None:
        return f"{domain} signed this message, with an end date that cannot be read."
    if at is None:
        return f"{domain} signed this message until {end:%Y-%m-%d}; when it was received is not known."
    if at > end:
        return f"{domain} signed this message, but only until {end:%Y-%m-%d}, before it came to us."
    return ""


def _moment(tag: bytes | None) -> datetime | None:
    try:
        return None if tag is None else datetime.fromtimestamp(int(tag), UTC)
    except (ValueError, OverflowError, OSError):
        return None
