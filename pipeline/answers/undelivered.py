"""Whether an answer that left us never arrived, and why, in plain words."""

from __future__ import annotations

from typing import Final

from receipts.inbound import OutgoingMessage, Via

_TEXTS: Final = {
    "30001": "the provider's queue was full",
    "30002": "the account at the provider is suspended",
    "30003": "the phone is switched off or out of reach",
    "30004": "the number blocks our texts",
    "30005": "the number is not in use any more",
    "30006": "it is a landline, or its carrier takes no texts",
    "30007": "a carrier filtered it as unwanted",
    "30008": "the carrier did not say why",
    "30034": "our number is not registered with the carriers",
    "21610": "the number said STOP to the provider",
    "63016": "WhatsApp's 24 hours for an answer were over",
}
"""By the provider's error codes (Twilio, error dictionary)."""
_MAILS: Final = {
    "1.1": "there is no such mailbox",
    "1.2": "there is no such mail server",
    "1.10": "the address takes no mail",
    "2.1": "the mailbox is closed",
    "2.2": "the mailbox is full",
    "2.3": "the mail was too large for it",
    "4.1": "its mail server did not answer",
    "4.4": "there is no way to its mail server",
    "4.7": "its mail server did not take it in time",
    "7.1": "its mail server does not let us in",
    "7.26": "its mail server does not believe that the mail is ours: see SPF, DKIM and DMARC of your domain",
}
"""By the subject and detail of enhanced status codes (RFC 3463, and the registry that goes on from it)."""
_MAIL_SUBJECTS: Final = {
    "1": "the address is wrong",
    "2": "the mailbox does not take it",
    "3": "its mail server does not take it",
    "4": "its mail server cannot be reached",
    "5": "its mail server does not understand ours",
    "6": "its mail server cannot show such mails",
    "7": "its mail server refused it by its rules",
}
_UNDELIVERED: Final = {"bounced", "undelivered", "failed", "canceled"}
_NO_REASON: Final = "no reason was given"


def why_undelivered(answer: OutgoingMessage) -> str:
    """Why it did not arrive, such as ``there is no such mailbox``; empty where nobody says so."""
    status, _, code = answer.provider_status.partition(" ")
    if status not in _UNDELIVERED:
        return ""
    if answer.via is not Via.EMAIL:
        return _TEXTS.get(code, f"the provider's code is {code}" if code else _NO_REASON)
    detail = code.partition(".")[2]
    return _MAILS.get(detail) or _MAIL_SUBJECTS.get(detail.partition(".")[0], _NO_REASON)
