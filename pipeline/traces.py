"""Where a receipt came from, hashed with a key of the program before anything of it is stored."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass

from awarding.fraud.card import card_printed
from ocr.document import Reading
from pipeline.wiring import Wiring
from receipts.errors import Rejection
from receipts.identity import ProgramId
from receipts.proof import SenderTrust, SentBy
from receipts.traces import Trace, TraceKind

_KEY_DIGITS = 32
_NETWORK_BITS = {4: 24, 6: 48}
"""What a household or an office is given: an IPv6 customer has a whole /48 or /56 of addresses."""
_OWN_SENDERS = frozenset({SenderTrust.VOUCHED, SenderTrust.CARRIER, SenderTrust.CLAIMED})
"""To a member's secret address the shop itself may write, whose mails all members get."""


@dataclass(frozen=True, slots=True)
class Client:
    """From where an upload was sent, as far as it can be known honestly; empty where it cannot.

    Attributes:
        device: the first-party cookie of the member pages, or what the program's app calls the device.
        address: the internet address, of members that we talk to ourselves; never that of a program's server.
    """

    device: str = ""
    address: str = ""


NOWHERE = Client()


def client_traces(wiring: Wiring, program_id: ProgramId, client: Client) -> tuple[Trace, ...]:
    """Device, address and network, as far as they are known."""
    values: list[tuple[TraceKind, str]] = []
    if client.device:
        values.append((TraceKind.DEVICE, client.device))
    try:
        address = ipaddress.ip_address(client.address)
    except ValueError:
        address = None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address is not None and address.is_global:  # of a private network everybody shares a proxy's address
        network = ipaddress.ip_network((address, _NETWORK_BITS[address.version]), strict=False)
        values += [(TraceKind.ADDRESS, str(address)), (TraceKind.NETWORK, str(network))]
    return tuple(_trace(wiring, program_id, kind, value) for kind, value in values)


def sender_traces(
    wiring: Wiring, program_id: ProgramId, sender: str, sent_by: SentBy | None
) -> tuple[Trace, ...]:
    """The address or number that a member linked and wrote from."""
    if not sender or sent_by is None or sent_by.trust not in _OWN_SENDERS:
        return ()
    return (_trace(wiring, program_id, TraceKind.SENDER, sender.strip().lower()),)


def card_traces(wiring: Wiring, program_id: ProgramId, outcome: Reading | Rejection) -> tuple[Trace, ...]:
    """The payment card that the receipt prints."""
    card = "" if isinstance(outcome, Rejection) else card_printed(outcome.transcript)
    return (_trace(wiring, program_id, TraceKind.CARD, card),) if card else ()


def _trace(wiring: Wiring, program_id: ProgramId, kind: TraceKind, value: str) -> Trace:
    own = hmac.digest(wiring.secret_key.encode(), f"traces of {program_id}".encode(), hashlib.sha256)
    digest = hmac.new(own, f"{kind.value}\0{value}".encode(), hashlib.sha256)
    return Trace(kind, digest.hexdigest()[:_KEY_DIGITS])
