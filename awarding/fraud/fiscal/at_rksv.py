"""Austria: the machine-readable code of the cash register security regulation (RKSV).

Source: Registrierkassensicherheitsverordnung, BGBl. II Nr. 410/2015: § 9 names the signed parts, § 10 those
of the code; its annex (the detailed specification) has the chaining value in Z 4, the encrypted turnover
counter in Z 8 and 9, the code in Z 12. The signature is a JWS (RFC 7515, ES256); suite R1 alone is in use.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from typing import Final

from awarding.fraud.fiscal.base import FiscalCode, KeyRing, Signature
from receipts.fraud import EvidenceFact

NAME: Final = "at-rksv"
_BEGINNING: Final = re.compile(r"_R\d{1,3}-[A-Z]{2}\d{1,3}_")
_SUITE: Final = re.compile(r"R1-(AT0|[A-Z]{2}[1-9]\d{0,2})")
_SUM: Final = re.compile(r"-?\d{1,10}[,.]\d{2}")
"""With a comma; the ministry's own sample code reads a point as well, so that it is nobody's forgery."""
_RATES: Final = ("normal", "reduced 1", "reduced 2", "zero", "special")
_SIGNED_PARTS: Final = 12
"""Before the signature: suite, register, number, time, five sums, counter, certificate, chaining value."""
_JWS_HEADER: Final = b'{"alg":"ES256"}'
_SIGNATURE_BYTES: Final = 64
_CHAIN_BYTES: Final = 8
_COUNTER_BYTES: Final = range(5, 17)
_TRAINING, _CANCELLED = b"TRA", b"STO"
"""What stands for the counter on a training receipt and on a cancellation."""
_FAILED_DEVICE: Final = b"Sicherheitseinrichtung ausgefallen"
_SERIAL: Final = re.compile(r"-?[0-9A-Fa-f]{1,64}")
_OWN_KEY: Final = re.compile(r"(?:U:ATU\d{8}|S:\d{9}|G:\d{13})(?:-[0-9A-Za-z]{1,40})?")
"""How the signer is named in closed systems (AT0): by VAT number, tax number or GLN, and a key's name."""
_TILL_CHARS: Final = 16
_MAX_NAME: Final = 64
"""Characters of a register or receipt number that are shown."""


class AustrianPack:
    """Codes that begin with ``_R1-AT``."""

    name = NAME
    country = "AT"

    def recognises(self, text: str) -> bool:
        """By the suite that it begins with."""
        return _BEGINNING.match(text.strip()) is not None

    def kept(self, text: str) -> str:
        """All of it: nothing in it names the buyer."""
        return text.strip()

    def parse(self, text: str, keys: KeyRing) -> FiscalCode:
        """The twelve parts and the signature."""
        parts = text.strip().split("_")[1:]
        if len(parts) != _SIGNED_PARTS + 1:
            return _broken(text, f"it has {len(parts)} parts instead of {_SIGNED_PARTS + 1}")
        suite, register, number, moment, *sums = parts[:9]
        counter, serial, after, signature = parts[9:]
        problems: list[str] = []
        if _SUITE.fullmatch(suite) is None:
            problems.append(f"its suite {suite[:_MAX_NAME]} is none that the regulation knows")
        when = _moment(moment, problems)
        minors = [_minor(each, rate, problems) for each, rate in zip(sums, _RATES, strict=True)]
        closed = suite.endswith("-AT0")
        if (_OWN_KEY if closed else _SERIAL).fullmatch(serial) is None:
            problems.append(f"its signer's name {serial[:_MAX_NAME]} has not the form of one")
        chain, counted = _decoded(after), _decoded(counter)
        if chain is None or len(chain) != _CHAIN_BYTES:
            problems.append("its chaining value is not of eight bytes")
            chain = None  # else a long one would be a key that no column holds
        training, cancelled = counted == _TRAINING, counted == _CANCELLED
        if counted is None or not (training or cancelled or len(counted) in _COUNTER_BYTES):
            problems.append("its turnover counter is not of 5 to 16 bytes")
        signed = "_" + "_".join(parts[:_SIGNED_PARTS])
        outcome, jws = _signature(signed, signature, _key_of(serial, keys), problems)
        till = _digest(serial.lower() + "\n" + register)[:_TILL_CHARS]
        return FiscalCode(
            scheme=NAME,
            identity=_digest("\n".join((serial.lower(), register, number))),
            content=_digest(signed),
            day=None if when is None else when.date(),
            time=None if when is None else when.time(),
            total_minor=sum(minors),
            currency="EUR",
            issuer_tax_id=serial[2:].split("-")[0] if closed and serial.startswith("U:") else "",
            register=register[:_MAX_NAME],
            number=number[:_MAX_NAME],
            link=f"{till}:{chaining_value(jws)}" if jws else "",
            after=f"{till}:{base64.b64encode(chain).decode()}" if chain else "",
            signature=outcome,
            problems=tuple(problems),
            not_a_purchase="it is of a training receipt" if training else "",
            facts=(
                EvidenceFact("cash register", register[:_MAX_NAME]),
                EvidenceFact("fiscal receipt number", number[:_MAX_NAME]),
                EvidenceFact("signer", f"{suite[:_MAX_NAME]} {serial[:_MAX_NAME]}"),
                *_rate_facts(sums),
                *((EvidenceFact("cancellation", "yes"),) if cancelled else ()),
            ),
        )


