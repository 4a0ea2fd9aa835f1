"""One example of each shape that is answered, for the OpenAPI document: one receipt's story throughout.

Kept here and not beside the fields, so that larger examples are made of the smaller ones.
"""

from __future__ import annotations

from typing import Any

_RECEIPT_ID = "rcp_5b0c2f7d1f0b4f0d9d5e0a6a3c1e7f42"
_SUBMISSION_ID = "sub_0d6c2b8e4a7f4c57a1f0c9d3e2b81a65"
_MEMBER_ID = "mem_7a1f0c9d3e2b81a650d6c2b8e4a7f4c5"
_CASE_ID = "rev_2c1e7f425b0c4f0d9d5e0a6a3f7d1f0b"
_SENT_AT = "2026-03-06T09:14:03.512000Z"
_DECIDED_AT = "2026-03-06T09:14:09.120000Z"
_CURSOR = "bjEy"

_TOTAL = {"amount": "15.90", "currency": "USD"}
_PRODUCT = {
    "sku": "SM-OAT-500",
    "name": "Sunny Mill Rolled Oats",
    "brand": "Sunny Mill",
    "size": "500 g",
    "category": "Cereal",
    "gtin": "00012345678905",
}
_BRIEF: dict[str, Any] = {
    "id": _RECEIPT_ID,
    "submission_id": _SUBMISSION_ID,
    "state": "awarded",
    "sentence": "Your points are in your account.",
    "file_name": "IMG_2041.jpg",
    "retailer": "Harbor Foods",
    "purchased_on": "2026-03-05",
    "total": _TOTAL,
    "points": 120,
    "received_at": _SENT_AT,
    "url": f"/v1/receipts/{_RECEIPT_ID}",
}
_HELD = {
    **_BRIEF,
    "state": "held",
    "purchased_on": "2026-01-01",
    "sentence": "A person will look at this receipt. You need not do anything.",
    "points": None,
}
_SUBMISSION = {
    "id": _SUBMISSION_ID,
    "member_id": _MEMBER_ID,
    "channel": "upload",
    "received_at": _SENT_AT,
    "receipts": [_BRIEF],
    "url": f"/v1/submissions/{_SUBMISSION_ID}",
    "events_url": f"/v1/submissions/{_SUBMISSION_ID}/events",
}
_PAID_SENTENCE = "“Oats in spring”: 2 × Sunny Mill Rolled Oats, 60 points each, is 120 points."
_CANDIDATE = {"product": _PRODUCT, "probability": 0.97}
_LINE_ANSWER = {"product": _PRODUCT, "barcode": None, "at": _DECIDED_AT}
_LINE = {
    "position": 0,
    "description": "SM RLD OATS 500G",
    "quantity": "2",
    "amount": {"amount": "6.98", "currency": "USD"},
    "discount": None,
    "code": None,
    "confidence": 0.98,
    "verdict": "accept",
    "product": _PRODUCT,
    "candidates": [_CANDIDATE],
    "member_says": None,
    "matched_by": "The printed words were compared with the catalog.",
    "points": 120,
    "how": [_PAID_SENTENCE],
}
_OUTCOME = {
    "campaign_id": "spring",
    "campaign_version": 1,
    "rule_id": "oats",
    "answer": "paid",
    "points": 120,
    "positions": [0],
    "sentence": _PAID_SENTENCE,
}
_RECEIPT = {
    **_BRIEF,
    "member_id": _MEMBER_ID,
    "channel": "upload",
    "rejection_code": None,
    "reasons": [],
    "would_pay": 0,
    "store": "Pier Street 4",
    "purchased_at": "18:42",
    "receipt_number": "004711",
    "subtotal": {"amount": "14.79", "currency": "USD"},
    "tax": {"amount": "1.11", "currency": "USD"},
    "is_refund": False,
    "balanced": True,
    "lines": [_LINE],
    "outcomes": [_OUTCOME],
    "picture_url": f"/v1/receipts/{_RECEIPT_ID}/picture",
    "updated_at": _DECIDED_AT,
}
_ENTRY = {
    "id": "led_9d5e0a6a3c1e7f425b0c2f7d1f0b4f0d",
    "kind": "award",
    "points": 120,
    "moved": 120,
    "debit": "program",
    "credit": "available",
    "source": _RECEIPT_ID,
    "due_at": None,
    "receipt_id": _RECEIPT_ID,
    "campaign_id": "spring",
    "rule_id": "oats",
    "reverses": None,
    "sentence": _PAID_SENTENCE,
    "created_at": _DECIDED_AT,
}
_REASON = {
    "code": "purchase_date",
    "member_sentence": (
        "We read the date on your receipt as 1 January 2026. Receipts count for 30 days after the purchase,"
        " so one of us will have a look."
    ),
    "reviewer_sentence": (
        "The printed date 2026-01-01 is 64 days before the submission on 2026-03-06; the program takes 30."
    ),
}
_FACT = {"name": "printed date", "value": "2026-01-01"}
_SIGNAL = {
    "check": "purchase_date",
    "finding": "suspect",
    "strength": "strong",
    "sentence": _REASON["reviewer_sentence"],
    "evidence": [_FACT],
    "related_receipts": [],
}
_CASE_BRIEF = {
    "id": _CASE_ID,
    "receipt": _HELD,
    "member_name": "Maya Lopez",
    "status": "open",
    "would_pay": 120,
    "reasons": [_REASON],
    "opened_at": _DECIDED_AT,
    "url": f"/v1/review-cases/{_CASE_ID}",
}
_CHECK = {
    "name": "dkim",
    "outcome": "pass",
    "domain": "harborfoods.example",
    "sentence": "The signature of harborfoods.example holds for the whole attached mail.",
}
_PROOF = {"verdict": "proven", "domain": "harborfoods.example", "checks": [_CHECK]}
SENT_BY = {
    "trust": "vouched",
    "author": "receipts@harborfoods.example",
    "author_name": "Harbor Foods",
    "proof": _PROOF,
}
_CASE = {
    "id": _CASE_ID,
    "status": "open",
    "member_name": "Maya Lopez",
    "receipt": {**_RECEIPT, **_HELD, "reasons": [_REASON["member_sentence"]], "would_pay": 120},
    "sent_by": SENT_BY,
    "would_pay": 120,
    "reasons": [_REASON],
    "signals": [_SIGNAL],
    "note": "",
    "decided_by": "",
    "opened_at": _DECIDED_AT,
    "decided_at": None,
}
_CAMPAIGN = {
    "id": "spring",
    "version": 1,
    "document": {
        "id": "spring",
        "version": 1,
        "name": "Oats in spring",
        "starts_on": "2026-03-01",
        "ends_on": "2026-05-31",
        "rules": [
            {"kind": "product_bonus", "id": "oats", "points": 60, "products": {"skus": ["SM-OAT-500"]}}
        ],
    },
}
_EVENT = {
    "specversion": "1.0",
    "id": "msg_3c1e7f425b0c2f7d1f0b4f0d9d5e0a6a",
    "source": "/programs/sample",
    "type": "receipt.rejected",
    "subject": _MEMBER_ID,
    "time": _DECIDED_AT,
    "datacontenttype": "application/json",
    "dataschema": "/schemas/receipt.rejected.v1.json",
    "partitionkey": _MEMBER_ID,
    "sequence": "00000000000000000007",
    "data": {
        "receipt_id": _RECEIPT_ID,
        "submission_id": _SUBMISSION_ID,
        "channel": "upload",
        "reason": "damaged",
        "sentence": "The file is damaged or cut short. Please take the photo again and send the new one.",
    },
}
_FIELD_ERROR = {
    "location": "query.limit",
    "message": "Input should be greater than or equal to 1",
    "code": "greater_than_equal",
}

