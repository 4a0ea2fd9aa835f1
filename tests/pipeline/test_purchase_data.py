"""How much of a purchase is told beside its points: by what the program says that members agreed to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.books_check import check_books
from pipeline.commands import purchase_data
from pipeline.purchase_data import change_purchase_data, purchase_data_of
from pipeline.rematch_adopt import Adopted, adopt
from pipeline.runner import run
from pipeline.sample import SAMPLE_PROGRAM
from receipts.program import PurchaseData
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt
from tests.pipeline.test_rematch import SECRET, SURE, changes, paid, teach


def told(sunny: Shop) -> list[tuple[int, str, dict[str, Any]]]:
    """Sequence, type and data of each message."""
    rows = sunny.rows("SELECT sequence, type, data FROM messages ORDER BY number")
    return [(number, kind, json.loads(data)) for number, kind, data in rows]


@pytest.mark.parametrize("setting", list(PurchaseData))
def test_a_purchase_is_told_as_far_as_the_members_agreed(sunny: Shop, setting: PurchaseData) -> None:
    change_purchase_data(sunny.wiring, SAMPLE_PROGRAM.id, setting)
    (sent,) = sunny.send(e_receipt("oats", MILK, OATS)).receipts
    run(sunny.wiring, sent.id)
    first, *others = told(sunny)
    assert first[:2] == (1, "points.awarded")
    if setting is PurchaseData.NONE:
        assert others == []
        return
    ((sequence, kind, data),) = others
    assert (sequence, kind, data["items_told"]) == (2, "receipt.accepted", setting.value)
    assert data["purchase"] == first[2]["purchase"]
    assert data["receipt_id"] == sent.id
    items = [(item["sku"], item["amount"]["amount"]) for item in data["items"]]
    ours = ("OAT-OFO-18Z", "3.29")
    assert items == ([ours] if setting is PurchaseData.OWN else [(None, "3.99"), ours])
    assert check_books(sunny.wiring) == ()


def test_a_receipt_that_earns_nothing_is_not_told_as_accepted(sunny: Shop) -> None:
    change_purchase_data(sunny.wiring, SAMPLE_PROGRAM.id, PurchaseData.ALL)
    (sent,) = sunny.send(e_receipt("milk", MILK)).receipts
    run(sunny.wiring, sent.id)
    assert "receipt.accepted" not in [kind for _, kind, _ in told(sunny)]


def test_a_line_that_is_found_later_is_told_with_the_whole_purchase(sunny: Shop) -> None:
    change_purchase_data(sunny.wiring, SAMPLE_PROGRAM.id, PurchaseData.OWN)
    view = paid(sunny, SURE, SECRET)
    teach(sunny, view)
    (found,) = changes(sunny)
    assert adopt(sunny.wiring, found)[0] is Adopted.POSTED
    kinds = [kind for _, kind, _ in told(sunny)]
    assert kinds == ["points.awarded", "receipt.accepted"] * 2
    before, after = (data for _, kind, data in told(sunny) if kind == "receipt.accepted")
    assert [item["position"] for item in before["items"]] == [0]
    assert [item["position"] for item in after["items"]] == [0, 1]
    assert check_books(sunny.wiring) == ()


def test_the_command_shows_and_changes_what_is_told(
    sunny: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(purchase_data, "ready_wiring", lambda: sunny.wiring)
    purchase_data.program_purchase_data()
    assert "receipt.accepted is not sent" in capsys.readouterr().out
    purchase_data.program_purchase_data(PurchaseData.ALL)
    assert "other makers' too" in capsys.readouterr().out
    assert purchase_data_of(sunny.wiring, SAMPLE_PROGRAM.id) is PurchaseData.ALL
