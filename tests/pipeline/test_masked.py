"""A card number on a receipt goes nowhere but into the original."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from fixtures.generator.dice import Dice
from fixtures.generator.layouts import LAYOUTS
from fixtures.generator.purchase import ring_up
from fixtures.generator.retailers import shop
from fixtures.generator.sample import Kind, draw_sample
from pipeline.logs import set_up_logs
from pipeline.runner import run
from pipeline.setting_words import LogLevel
from tests.pipeline.conftest import MILK, OATS, Shop, today

CARD = "4111111111111111"
IN_GROUPS = "4111 1111 1111 1111"
CASHIER = "Philippa"


def with_a_card() -> bytes:
    drawn = ring_up(
        shop("Dollar Lantern"),
        (OATS, MILK),
        habits=LAYOUTS["sections"].habits,
        date=today(),
        dice=Dice("card"),
    )
    tender = replace(drawn.tender, given=drawn.total, change=0, card_digits=f" {CARD} {IN_GROUPS}")
    purchase = replace(drawn, tender=tender, cashier=CASHIER)
    return draw_sample(
        "card", kind=Kind.PDF_TEXT, purchased_on=today(), purchase=purchase, layout="sections"
    ).data


def everything_in(database: Path) -> str:
    """Every row of every table, as text."""
    with sqlite3.connect(database) as connection:
        return "\n".join(connection.iterdump())


def test_a_card_number_is_in_no_row_no_file_and_no_line_of_the_log(
    sunny: Shop, capfd: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    quiet = structlog.get_config()
    set_up_logs(LogLevel.DEBUG)
    # What is logged to is this test's alone, and closed when it ends.
    request.addfinalizer(lambda: structlog.configure(**quiet))
    original = with_a_card()
    (sent,) = sunny.send(original).receipts
    run(sunny.wiring, sent.id)
    view = sunny.view(sent.id)
    assert view.points == 30, "the receipt was read and paid"
    data = sunny.folder / "data"
    stored = everything_in(next(data.glob("*.db")))
    logged = "".join(capfd.readouterr())
    assert "1111" in stored, "the last four are kept"
    for secret in (CARD, IN_GROUPS, CARD[:12], CASHIER):
        assert secret not in stored
        assert secret not in logged
        for file in data.rglob("*"):
            if file.is_file() and file.read_bytes() != original and file.suffix not in {".db", ".db-wal"}:
                assert secret.encode() not in file.read_bytes(), file
