"""Signed and sealed mails made on the spot, with keys that exist nowhere else."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import dkim
from dkim.canonicalization import CanonicalizationPolicy
from dkim.crypto import HASH_ALGORITHMS, parse_pem_private_key
from nacl.signing import SigningKey

BITS = 1024
"""The shortest key that verifiers take for good, since it is made in a blink."""
COVERED = ("from", "to", "subject", "date", "message-id", "mime-version", "content-type")
SENT = "Tue, 03 Mar 2026 14:05:00 +0000"
SIGNED_AT = 1_772_546_700
"""The same moment as a signature gives it."""

MAIL = (
    "From: Corner Shop <orders@shop.example>\r\n"
    "To: Ann <ann@mail.example>\r\n"
    "Subject: Your order 4471\r\n"
    f"Date: {SENT}\r\n"
    "Message-ID: <4471@shop.example>\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "\r\n"
    "Oats 500 g   3.99\r\n"
    "Bread        2.50\r\n"
    "Total        6.49\r\n"
).encode()


@dataclass(frozen=True)
class Key:
    """A private key with the name that its public half is published under."""

    selector: str
    domain: str
    private: Any
    public: bytes
    kind: str = "rsa"

    @property
    def name(self) -> str:
        return f"{self.selector}._domainkey.{self.domain}"

    def record(self, **tags: str) -> str:
        """The text record; ``t="y"`` and the like are added."""
        added = "".join(f" {name}={value};" for name, value in tags.items())
        return f"v=DKIM1; k={self.kind};{added} p={base64.b64encode(self.public).decode()}"


def rsa_key(domain: str, selector: str = "sel", *, bits: int = BITS) -> Key:
    private, public = _rsa(f"{selector}.{domain}", bits)
    return Key(selector, domain, private, public)


def ed25519_key(domain: str, selector: str = "ed") -> Key:
    private = SigningKey(random.Random(domain).randbytes(32))
    return Key(selector, domain, private, bytes(private.verify_key), "ed25519")


def records(*keys: Key) -> dict[str, str]:
    return {key.name: key.record() for key in keys}


def signed(
    mail: bytes,
    key: Key,
    *,
    covered: Iterable[str] = COVERED,
    canon: str = "relaxed/relaxed",
    algorithm: str = "",
    length: int | None = None,
    tags: Mapping[str, str] | None = None,
) -> bytes:
    """The mail with one more signature on top.

    Args:
        covered: names for ``h=``, as often as they shall stand there.
        length: ``l=``, and only so much of the body is hashed.
        tags: more of them (``x``, ``t``, ``i``) or others than usual.
    """
    name = (algorithm or ("ed25519-sha256" if key.kind == "ed25519" else "rsa-sha256")).encode()
    signer = dkim.DKIM(mail, signature_algorithm=name)
    signer.hasher = HASH_ALGORITHMS[name]
    policy = CanonicalizationPolicy.from_c_value(canon.encode())
    body = policy.canonicalize_body(signer.body)
    fields = {"v": "1", "a": name.decode(), "c": canon, "d": key.domain, "s": key.selector}
    fields |= {} if length is None else {"l": str(length)}
    fields |= tags or {}
    fields["h"] = " : ".join(covered)  # it is folded at blanks
    fields["bh"] = base64.b64encode(
        signer.hasher(body if length is None else body[:length]).digest()
    ).decode()
    value = signer.gen_header(
        [*((tag.encode(), text.encode()) for tag, text in fields.items()), (b"b", b"0" * 60)],
        [each.lower().encode() for each in covered],
        policy,
        b"DKIM-Signature",
        key.private,
    )
    return b"DKIM-Signature: " + value + mail


def sealed(
    mail: bytes,
    key: Key,
    *,
    results: str,
    instance: int = 1,
    cv: str = "",
    names: Iterable[str] = (*COVERED, "dkim-signature"),
) -> bytes:
    """The mail with one more ARC set on top, as a server puts it there that passes the mail on."""
    number, status = str(instance).encode(), (cv or ("none" if instance == 1 else "pass")).encode()
    relaxed = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
    signer = dkim.ARC(mail)
    signer.hasher = HASH_ALGORITHMS[b"rsa-sha256"]
    digest = base64.b64encode(signer.hasher(relaxed.canonicalize_body(signer.body)).digest())
    _, earlier = signer.sorted_arc_headers()
    fields = [each for _, each in earlier]
    results_value = b"i=" + number + b"; " + results.encode() + b"\r\n"
    new = [(b"ARC-Authentication-Results", results_value)]
    common = [
        (b"i", number),
        (b"a", b"rsa-sha256"),
        (b"d", key.domain.encode()),
        (b"s", key.selector.encode()),
    ]
    covered = [each.encode() for each in names]
    message = [
        *common,
        (b"c", b"relaxed/relaxed"),
        (b"h", b" : ".join(covered)),  # it is folded at blanks
        (b"bh", digest),
        (b"b", b"0" * 60),
    ]
    for name, tags, signs in (
        (b"ARC-Message-Signature", message, covered),
        (b"ARC-Seal", [*common, (b"cv", status), (b"b", b"0" * 60)], None),
    ):
        signer.headers = [*relaxed.canonicalize_headers(new[:1]), *signer.headers]
        order = [field.lower() for field, _ in [*new, *fields]]
        value = signer.gen_header(tags, signs or order[::-1], relaxed, name, key.private)
        new.insert(0, (name, value))
    return b"".join(name + b": " + value for name, value in new) + mail


@cache
def _rsa(seed: str, bits: int) -> tuple[dict[str, int], bytes]:
    """A key by seed, so that every run of a test has the same."""
    dice, exponent = random.Random(f"{seed}/{bits}"), 65_537
    while True:
        p, q = _prime(dice, bits // 2), _prime(dice, bits - bits // 2)
        phi = (p - 1) * (q - 1)
        if p != q and phi % exponent and (p * q).bit_length() == bits:
            break
    d = pow(exponent, -1, phi)
    numbers = (0, p * q, exponent, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
    pem = (
        b"-----BEGIN RSA PRIVATE KEY-----\n"
        + base64.b64encode(_sequence(*numbers))
        + b"\n-----END RSA PRIVATE KEY-----\n"
    )
    return parse_pem_private_key(pem), _sequence(p * q, exponent)


def _prime(dice: random.Random, bits: int) -> int:
    while True:
        found = dice.getrandbits(bits) | (3 << (bits - 2)) | 1
        if all(found % small for small in (3, 5, 7, 11, 13, 17, 19, 23, 29)) and all(
            pow(base, found - 1, found) == 1 for base in (2, 3, 5, 7)
        ):
            return found


def _sequence(*numbers: int) -> bytes:
    content = b"".join(
        b"\x02" + _length(raw := n.to_bytes(n.bit_length() // 8 + 1, "big")) + raw for n in numbers
    )
    return b"\x30" + _length(content) + content


def _length(content: bytes) -> bytes:
    if len(content) < 128:
        return bytes([len(content)])
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(size)]) + size
