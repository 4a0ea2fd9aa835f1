"""The keys that domains publish for their signatures: looked up sparingly, and checked before use."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

import nacl.exceptions
from dkim.crypto import UnparsableKeyError, parse_public_key
from dkim.util import InvalidTagValueList, parse_tag_value
from nacl.signing import VerifyKey

from ingest.email.domains import DOMAIN_MAX_CHARS
from ingest.email.resolver import Resolver
from receipts.errors import TransientError

LOOKUPS_MAX = 10
"""Names looked up for one mail: an honest mail needs one to four (two signatures, two seals)."""
UNANSWERED_MAX = 2
"""After so many names without an answer the DNS is taken to be down, and the rest is not asked."""
RECORD_MAX_BYTES = 4_096
"""A record with a key of 8192 bits has about 1,500."""
KEY_MAX_BITS = 8_192
EXPONENT_MAX = 1 << 32
"""Practically every key has 65537; a huge one would make a check take hours."""
_ED25519_BITS = 256
_KEYS_OF_ONE_NAME_MAX = 3
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A usable key.

    Attributes:
        material: the library's form: a mapping with modulus and exponent for RSA, a verifier for Ed25519.
        testing: the domain says that it is only trying signatures out.
        same_domain_only: the domain lets no subdomain sign as somebody.
        hashes: names of the hashes that the domain allows; empty when it allows all.
    """

    kind: str
    material: Any
    bits: int
    testing: bool
    same_domain_only: bool
    hashes: frozenset[str]


class NoKey(Enum):
    """Why there is no key to check with; the value says it to a reviewer."""

    MISSING = "the domain publishes no such key (any more)"
    REVOKED = "the domain has revoked the key"
    UNUSABLE = "the published key cannot be used"
    UNANSWERED = "the DNS did not answer"
    TOO_MANY = "too many keys would have to be looked up"


class Keys:
    """Looks keys up for one mail, each name once, and gives up early."""

    def __init__(self, resolver: Resolver) -> None:
        """Nothing is asked yet."""
        self._resolver = resolver
        self._asked: dict[str, tuple[PublishedKey, ...] | NoKey] = {}
        self._unanswered = 0

    def of(self, selector: str, domain: str) -> tuple[PublishedKey, ...] | NoKey:
        """The usable keys under ``selector._domainkey.domain``: one, for an orderly domain."""
        name = f"{selector}._domainkey.{domain}".lower()
        if len(name) > DOMAIN_MAX_CHARS or _NAME.fullmatch(name) is None or ".." in name:
            return NoKey.MISSING
        if name not in self._asked:
            if len(self._asked) >= LOOKUPS_MAX:
                return NoKey.TOO_MANY
            self._asked[name] = self._look_up(name)
        return self._asked[name]

    def _look_up(self, name: str) -> tuple[PublishedKey, ...] | NoKey:
        if self._unanswered >= UNANSWERED_MAX:
            return NoKey.UNANSWERED
        try:
            records = self._resolver.txt(name)
        except TransientError:
            self._unanswered += 1
            return NoKey.UNANSWERED
        return usable_keys(records)


def usable_keys(records: tuple[bytes, ...]) -> tuple[PublishedKey, ...] | NoKey:
    """The keys among the records of a name; other text records may stand beside them."""
    found: list[PublishedKey] = []
    problem = NoKey.MISSING
    for record in records[:_KEYS_OF_ONE_NAME_MAX]:
        key = _read_key(record)
        if isinstance(key, PublishedKey):
            found.append(key)
        elif key is not NoKey.MISSING:
            problem = key
    return tuple(found) or problem


def _read_key(record: bytes) -> PublishedKey | NoKey:
    if len(record) > RECORD_MAX_BYTES:
        return NoKey.UNUSABLE
    try:
        tags = parse_tag_value(record)
    except (InvalidTagValueList, IndexError):  # IndexError: an empty record
        return NoKey.MISSING
    if b"p" not in tags or tags.get(b"v", b"DKIM1") != b"DKIM1":
        return NoKey.MISSING
    if not tags[b"p"]:
        return NoKey.REVOKED
    services = {each.strip() for each in tags.get(b"s", b"*").split(b":")}
    if not services & {b"*", b"email"}:
        return NoKey.UNUSABLE
    try:
        encoded = base64.b64decode(re.sub(rb"\s+", b"", tags[b"p"]), validate=True)
    except binascii.Error:
        return NoKey.UNUSABLE
    kind = tags.get(b"k", b"rsa").decode("ascii", "replace").lower()
    material = _material(kind, encoded)
    if material is None:
        return NoKey.UNUSABLE
    flags = {each.strip() for each in tags.get(b"t", b"").split(b":")}
    hashes = {each.strip().decode("ascii", "replace") for each in tags.get(b"h", b"").split(b":")} - {""}
    return PublishedKey(
        kind=kind,
        material=material,
        bits=material["modulus"].bit_length() if kind == "rsa" else _ED25519_BITS,
        testing=b"y" in flags,
        same_domain_only=b"s" in flags,
        hashes=frozenset(hashes),
    )


def _material(kind: str, encoded: bytes) -> Any | None:  # noqa: ANN401 - what the library takes
    """The key in the library's form; None where it is no key, or one that would take for ever."""
    if kind == "ed25519":
        try:
            return VerifyKey(encoded)
        except (nacl.exceptions.ValueError, nacl.exceptions.TypeError):
            return None
    if kind != "rsa":
        return None
    try:
        key = parse_public_key(encoded)
    except (UnparsableKeyError, AssertionError, IndexError):  # the library's answers to broken encodings
        return None
    exponent, bits = key["publicExponent"], key["modulus"].bit_length()
    # An exponent of 1 would make every signature easy to write.
    if exponent < 3 or exponent > EXPONENT_MAX or bits > KEY_MAX_BITS:  # noqa: PLR2004
        return None
    return key