EXAMPLES: dict[str, dict[str, Any]] = {
    "Token": {
        "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...",
        "token_type": "bearer",
        "expires_in": 3600,
        "role": "member",
        "program_id": "sample",
        "member_id": _MEMBER_ID,
    },
    "Amount": _TOTAL,
    "ReceiptBrief": _BRIEF,
    "Submission": _SUBMISSION,
    "SubmissionPage": {"items": [_SUBMISSION], "next_cursor": _CURSOR},
    "Product": _PRODUCT,
    "Candidate": _CANDIDATE,
    "Line": _LINE,
    "LineAnswer": _LINE_ANSWER,
    "LineAnswered": {
        "receipt_id": _RECEIPT_ID,
        "position": 0,
        "answer": _LINE_ANSWER,
        "sentence": "Thank you. The person who looks at the receipt will see that it is Rolled Oats.",
    },
    "Outcome": _OUTCOME,
    "Receipt": _RECEIPT,
    "Points": {
        "member_id": _MEMBER_ID,
        "balance": 1240,
        "pending": 60,
        "waiting_receipts": 1,
        "available": 1240,
        "awaiting_release": 130,
        "held": 0,
    },
    "Entry": _ENTRY,
    "LedgerPage": {"member_id": _MEMBER_ID, "balance": 1240, "items": [_ENTRY], "next_cursor": None},
    "Reason": _REASON,
    "Fact": _FACT,
    "Signal": _SIGNAL,
    "CaseBrief": _CASE_BRIEF,
    "CasePage": {"items": [_CASE_BRIEF], "waiting": 1, "next_cursor": None},
    "Check": _CHECK,
    "MailProof": _PROOF,
    "SentBy": SENT_BY,
    "Case": _CASE,
    "Decided": {"case_id": _CASE_ID, "status": "approved", "receipt_state": "awarded", "points": 120},
    "CatalogInForce": {"version": "c3f1a09be2d4", "products": 240, "imported": True},
    "CampaignInForce": _CAMPAIGN,
    "CampaignList": {"items": [_CAMPAIGN]},
    "Messages": {"events": [_EVENT], "next_cursor": _CURSOR, "more": False},
    "Alive": {"status": "ok"},
    "Ready": {"status": "ready", "parts": ["database", "relay", "worker", "store"]},
    "FieldError": _FIELD_ERROR,
    "Problem": {
        "type": "urn:tillpoints:problem:invalid_request",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "The request is not right: query.limit: Input should be greater than or equal to 1",
        "instance": "/v1/submissions",
        "code": "invalid_request",
        "errors": [_FIELD_ERROR],
    },
}
"""By the schema's name in the document."""
