"""One example of each kind of message, for the documents; the tests hold each against its schema."""

from __future__ import annotations

from typing import Any

from receipts.message import MessageType

_MEMBER = "mem_8c1f0e5b7a3d4c2f9b6a1e0d5c4b3a29"
_RECEIPT = {
    "receipt_id": "rcp_5b0c2f7d1f0b4f0d9d5e0a6a3c1e7f42",
    "submission_id": "sub_0f6a2c9e4b1d4e7f8a3b5c6d7e8f9a01",
    "channel": "upload",
}
_PURCHASE = {
    "retailer": "Harbor Foods",
    "store": "Harbor Foods #112",
    "date": "2027-03-05",
    "time": "18:42:00",
    "receipt_number": "0448-2219",
    "total": {"amount": "23.38", "currency": "USD"},
    "is_refund": False,
}
_ENTRY = "led_3a9f5c7e1b2d4f6a8c0e2b4d6f8a1c3e"
_LINE = {
    "position": 0,
    "description": "KTWL MTN MIX 26Z",
    "sku": "KTW-MTM-26Z",
    "gtin": "00036000291452",
    "product": "Kettlewell Mountain Mix 26 oz",
    "quantity": "1",
    "amount": {"amount": "11.99", "currency": "USD"},
    "points": 110,
    "claim_key": "0",
}
_RULE = {
    "campaign_id": "everyday",
    "campaign_version": 1,
    "rule_id": "ten-a-dollar",
    "answer": "paid",
    "points": 110,
    "positions": [0],
    "sentence": "10 points for each dollar.",
    "ledger_entry_id": _ENTRY,
}
_AWARDED = {
    **_RECEIPT,
    "decided_by": "rules",
    "points": 110,
    "purchase": _PURCHASE,
    "lines": [_LINE],
    "rules": [_RULE],
    "ledger_entry_ids": [_ENTRY],
}
_BALANCE = {"pending": 0, "available": 310, "held": 0}
_LOT = {
    "earned_by": _ENTRY,
    "receipt_id": _RECEIPT["receipt_id"],
    "campaign_id": "everyday",
    "points": 110,
}

_DATA: dict[str, dict[str, Any]] = {
    "points.awarded": _AWARDED,
    "points.pending": {**_AWARDED, "available_from": "2027-03-19T18:50:02Z"},
    "points.granted": {
        "points": 100,
        "sentence": "100 points, with our apology for the long wait.",
        "ledger_entry_ids": ["led_7c2e4a6b8d0f1e3c5a7b9d1f3e5c7a9b"],
        "balance": {"pending": 0, "available": 410, "held": 0},
        "kind": "gift",
        "source": "gft_1d3f5b7c9e0a2c4e6f8b0d2f4a6c8e1d",
        "available_from": None,
    },
    "points.released": {
        "points": 110,
        "sentence": "110 points can be spent now.",
        "ledger_entry_ids": ["led_9e1a3c5d7f0b2d4e6a8c1e3d5f7b9a2c"],
        "balance": _BALANCE,
        "lots": [_LOT],
    },
    "points.reversed": {
        "points": 110,
        "sentence": "110 points were taken back for a return.",
        "ledger_entry_ids": ["led_2b4d6f8a0c1e3d5f7a9b2c4e6d8f0a1b"],
        "balance": {"pending": 0, "available": 200, "held": 0},
        "receipt_id": _RECEIPT["receipt_id"],
        "return_id": "ret_6f8a0c2e4d1b3f5a7c9e1d3b5f7a9c2e",
        "reason": "return",
        "from_pending": 0,
        "from_available": 110,
        "not_taken": 0,
        "taken_after_all": 0,
        "lots": [_LOT],
    },
    "points.expiring": {
        "points": 110,
        "sentence": "110 points expire on 5 March 2028 unless you spend them.",
        "ledger_entry_ids": [],
        "balance": _BALANCE,
        "expires_at": "2028-03-05T18:50:02Z",
    },
    "points.expired": {
        "points": 110,
        "sentence": "110 points have expired.",
        "ledger_entry_ids": ["led_4d6f8a1c3e5b7d9f0a2c4e6b8d1f3a5c"],
        "balance": {"pending": 0, "available": 200, "held": 0},
        "lots": [_LOT],
    },
    "points.redeemed": {
        "points": 200,
        "sentence": "You spent 200 points.",
        "ledger_entry_ids": ["led_8b0d2f4a6c8e1a3c5e7d9f1b3d5a7c9e"],
        "balance": {"pending": 0, "available": 110, "held": 0},
        "redemption_id": "rdm_0a2c4e6b8d1f3a5c7e9b1d3f5a7c9e0b",
        "reference": "till-7/2027-03-06/0031",
    },
    "receipt.accepted": {
        **_RECEIPT,
        "decided_by": "rules",
        "purchase": _PURCHASE,
        "items_told": "all",
        "items": [
            {
                "position": 0,
                "description": "KTWL MTN MIX 26Z",
                "sku": "KTW-MTM-26Z",
                "gtin": "00036000291452",
                "product": "Kettlewell Mountain Mix 26 oz",
                "quantity": "1",
                "unit_price": None,
                "amount": {"amount": "11.99", "currency": "USD"},
            },
            {
                "position": 1,
                "description": "WHL MILK GAL",
                "sku": None,
                "gtin": None,
                "product": None,
                "quantity": "3",
                "unit_price": {"amount": "3.79", "currency": "USD"},
                "amount": {"amount": "11.37", "currency": "USD"},
            },
        ],
    },
    "receipt.held": {
        **_RECEIPT,
        "purchase": _PURCHASE,
        "would_pay": 110,
        "reasons": [{"code": "total_unclear", "sentence": "The total could not be read for certain."}],
    },
    "receipt.declined": {
        **_RECEIPT,
        "decided_by": "rules",
        "purchase": _PURCHASE,
        "reason": "nothing_earned",
        "sentence": "None of our products is on this receipt.",
        "rules": [],
    },
    "receipt.rejected": {
        **_RECEIPT,
        "reason": "blurred",
        "sentence": "The picture is too blurred to be read. Please take it again in good light.",
    },
    "member.tier_changed": {
        "tier": "gold",
        "before": "silver",
        "since": "2027-03-05",
        "count": "points",
        "total": 5110,
        "status_version": 1,
        "sentence": "Your tier is gold now.",
    },
    "member.badge_earned": {
        "badge": "explorer",
        "since": "2027-03-05",
        "count": "purchases",
        "total": 10,
        "status_version": 1,
        "sentence": "You have earned the badge explorer.",
    },
}


def message_example(kind: MessageType, *, sequence: int = 1) -> dict[str, Any]:
    """A whole event of this kind."""
    return {
        "specversion": "1.0",
        "id": "msg_6d8f0a2c4e6b8d1f3a5c7e9b1d3f5a7c",
        "source": "/programs/sunny",
        "type": kind.value,
        "subject": _MEMBER,
        "time": "2027-03-05T18:50:02.131337Z",
        "datacontenttype": "application/json",
        "dataschema": f"/schemas/{kind.value}.v1.json",
        "partitionkey": _MEMBER,
        "sequence": f"{sequence:020d}",
        "data": _DATA[kind.value],
    }
