"""A mail server's report about a mail of ours: which answer it is about, and what became of it (RFC 3464)."""

from __future__ import annotations

import email.parser
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final

from ingest.email.envelope import ANSWER_HEADER, is_auto_replied

MOST_BYTES: Final = 1_000_000
"""Of a report that are looked at; the mail that it returns stands below what it says itself."""
_MOST_PARTS: Final = 50
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_MESSAGE_ID: Final = re.compile(r"<([^<>@\s]{1,100})@[^<>\s]{1,253}>")
_REASON_CHARS: Final = 200
_DELIVERY_STATUS: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_OTHER_REPORTS: Final = frozenset(
    {
        "message/disposition-notification",
        "message/global-disposition-notification",
        "message/feedback-report",
    }
)
"""That a mail was read, or was called spam: both after it was delivered."""
_RETURNED_WHOLE: Final = frozenset({"message/rfc822", "message/global"})
_RETURNED_HEADERS: Final = frozenset({"text/rfc822-headers", "message/global-headers"})


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a report says.

    Attributes:
        answers: ids by which the mails in question name themselves; those of our answers are among them.
        failed: it was given up, rather than delayed or delivered.
        status: as ``5.1.1``; empty where the report has none.
        reason: the other server's words, in one line.
    """

    answers: tuple[str, ...]
    failed: bool
    status: str
    reason: str


def read_bounce(raw: bytes) -> Bounce:
    """What the report says; of any bytes, as far as they say anything.

    An absence note and a read receipt, which may look like a bounce from outside, are about no mail of ours.
    """
    message = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(raw[:MOST_BYTES])
    parts = tuple(_parts(message))
    kinds = {part.get_content_type() for part in parts}
    told = not kinds.isdisjoint(_DELIVERY_STATUS)
    if not told and (is_auto_replied(message) or not kinds.isdisjoint(_OTHER_REPORTS)):
        return Bounce((), failed=False, status="", reason="")
    ids, action, status, reason = dict[str, None](), "", "", ""
    for part in parts:
        ids |= dict.fromkeys(_returned_ids(part))
        action = action or _field(part, "action").lower()
        found = _STATUS.search(_field(part, "status"))
        status = status or (found[0] if found else "")
        reason = reason or _field(part, "diagnostic-code")
    if told:  # what else answers a mail of ours may be anything
        for name in ("in-reply-to", "references"):
            ids |= dict.fromkeys(_MESSAGE_ID.findall(_field(message, name)))
    # Servers that write no report proper say in words that they gave up.
    failed = action == "failed" or status.startswith("5") or not action
    return Bounce(tuple(ids), failed, status, " ".join(reason.split())[:_REASON_CHARS])


def _returned_ids(part: Message) -> list[str]:
    """The ids of the mail of ours that this part returns, if it does."""
    kind = part.get_content_type()
    if kind in _RETURNED_HEADERS:
        text = part.get_payload(decode=True)
        returned = text if isinstance(text, bytes) else b""
        return _ids_of(email.parser.BytesHeaderParser().parsebytes(returned))
    inner = part.get_payload()
    if kind in _RETURNED_WHOLE and isinstance(inner, list) and inner and isinstance(inner[0], Message):
        return _ids_of(inner[0])
    return []


def _parts(message: Message) -> Iterator[Message]:
    for number, part in enumerate(message.walk()):
        if number >= _MOST_PARTS:
            return
        yield part


def _ids_of(part: Message) -> list[str]:
    """How a mail of ours names itself, and no more than that: what it answers is another's."""
    own = _field(part, ANSWER_HEADER).strip()
    return [*([own] if own else []), *_MESSAGE_ID.findall(_field(part, "message-id"))]


def _field(part: Message, name: str) -> str:
    return str(part.get(name, ""))[:2_000]
