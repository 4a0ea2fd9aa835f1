"""The outside of a mail: who sent it, to which addresses, and whether a machine wrote it.

Only headers are looked at, and all of them are claims: what can be relied on is for `proof` to say.
"""

from __future__ import annotations

import email.parser
import email.utils
import re
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import Message
from enum import Enum

from ingest.plain import one_line

HEAD_BYTES = 256_000
"""Headers beyond this are not looked at; the longest real ones, with many ARC sets, have about 60 kB."""
ANSWER_HEADER = "X-Tillpoints-Answer"
"""On every mail that we send, so that one which comes back is known."""
MAX_RECIPIENTS = 50
_ADDRESS_CHARS = 320
_SUBJECT_CHARS = 500
_REFERENCES_CHARS = 2_000

_RECIPIENT_HEADERS = (
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-forwarded-to",
    "to",
    "cc",
    "resent-to",
)
_BOUNCERS = ("mailer-daemon@", "postmaster@")
_BULK = frozenset({"bulk", "list", "junk"})
_AUTO_HEADERS = ("x-autoreply", "x-autorespond", "x-auto-reply")
_PLAIN_ADDRESS = re.compile(
    r"[^@\s<>\"(),;:\\\[\]\x00-\x1f\x7f-\x9f]+@[^@\s<>\"(),;:\\\[\]\x00-\x1f\x7f-\x9f]+"
)
_COMMENT = re.compile(r"\([^()]*\)")
_FIELD_CHARS = 8_000
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,400}>")


class Automatic(Enum):
    """What kind of machine wrote a mail."""

    OURS = "ours"
    """We did: it came back."""
    BOUNCE = "bounce"
    """A mail server's report that a mail could not be delivered."""
    NO_RETURN_PATH = "no_return_path"
    """It says that nobody is to be answered: a bounce in words, an absence note, a shop's order."""
    REPLY = "auto_reply"
    """An absence note, a read receipt, or another answer that no person wrote."""
    BULK = "bulk"
    """A list, a newsletter, or a shop's own mail: it may hold a receipt, but its sender is never answered."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A mail's outside.

    Attributes:
        sender: of the From line, lower case; empty where there is none, or more than one.
        recipients: every address it claims to be for, lower case.
        message_id: with its angle brackets; empty where there is none.
        references: message ids of the thread it is in.
        automatic: None where a person seems to have sent it.
    """

    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    references: str
    automatic: Automatic | None


def read_envelope(raw: bytes) -> Envelope:
    """The outside of any bytes; what is missing or broken is empty."""
    message = email.parser.BytesHeaderParser().parsebytes(_head(raw))
    senders = _addresses(message, "from")
    sender_name, sender = senders[0] if len({address for _, address in senders}) == 1 else ("", "")
    recipients = [address for header in _RECIPIENT_HEADERS for _, address in _addresses(message, header)]
    return Envelope(
        sender=sender,
        sender_name=sender_name,
        recipients=tuple(dict.fromkeys(recipients))[:MAX_RECIPIENTS],
        subject=_text(message, "subject")[:_SUBJECT_CHARS],
        message_id=next(iter(_MESSAGE_ID.findall(_raw(message, "message-id"))), ""),
        references=" ".join(_MESSAGE_ID.findall(_raw(message, "references")))[-_REFERENCES_CHARS:],
        automatic=_automatic(message, sender),
    )


def secret_tokens(envelope: Envelope, address: str) -> tuple[str, ...]:
    """What stands behind the plus sign of our `address` among the recipients, lower case."""
    local, _, domain = address.partition("@")
    found = (
        token
        for recipient in envelope.recipients
        for head, _, host in (recipient.partition("@"),)
        for name, plus, token in (head.partition("+"),)
        if plus and name == local and host == domain and token
    )
    return tuple(dict.fromkeys(found))


def _automatic(message: Message, sender: str) -> Automatic | None:
    if _raw(message, ANSWER_HEADER):
        return Automatic.OURS
    is_report = message.get_content_type() == "multipart/report"
    if is_report and str(message.get_param("report-type")).lower() == "disposition-notification":
        return Automatic.REPLY
    # Mail servers call their reports auto-replied too, so those come first; absence notes have a null return
    # path as bounces have, so that comes last.
    if is_report or sender.startswith(_BOUNCERS):
        return Automatic.BOUNCE
    if is_auto_replied(message):
        return Automatic.REPLY
    if _raw(message, "return-path") == "<>":
        return Automatic.NO_RETURN_PATH
    submitted = _submitted(message)
    listed = _raw(message, "list-id") or _raw(message, "list-unsubscribe")
    machine = bool(submitted) and not submitted.startswith("no")
    if listed or machine or _COMMENT.sub(" ", _raw(message, "precedence").lower()).strip() in _BULK:
        return Automatic.BULK
    local = sender.partition("@")[0]
    if re.fullmatch(r"(?:no|do[-_.]?not)[-_.]?reply\b.*", local):
        return Automatic.BULK
    return None


def is_auto_replied(message: Message) -> bool:
    """Whether it says of itself that a machine wrote it as an answer."""
    return _submitted(message).startswith("auto-replied") or any(
        _raw(message, header) for header in _AUTO_HEADERS
    )


def _submitted(message: Message) -> str:
    # RFC 3834 allows comments anywhere in it.
    return _COMMENT.sub(" ", _raw(message, "auto-submitted").lower()).strip()


def _head(raw: bytes) -> bytes:
    for blank in (b"\r\n\r\n", b"\n\n"):
        end = raw.find(blank, 0, HEAD_BYTES)
        if end >= 0:
            raw = raw[: end + len(blank)]
    return raw[:HEAD_BYTES]


def _raw(message: Message, name: str) -> str:
    value = message.get(name)
    return "" if value is None else one_line(str(value)[:_FIELD_CHARS]).strip()


def _text(message: Message, name: str) -> str:
    return _decoded(_raw(message, name))


def _addresses(message: Message, name: str) -> list[tuple[str, str]]:
    values = [str(value)[:_FIELD_CHARS] for value in message.get_all(name, [])]
    try:
        pairs = email.utils.getaddresses(values[:MAX_RECIPIENTS])
    except (ValueError, IndexError, TypeError, RecursionError):
        return []
    return [
        (_decoded(shown), address.lower())
        for shown, address in pairs[:MAX_RECIPIENTS]
        if len(address) <= _ADDRESS_CHARS and _PLAIN_ADDRESS.fullmatch(address)
    ]


def _decoded(shown: str) -> str:
    try:
        return one_line(str(make_header(decode_header(shown))))
    except (ValueError, LookupError, UnicodeError):
        return one_line(shown)