def chaining_value(jws: str) -> str:
    """What the register's next receipt holds of this one (annex Z 4): of a first receipt, of its register."""
    return base64.b64encode(hashlib.sha256(jws.encode()).digest()[:_CHAIN_BYTES]).decode()


def compact_jws(signed: str, signature: bytes) -> str:
    """The code as a JWS in compact form (RFC 7515, 7.1): of that the signature and the chaining are made."""
    return ".".join(
        base64.urlsafe_b64encode(part).decode().rstrip("=")
        for part in (_JWS_HEADER, signed.encode(), signature)
    )


def key_ids(serial: int) -> tuple[str, ...]:
    """How codes may name a certificate: by its serial number in hexadecimal, or as some do in decimal."""
    return (f"{serial:x}", str(serial))


def folded_key_id(name: str) -> str:
    """The signer's name without what tills write differently."""
    return name.strip().lower().removeprefix("-").lstrip("0")


def _signature(signed: str, text: str, pem: str, problems: list[str]) -> tuple[Signature, str]:
    """What became of it, and the code's JWS; empty where there is none."""
    value = _decoded(text)
    if value is None:
        problems.append("its signature is no base64")
        return Signature.NO_KEY, ""
    jws = compact_jws(signed, value)
    if value == _FAILED_DEVICE:
        return Signature.UNSIGNED, jws
    if len(value) != _SIGNATURE_BYTES:
        problems.append(f"its signature is of {len(value)} bytes instead of {_SIGNATURE_BYTES}")
        return Signature.NO_KEY, jws
    if not pem:
        return Signature.NO_KEY, jws
    return (Signature.VALID if _is_signed(jws, pem) else Signature.INVALID), jws


def _is_signed(jws: str, pem: str) -> bool:
    import jwt  # with `cryptography`, which most receipts never need

    try:
        jwt.PyJWS(algorithms=["ES256"]).decode(jws, _public_key(pem), algorithms=["ES256"])
    except jwt.InvalidTokenError:
        return False
    return True


def _public_key(pem: str) -> str:
    if "BEGIN CERTIFICATE" not in pem:
        return pem
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _key_of(serial: str, keys: KeyRing) -> str:
    wanted = folded_key_id(serial)
    return next((key.pem for key in keys if key.scheme == NAME and folded_key_id(key.id) == wanted), "")


def _moment(text: str, problems: list[str]) -> dt.datetime | None:
    """Austrian local time, without zone (annex Z 4)."""
    try:
        return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - the regulation names none
    except ValueError:
        problems.append(f"its time {text[:_MAX_NAME]} is none")
        return None


def _minor(text: str, rate: str, problems: list[str]) -> int:
    if _SUM.fullmatch(text) is None:
        problems.append(f"its sum at the {rate} rate, {text[:_MAX_NAME]}, is no amount")
        return 0
    return int(text.replace(",", "").replace(".", ""))


def _rate_facts(sums: Sequence[str]) -> tuple[EvidenceFact, ...]:
    return tuple(
        EvidenceFact(f"sum at the {rate} rate", each[:_MAX_NAME])
        for each, rate in zip(sums, _RATES, strict=True)
        if each.strip("0,.")
    )


def _decoded(text: str) -> bytes | None:
    """Base64 with or without its filling."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _broken(text: str, problem: str) -> FiscalCode:
    return FiscalCode(NAME, "", _digest(text), None, None, None, "EUR", problems=(problem,))
