"""Purchases told apart, and found again, on real receipts."""

from __future__ import annotations

import itertools
import json
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from awarding.likeness import Different, SamePurchase, same_purchase
from awarding.purchase import PurchaseFacts, fold_number, lookup_keys, purchase_facts
from awarding.retailer import fold_retailer
from ocr.document import ReadDefaults, read_document
from ocr.engines.rapid import RapidEngine
from receipts.errors import Rejection
from receipts.image import MediaType
from receipts.money import Currency, Money

RETAKEN = [("receipt2", "receipt2_1"), ("receipt7", "receipt7_1"), ("angle_4", "angle_5")]


def facts_of(label: dict[str, Any]) -> PurchaseFacts:
    """A label's facts; what it does not give is unread."""
    code = Currency(label.get("currency") or "MYR")
    money = [
        Money.of(str(item["amount"]), code).minor - Money.of(str(item.get("discount") or 0), code).minor
        for item in label.get("items") or []
        if item.get("amount") is not None
    ]
    return PurchaseFacts(
        retailer_key=fold_retailer(label["retailer"] or ""),
        store_key="",
        date=date.fromisoformat(label["date"]) if label.get("date") else None,
        time=time.fromisoformat(label["time"]).replace(second=0) if label.get("time") else None,
        number=fold_number(label.get("receipt_number") or ""),
        currency=code,
        total=None if label.get("total") is None else Money.of(str(label["total"]), code),
        amounts=tuple(sorted(money)),
    )


def test_no_two_real_receipts_are_taken_for_one(shared_data: Path) -> None:
    labels = sorted((shared_data / "receipts").glob("*/labels/*.json"))
    known = [(path.stem, facts_of(json.loads(path.read_text(encoding="utf-8")))) for path in labels]
    alike = [
        (here, there)
        for (here, first), (there, second) in itertools.combinations(known, 2)
        if not isinstance(same_purchase(first, second), Different)
    ]
    assert len(known) > 150
    assert alike == []


@pytest.mark.slow
@pytest.mark.parametrize(("first", "second"), RETAKEN)
def test_a_receipt_photographed_again_is_the_same_purchase(
    shared_data: Path, rapid: RapidEngine, first: str, second: str
) -> None:
    read = []
    for name in (first, second):
        data = (shared_data / "receipts" / "retaken" / f"{name}.jpg").read_bytes()
        readings = read_document(
            data, MediaType.JPEG, engine=lambda: rapid, defaults=ReadDefaults(currency=Currency("USD"))
        )
        if isinstance(readings, Rejection):
            # Nothing is paid for it, so nothing is paid twice; but the purchase cannot be compared.
            pytest.xfail(f"the reader rejects {name}: {readings.detail}")
        read.append(purchase_facts(readings[0].receipt))
    assert set(lookup_keys(read[0])) & set(lookup_keys(read[1]))
    assert isinstance(same_purchase(*read), SamePurchase)
