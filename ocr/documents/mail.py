"""Mail to its parts: the body as shown, and what is attached, each by its content."""

from __future__ import annotations

import email
import email.errors
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final

from receipts.errors import Rejection, RejectionReason
from receipts.image import IMAGE_TYPES, MediaType

MAX_PARTS: Final = 60
MIN_ATTACHED_BYTES: Final = 4096
"""Smaller pictures are logos, lines and counting pixels."""
_MAGIC: Final = (
    (b"%PDF-", MediaType.PDF),
    (b"\xff\xd8\xff", MediaType.JPEG),
    (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
    (b"II*\x00", MediaType.TIFF),
    (b"MM\x00*", MediaType.TIFF),
)
HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})


@dataclass(frozen=True, slots=True)
class MailPart:
    """Bytes with what they are."""

    data: bytes
    media_type: MediaType


@dataclass(frozen=True, slots=True)
class MailParts:
    """What a mail holds.

    Attributes:
        bodies: ways to show the body, the richest first; one of them is enough.
        documents: attached files with text of their own, attached mails among them.
        pictures: attached or shown in the body.
        sender: the name shown as the sender's; anyone can claim it.
    """

    bodies: tuple[MailPart, ...]
    documents: tuple[MailPart, ...]
    pictures: tuple[MailPart, ...]
    sender: str


def mail_parts(data: bytes) -> MailParts | Rejection:
    """The parts; a mail that is no mail is rejected."""
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
    except (email.errors.MessageError, ValueError, LookupError, RecursionError):
        return Rejection(RejectionReason.DAMAGED, "the mail does not parse")
    html: list[MailPart] = []
    plain: list[MailPart] = []
    attached: list[MailPart] = []
    for number, part in enumerate(_walk(message)):
        if number >= MAX_PARTS:
            break
        if part.get_content_type() == "message/rfc822":
            attached += [MailPart(_message_bytes(part), MediaType.EMAIL)]
            continue
        content = _content(part)
        sniffed = sniff(content)
        is_file = part.get_content_disposition() == "attachment"
        if sniffed is not None:
            if len(content) >= MIN_ATTACHED_BYTES or sniffed is MediaType.PDF:
                attached.append(MailPart(content, sniffed))
        elif part.get_content_type() == "text/html":
            (attached if is_file else html).append(MailPart(_utf8(part, content), MediaType.HTML))
        elif part.get_content_maintype() == "text":
            kind = (
                MediaType.HTML
                if content.lstrip()[:200].lower().startswith((b"<!doctype", b"<html"))
                else MediaType.TEXT
            )
            (attached if is_file else plain).append(MailPart(_utf8(part, content), kind))
    bodies = tuple(part for part in (*html, *plain) if part.data.strip())
    if not bodies and not attached:
        return Rejection(RejectionReason.NO_TEXT, "the mail has neither text nor attachments")
    attached = [part for part in attached if part.data.strip()]
    return MailParts(
        bodies=bodies,
        documents=tuple(part for part in attached if part.media_type not in IMAGE_TYPES),
        pictures=tuple(part for part in attached if part.media_type in IMAGE_TYPES),
        sender=_sender(message),
    )


def _sender(message: EmailMessage) -> str:
    """The display name as claimed: used only where the page names nobody."""
    try:
        header = message["from"]
        addresses = header.addresses if header is not None else ()
    except (ValueError, IndexError, AttributeError, LookupError):
        return ""
    return str(addresses[0].display_name).strip() if addresses else ""


def sniff(content: bytes) -> MediaType | None:
    """PDF or picture by its first bytes; None for anything else."""
    for magic, media_type in _MAGIC:
        if content.startswith(magic):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return MediaType.WEBP
    if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
        return MediaType.HEIC
    return None


def _walk(message: EmailMessage) -> list[EmailMessage]:
    """Leaves from top to bottom; attached mails count as leaves."""
    leaves: list[EmailMessage] = []
    stack = [message]
    while stack and len(leaves) <= MAX_PARTS:
        part = stack.pop()
        payload = part.get_payload()
        if part.is_multipart() and part.get_content_type() != "message/rfc822" and isinstance(payload, list):
            stack += [child for child in reversed(payload) if isinstance(child, EmailMessage)]
        else:
            leaves.append(part)
    return leaves


def _content(part: EmailMessage) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        return b""
    return payload if isinstance(payload, bytes) else b""


def _message_bytes(part: EmailMessage) -> bytes:
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    try:
        return inner.as_bytes() if isinstance(inner, EmailMessage) else _content(part)
    except (ValueError, LookupError, UnicodeError, email.errors.MessageError):
        return b""


def _utf8(part: EmailMessage, content: bytes) -> bytes:
    """The text in UTF-8, from the charset its header names; unknown ones are left to be guessed."""
    charset = part.get_content_charset()
    if not charset:
        return content
    try:
        return content.decode(charset, errors="replace").encode("utf-8", errors="replace")
    except LookupError:
        return content
