"""What kind a mail's part is: a wrapping that we do not undo, an attached mail, a file of its own."""

from __future__ import annotations

import re
from typing import Final

from ingest.email.mime import Entity
from ingest.sniff import Unsupported
from receipts.errors import RejectionReason
from receipts.image import MediaType

_TNEF_MAGIC: Final = b"\x78\x9f\x3e\x22"
_TNEF_SAID: Final = "winmail.dat: the sender's Outlook wrapped the mail in its own format (TNEF)"
_TNEF_TYPES: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_SMIME_TYPES: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
SIGNATURES: Final = frozenset(
    {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
    | {"application/pgp-keys", "text/x-amp-html"}
)
"""Parts that hold nothing for people who read the mail."""
_ABOUT_MAILS: Final = frozenset(
    {"message/delivery-status", "message/disposition-notification", "message/external-body"}
    | {"message/partial", "message/global-delivery-status", "text/rfc822-headers"}
)
_MAIL_TYPES: Final = frozenset({"message/rfc822", "message/global"})
_UNKNOWN: Final = RejectionReason.UNSUPPORTED_TYPE
HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
BODY_TYPES: Final = frozenset({"text/plain", *HTML_TYPES})
_CUT_OFF: Final = re.compile(r"(?:ATT\d+\.(?:txt|html?))?", re.IGNORECASE)
"""What Exchange calls the rest of a text behind an attachment; and parts without a name."""
OF_NO_KIND: Final = "of no kind we know"
_CARDS: Final = frozenset(
    {"text/calendar", "text/vcard", "text/x-vcard", "text/directory", "text/css", "application/ics"}
)
"""Dates and business cards that programs add by themselves: nobody misses a receipt in them."""


def refusal(leaf: Entity, content: bytes) -> Unsupported | None:
    """Wrappings that we do not undo, each said clearly."""
    declared, name = leaf.content_type, leaf.file_name.lower()
    if declared in _TNEF_TYPES or content.startswith(_TNEF_MAGIC):
        return Unsupported(RejectionReason.OUTLOOK_WRAPPER, _TNEF_SAID)
    if declared == "multipart/encrypted":
        return Unsupported(RejectionReason.ENCRYPTED, "a mail encrypted with PGP")
    if declared in _SMIME_TYPES or name in ("smime.p7m", "smime.p7"):
        if leaf.parameter("smime-type").lower() in ("signed-data", "certs-only"):
            return Unsupported(_UNKNOWN, "an S/MIME mail whose text lies within its signature")
        return Unsupported(RejectionReason.ENCRYPTED, "a mail encrypted with S/MIME")
    if declared in _ABOUT_MAILS:
        return Unsupported(_UNKNOWN, "a server's notice about another mail")
    return None


def is_inline(leaf: Entity) -> bool:
    """Whether it is shown within the text."""
    return leaf.disposition != "attachment" and (leaf.disposition == "inline" or bool(leaf.raw("content-id")))


def is_mail(leaf: Entity, kind: MediaType | Unsupported) -> bool:
    """A body that starts like a mail is a forward, not an attached mail."""
    if leaf.content_type in _MAIL_TYPES:
        return not isinstance(kind, Unsupported) or kind.what == OF_NO_KIND
    return kind is MediaType.EMAIL and (leaf.disposition == "attachment" or bool(leaf.file_name))


def is_missed_if_empty(leaf: Entity) -> bool:
    """Whether its sender took it for a file with something in it; not so a text that Exchange cut off."""
    return is_file(leaf) and _CUT_OFF.fullmatch(leaf.file_name) is None


def is_file(leaf: Entity) -> bool:
    """Whether its sender may miss it where it is left out: attached, or named and not within the text."""
    declared, shown = leaf.content_type, bool(leaf.raw("content-id"))
    if declared in _CARDS or declared in _ABOUT_MAILS:
        return False
    if leaf.disposition == "attachment":  # some programs give every attachment a Content-ID
        return not (shown and declared.startswith("image/"))
    return bool(leaf.file_name) and not shown
