"""What a country's fiscal code says, and what a country's file must offer.

A new country is one file that holds a class with these methods, and one entry in `registry.PACKS`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from receipts.fraud import EvidenceFact
from receipts.identity import ReceiptId
from receipts.transcript import Quad


class Signature(Enum):
    """What became of the code's signature."""

    VALID = "valid"
    INVALID = "invalid"
    """The signer's key is known, and these are not the bytes that were signed."""
    NO_KEY = "no key"
    """The signer's key is not known here: it cannot be verified yet, which is no fraud."""
    UNSIGNED = "unsigned"
    """The till says that its signing device had failed, as the law lets it."""
    NONE = "none"
    """The scheme puts no signature into the code."""


class Verdict(Enum):
    """What the fiscal code says of the receipt."""

    VERIFIED = "verified"
    """Signed by a known key, and it says what was read."""
    CONSISTENT = "consistent"
    """Right in form, and it says what was read; its signature cannot be verified here."""
    CONTRADICTED = "contradicted"
    CANNOT_VERIFY_YET = "cannot verify yet"
    """There is a code, and neither a key nor anything read that it could be held against."""
    NONE_FOUND = "none found"


@dataclass(frozen=True, slots=True)
class FiscalCode:
    """A code as it was parsed.

    Attributes:
        scheme: the pack's name.
        identity: names the receipt among all of its scheme: who issued it, on which register, which number.
        content: digest of what the code says; two contents under one identity cannot both be genuine.
        day: of the receipt, by the store's calendar.
        time: None where the scheme has none.
        total_minor: with all taxes; negative where money was paid back. None where no purchase is behind it.
        currency: ISO 4217.
        issuer_tax_id: digits; empty where the code names none.
        register: as the code spells it; empty where there is none.
        number: of the receipt, as the code spells it.
        link: by which the next receipt of the same register refers to this one; empty without chaining.
        after: the link of the one before.
        signature: what became of it.
        problems: sentences on what of its form is wrong.
        not_a_purchase: why this is no purchase at all (a training receipt, a delivery note); else empty.
        facts: what else the reviewer is shown.
    """

    scheme: str
    identity: str
    content: str
    day: dt.date | None
    time: dt.time | None
    total_minor: int | None
    currency: str
    issuer_tax_id: str = ""
    register: str = ""
    number: str = ""
    link: str = ""
    after: str = ""
    signature: Signature = Signature.NONE
    problems: tuple[str, ...] = ()
    not_a_purchase: str = ""
    facts: tuple[EvidenceFact, ...] = ()


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A signer's key.

    Attributes:
        scheme: the pack it is for.
        id: as the codes name it, folded by the pack.
        pem: an X.509 certificate or a public key.
    """

    scheme: str
    id: str
    pem: str


KeyRing = tuple[TrustedKey, ...]


class FiscalPack(Protocol):
    """One country's scheme."""

    name: str
    country: str

    def recognises(self, text: str) -> bool:
        """Whether the text means to be such a code; cheap, and never an exception."""
        ...

    def kept(self, text: str) -> str:
        """The text without what names the buyer."""
        ...

    def parse(self, text: str, keys: KeyRing) -> FiscalCode:
        """All that it says; what is wrong with it goes into `problems`. Never an exception."""
        ...


@dataclass(frozen=True, slots=True)
class KeptCode:
    """A code as it is kept with a receipt.

    Attributes:
        kind: the symbology.
        scheme: the fiscal pack that recognised it; empty for any other code.
        text: of a fiscal code alone, without its buyer: any other may name a person.
        digest: of the whole text.
        host: of a link, for the reviewer; links are never followed.
    """

    kind: str
    scheme: str
    text: str
    digest: str
    host: str = ""
    quad: Quad | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that the code and the receipt as read say differently.

    Attributes:
        weighty: it was read surely enough, or is wrong in the code itself, to hold the receipt.
    """

    name: str
    code_says: str
    read: str
    weighty: bool


@dataclass(frozen=True, slots=True)
class FiscalProof:
    """The verdict on a receipt's fiscal code, with what it rests on."""

    verdict: Verdict
    scheme: str = ""
    identity: str = ""
    signature: Signature = Signature.NONE
    differences: tuple[Difference, ...] = ()
    facts: tuple[EvidenceFact, ...] = ()
    related: tuple[ReceiptId, ...] = ()
    quad: Quad | None = None


NO_FISCAL_CODE = FiscalProof(Verdict.NONE_FOUND)
