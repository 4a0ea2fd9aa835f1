"""Whether a mail's sender may be the shop: else its name is a member's, and no shop's."""

from __future__ import annotations

import re
from typing import Final

from ingest.email.unwrap import ForwardKind, Unwrapped

_MAILBOX: Final = re.compile(
    r"no-?_?reply|do-?not-?reply|(?:auto-?)?confirm|orders?|receipts?|invoices?|billing|service|support|info|sales"
    r"|shop|store|notifications?|news(?:letter)?|hello|contact|customer|kundenservice|rechnung|bestellung"
    r"|kvitto|kvittering|kassa|payments?|tickets?|booking|bookings|mail|mailer|updates?|accounts?"
)
"""Words of mailboxes that are no person's."""
_PARTS: Final = re.compile(r"[^\W_]+")
FEWEST_LETTERS: Final = 3
"""Of a word by which a name and a domain are told to be the same."""


def shop_hint(mail: Unwrapped) -> str:
    """The sender's name where it may name the shop; empty where a member wrote the mail.

    What was passed on is somebody else's. Of a mail that came as it is, a member may be the author, or a
    shop's that a filter forwards: a shop's writes from a mailbox such as ``orders@``, or from a domain
    that bears its name.
    """
    if mail.kind is not ForwardKind.NONE:
        return mail.sender_name
    local, _, domain = mail.sender_address.lower().partition("@")
    names = [word for word in _PARTS.findall(mail.sender_name.lower()) if len(word) >= FEWEST_LETTERS]
    boxes = _PARTS.findall(local)
    if any(_MAILBOX.fullmatch(box) for box in (local, *boxes)):
        return mail.sender_name
    is_person = any(name in boxes for name in names)
    is_domains = any(name in domain.rpartition(".")[0] for name in names)
    return mail.sender_name if is_domains and not is_person else ""
