"""Mails of a shop, signed with keys made here, and the question put to them."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from ingest.email.proof import ProofTrust, prove
from ingest.email.resolver import FixedResolver, Resolver
from receipts.errors import TransientError
from receipts.proof import MailProof
from tests.support.signing import ed25519_key, records, rsa_key

SHOP = rsa_key("shop.example")
SHOP_ED = ed25519_key("shop.example")
SHOP_MAILER = rsa_key("mail.shop.example")
SENDING_SERVICE = rsa_key("bulk-mailer.example")
RELAY = rsa_key("relay.example")
STRANGER = rsa_key("stranger.example")
MEMBER = rsa_key("mail.example")
KEYS = (SHOP, SHOP_ED, SHOP_MAILER, SENDING_SERVICE, RELAY, STRANGER, MEMBER)
DNS = records(*KEYS)
RECEIVED = datetime(2026, 3, 3, 14, 6, tzinfo=UTC)


class SilentResolver:
    """A DNS that answers nothing, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def txt(self, name: str) -> tuple[bytes, ...]:
        self.asked.append(name)
        raise TransientError("no answer")


class CountingResolver(FixedResolver):
    """The usual records, counted."""

    def __init__(self, records: dict[str, str] | None = None) -> None:
        super().__init__(DNS if records is None else records)
        self.asked: list[str] = []

    def txt(self, name: str) -> tuple[bytes, ...]:
        self.asked.append(name)
        return super().txt(name)


def judged(
    mail: bytes,
    *,
    original: bytes | None = None,
    author: str = "orders@shop.example",
    kind_inline: bool = False,
    resolver: Resolver | None = None,
    sealers: tuple[str, ...] = (),
    servers: tuple[str, ...] = (),
    received_at: datetime | None = RECEIVED,
) -> MailProof:
    return prove(
        outer=mail,
        original=original,
        author=author,
        kind_inline=kind_inline,
        resolver=resolver or FixedResolver(DNS),
        trust=ProofTrust(frozenset(sealers), frozenset(servers)),
        received_at=received_at,
    )


def said(proof: MailProof) -> str:
    return " ".join(check.sentence for check in proof.checks)


@pytest.fixture(scope="session")
def given() -> SimpleNamespace:
    """Everything above, by name."""
    return SimpleNamespace(**{name: value for name, value in globals().items() if not name.startswith("_")})
