"""What the core loyalty service receives, checked against the published schemas."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

from awarding.declines import declined_by_reviewer
from awarding.post import (
    accepted_data,
    awarded_data,
    claims,
    declined_data,
    held_data,
    ledger_entries,
    rejected_data,
)
from receipts.award import Award
from receipts.errors import Rejection, RejectionReason
from receipts.fraud import Finding, FraudSignal, Risk, Screening, Strength
from receipts.identity import MemberId, MessageId, ProgramId, ReceiptId, SubmissionId
from receipts.ledger import EntryKind, LedgerEntry
from receipts.message import Message, MessageType
from receipts.program import PurchaseData
from receipts.receipt import Retailer
from receipts.submission import Channel

MESSAGES = Path(__file__).parents[3] / "docs" / "messages"
NOW = datetime(2026, 3, 6, 9, 31, tzinfo=UTC)
WHOSE = {"program_id": ProgramId("prg_oats"), "member_id": MemberId("mem_ann")}
CAME = {
    "receipt_id": ReceiptId("rcp_1"),
    "submission_id": SubmissionId("sub_1"),
    "channel": Channel.EMAIL,
}


def published(kind: MessageType, data: dict[str, object]) -> dict[str, Any]:
    """The event as sent, after the published schema has passed it."""
    event = Message(MessageId("msg_1"), *WHOSE.values(), kind, 42, NOW, data).cloud_event()
    schema = json.loads((MESSAGES / f"{kind.value}.v1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(json.dumps(event)))
    return event


def awarded(make: SimpleNamespace) -> tuple[Award, tuple[LedgerEntry, ...], dict[str, object]]:
    read = make.receipt()
    award = make.decided(read, campaigns=(make.campaign(make.per_dollar(), make.bonus()),))
    entries = ledger_entries(award, **WHOSE, receipt_id=CAME["receipt_id"], created_at=NOW)
    data = awarded_data(
        **CAME, receipt=read, products=make.PRODUCTS, award=award, entries=entries, approved=False
    )
    return award, entries, data


def test_points_awarded_tells_purchase_lines_rules_and_entries(make: SimpleNamespace) -> None:
    _, entries, data = awarded(make)
    event = published(MessageType.POINTS_AWARDED, data)
    assert event["data"] == {
        "receipt_id": "rcp_1",
        "submission_id": "sub_1",
        "channel": "email",
        "decided_by": "rules",
        "points": 130,
        "purchase": {
            "retailer": "Corner Market Inc.",
            "store": "Store 12",
            "date": "2026-03-05",
            "time": "14:05:00",
            "receipt_number": "TC 4471-0093",
            "total": {"amount": "11.09", "currency": "USD"},
            "is_refund": False,
        },
        "lines": [
            {
                "position": 0,
                "description": "MORN OATS 500G",
                "sku": "OAT-1",
                "gtin": "00012345678905",
                "product": "Morning Oats 500 g",
                "quantity": "1",
                "amount": {"amount": "3.99", "currency": "USD"},
                "points": 87,
                "claim_key": "OAT-1#1",
            },
            {
                "position": 2,
                "description": "HNY BARS",
                "sku": "BAR-6",
                "gtin": None,
                "product": "Honey Bars 6 x 30 g",
                "quantity": "1",
                "amount": {"amount": "4.60", "currency": "USD"},
                "points": 43,
                "claim_key": "BAR-6#1",
            },
        ],
        "rules": [
            {
                "campaign_id": "spring",
                "campaign_version": 1,
                "rule_id": "per-dollar",
                "answer": "paid",
                "points": 80,
                "positions": [0, 2],
                "sentence": (
                    "“Spring”: 8.59 USD on our products, 10 points for each full 1.00 USD, is 80 points."
                ),
                "ledger_entry_id": entries[0].id,
            },
            {
                "campaign_id": "spring",
                "campaign_version": 1,
                "rule_id": "oats-bonus",
                "answer": "paid",
                "points": 50,
                "positions": [0],
                "sentence": "“Spring”: 1 × Morning Oats 500 g, 50 points each, is 50 points.",
                "ledger_entry_id": entries[1].id,
            },
        ],
        "ledger_entry_ids": [entry.id for entry in entries],
    }


def test_other_makers_products_are_not_told(make: SimpleNamespace) -> None:
    _, _, data = awarded(make)
    assert "BREAD" not in json.dumps(data)


def test_entries_and_claims_of_an_award(make: SimpleNamespace) -> None:
    award, entries, _ = awarded(make)
    assert [(entry.points, entry.rule_id, entry.kind) for entry in entries] == [
        (80, "per-dollar", EntryKind.AWARD),
        (50, "oats-bonus", EntryKind.AWARD),
    ]
    posted_again = ledger_entries(award, **WHOSE, receipt_id=CAME["receipt_id"], created_at=NOW)
    assert [entry.id for entry in posted_again] == [entry.id for entry in entries]
    other_receipt = ledger_entries(award, **WHOSE, receipt_id=ReceiptId("rcp_2"), created_at=NOW)
    assert not {entry.id for entry in other_receipt} & {entry.id for entry in entries}
    made = claims(award, **WHOSE, receipt_id=CAME["receipt_id"], purchase_key="purchase1/x")
    assert [(claim.purchase_key, claim.line_key) for claim in made] == [
        ("purchase1/x", "OAT-1#1"),
        ("purchase1/x", "BAR-6#1"),
    ]


def test_ledger_sentences_fit_however_long_the_names_are(make: SimpleNamespace) -> None:
    long_names = {
        sku: make.replace(product, name="Very Long Product Name " * 12)
        for sku, product in make.PRODUCTS.items()
    }
    long_campaign = make.campaign(make.per_dollar(), make.bonus(brands=("Morning",)), name="C" * 80)
    award = make.decided(campaigns=(long_campaign,), products=long_names)
    assert all(0 < len(outcome.sentence) <= 500 for outcome in award.outcomes)


def test_a_held_receipt_tells_the_members_words_and_never_the_reviewers(make: SimpleNamespace) -> None:
    signal = FraudSignal(
        "same_purchase", 1, Finding.SUSPECT, Strength.STRONG, "twin of rcp_9", "We will look."
    )
    hold = make.decided(screening=Screening(Risk.HOLD, (signal,), 1))
    event = published(MessageType.RECEIPT_HELD, held_data(**CAME, receipt=make.receipt(), hold=hold))
    assert event["data"]["reasons"] == [{"code": "same_purchase", "sentence": "We will look."}]
    assert event["data"]["would_pay"] == 80
    assert "rcp_9" not in json.dumps(event)


def test_a_declined_receipt_tells_every_rules_reason(make: SimpleNamespace) -> None:
    decline = make.decided(campaigns=(make.campaign(retailers=("Elsewhere",)),))
    event = published(
        MessageType.RECEIPT_DECLINED, declined_data(**CAME, receipt=make.receipt(), decline=decline)
    )
    assert event["data"]["decided_by"] == "rules"
    assert [rule["answer"] for rule in event["data"]["rules"]] == ["other_retailer"]
    refused = declined_by_reviewer(note="", outcomes=decline.outcomes)
    event = published(
        MessageType.RECEIPT_DECLINED, declined_data(**CAME, receipt=make.receipt(), decline=refused)
    )
    assert (event["data"]["decided_by"], event["data"]["reason"]) == ("reviewer", "reviewer")


@pytest.mark.parametrize("reason", RejectionReason)
def test_a_rejected_receipt_tells_what_to_do_next(reason: RejectionReason) -> None:
    event = published(MessageType.RECEIPT_REJECTED, rejected_data(**CAME, rejection=Rejection(reason)))
    assert event["data"]["reason"] == reason.value
    assert event["data"]["sentence"] == Rejection(reason).member_sentence


def test_what_was_not_read_is_null_and_still_fits_the_schema(make: SimpleNamespace) -> None:
    blank = make.receipt(retailer=Retailer(), date=None, time=None, total=None, receipt_number="")
    decline = make.decided(blank, matches=())
    event = published(MessageType.RECEIPT_DECLINED, declined_data(**CAME, receipt=blank, decline=decline))
    purchase = event["data"]["purchase"]
    assert purchase.pop("is_refund") is False
    assert set(purchase.values()) == {None}


@pytest.mark.parametrize("kind", MessageType)
def test_the_schema_refuses_an_event_of_another_kind(make: SimpleNamespace, kind: MessageType) -> None:
    _, _, data = awarded(make)
    event = Message(
        MessageId("msg_1"), *WHOSE.values(), MessageType.POINTS_AWARDED, 1, NOW, data
    ).cloud_event()
    schema = json.loads((MESSAGES / f"{kind.value}.v1.json").read_text(encoding="utf-8"))
    broken = {**event, "data": {**data, "points": "130"}} if kind is MessageType.POINTS_AWARDED else event
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(broken)


@pytest.mark.parametrize(("told", "skus"), [("own", ["OAT-1"]), ("all", ["OAT-1", None, None])])
def test_receipt_accepted_tells_as_many_items_as_the_members_agreed_to(
    make: SimpleNamespace, told: str, skus: list[str | None]
) -> None:
    read = make.receipt()
    own = {read.items[0].position: make.PRODUCTS["OAT-1"]}
    data = accepted_data(**CAME, receipt=read, own=own, told=PurchaseData(told), approved=True)
    event = published(MessageType.RECEIPT_ACCEPTED, data)
    assert [item["sku"] for item in event["data"]["items"]] == skus
    assert event["data"]["items"][0] == {
        "position": 0,
        "description": "MORN OATS 500G",
        "sku": "OAT-1",
        "gtin": "00012345678905",
        "product": "Morning Oats 500 g",
        "quantity": "1",
        "unit_price": None,
        "amount": {"amount": "3.99", "currency": "USD"},
    }
    assert (event["data"]["decided_by"], event["data"]["items_told"]) == ("reviewer", told)
