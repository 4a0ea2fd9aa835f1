"""Examples of the shapes of mails, texts and linked addresses, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from api.examples import SENT_BY

_INBOUND_ID = "inb_9d3e2b81a650d6c2b8e4a7f4c57a1f0c"
_MEMBER_ID = "mem_7a1f0c9d3e2b81a650d6c2b8e4a7f4c5"
_RECEIVED_AT = "2026-03-06T09:14:03.512000Z"
_SENT_AT = "2026-03-06T09:14:09.120000Z"

_LINKED = {"kind": "email", "address": "maya@example.com"}
_ANSWER = {
    "id": "out_1c7e425b0c2f7d1f0b4f0d9d5e0a6a3f",
    "kind": "result",
    "recipient": "maya@example.com",
    "state": "sent",
    "reason": "",
    "subject": "Re: Fwd: Your order at Harbor Foods",
    "text": "120 points for Harbor Foods, 5 March 2026, $15.90.",
    "provider_status": "",
    "undelivered": "",
    "report_id": None,
    "created_at": _SENT_AT,
    "sent_at": _SENT_AT,
}
_INBOUND: dict[str, Any] = {
    "id": _INBOUND_ID,
    "via": "email",
    "received_at": _RECEIVED_AT,
    "sent_at": None,
    "mailbox": "receipts@sunnymill.example",
    "sender": "maya@example.com",
    "recipient": "receipts@sunnymill.example",
    "subject": "Fwd: Your order at Harbor Foods",
    "size_bytes": 48_213,
    "whole": True,
    "state": "taken",
    "reason": "vouched",
    "sentence": "It came from a linked address, for which the sending domain vouches.",
    "member_id": _MEMBER_ID,
    "submission_id": "sub_0d6c2b8e4a7f4c57a1f0c9d3e2b81a65",
    "sent_by": SENT_BY,
    "attempts": 1,
    "may_retry": False,
    "answers": [_ANSWER],
    "updated_at": _SENT_AT,
    "url": f"/v1/inbound-messages/{_INBOUND_ID}",
}

CHANNEL_EXAMPLES: dict[str, dict[str, Any]] = {
    "LinkedAddress": _LINKED,
    "MemberAddresses": {
        "member_id": _MEMBER_ID,
        "items": [_LINKED, {"kind": "phone", "address": "+12025550123"}],
        "secret_address": "receipts+k7mwq2nvh4tzr8xb@sunnymill.example",
        "mail_address": "receipts@sunnymill.example",
        "numbers": ["+12125550110"],
        "taken_up": 0,
    },
    "AnswerSent": _ANSWER,
    "InboundMessage": _INBOUND,
    "InboundPage": {"items": [_INBOUND], "next_cursor": None},
}
"""By the schema's name in the document."""
