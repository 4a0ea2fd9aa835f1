"""What a receipt came by, as keyed hashes: enough to count with, and nothing to look a person up by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class TraceKind(Enum):
    """What was hashed. Each kind has hashes of its own: equal values of two kinds do not look equal."""

    DEVICE = "device"
    """The first-party cookie of the member pages, or the `Device-Id` that a program's app sent."""
    ADDRESS = "address"
    """The public internet address that an upload came from."""
    NETWORK = "network"
    """Its network: the first 24 bits of an IPv4 address, the first 48 of an IPv6 one."""
    SENDER = "sender"
    """The mail address or number that a mail or text came from."""
    CARD = "card"
    """Scheme and last four of the payment card, as the receipt prints them."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One keyed hash.

    Attributes:
        key: 32 hexadecimal digits of an HMAC-SHA-256; without the program's key nobody can make it.
    """

    kind: TraceKind
    key: str
