"""Receipts as text in a member's own mail, told from questions by their amounts, whatever the currency."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.sample import MAYA
from pipeline.settings import Settings
from pipeline.wiring import build
from receipts.inbound import InboundState
from tests.support.doors import Doors, channels_toml, mail, write_settings_files
from tests.support.ready import make_ready
from tests.support.signing import records, rsa_key, signed
from tests.support.smtp_sink import run_smtp_sink

MEMBER = rsa_key("example.com")


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Doors]:
    with run_smtp_sink() as sink:
        channels, dns = write_settings_files(tmp_path, channels_toml(smtp_port=sink.port), records(MEMBER))
        wiring = build(Settings(data_dir=tmp_path / "data", channels_file=channels, dns_file=dns))
        make_ready(wiring)
        yield Doors(wiring, tmp_path, sink)
        wiring.close()


PASTED = {
    "yen": "コーナーショップ\n注文番号 4471\nオーツ麦 500g   ¥398\nパン   ¥250\n合計   ¥648\n",
    "won": "코너샵\n주문번호 4471\n귀리 500g   3,980원\n빵   2,500원\n합계   6,480원\n",
    "forint": "Sarki Bolt\nZabpehely 500 g   1 290 Ft\nKenyér   650 Ft\nÖsszesen   1 940 Ft\n",
    "rupiah": "Toko Sudut\nPesanan 4471\nGranola   Rp 82.000\nRoti   Rp 20.000\nTotal   Rp 102.000\n",
    "crowns": "Hornbutiken\nOrder 4471\nHavregryn   39 kr\nBröd   25 kr\nTotalt   64 kr\n",
    "whole dollars": "Corner Shop\nOrder 4471\nGranola   $8\nBread   $2\nTotal   $10\n",
    "thousands": "Corner Shop\nOrder 4471\nGarden bench   1,234.50\nTotal   1,234.50\n",
}


@pytest.mark.parametrize("currency", PASTED)
def test_a_pasted_receipt_is_no_question(doors: Doors, currency: str) -> None:
    received = doors.arrive(signed(mail(MAYA.email, text=PASTED[currency]), MEMBER))
    doors._take_in()
    message = doors.message(received.inbound_id)
    assert (message.state, message.submission_id is not None) == (InboundState.TAKEN, True)


@pytest.mark.parametrize(
    "words",
    ["How many points do I have?", "I sent 3 receipts on 21.11.2026, 3.11.26 at 14:30, order 4471."],
)
def test_a_question_is_answered_as_one(doors: Doors, words: str) -> None:
    received = doors.arrive(signed(mail(MAYA.email, text=words), MEMBER))
    doors._take_in()
    assert doors.message(received.inbound_id).reason == "no_receipt"


ORDER = (
    "<p>Corner Shop<p>Order 4471<table><tr><td>Granola<td>$8.00<tr><td>Total<td>$8.00</table><p>Thank you!"
)


@pytest.mark.parametrize(
    "stub", ["Please use a program that shows pages.", "View it online: https://a.example/x"]
)
def test_an_order_in_the_page_alone_is_no_question(doors: Doors, stub: str) -> None:
    received = doors.arrive(signed(mail(MAYA.email, subject="Your order", text=stub, html=ORDER), MEMBER))
    doors._take_in()
    message = doors.message(received.inbound_id)
    assert (message.state, message.submission_id is not None) == (InboundState.TAKEN, True)


def test_a_question_with_a_page_is_answered_as_one(doors: Doors) -> None:
    words = "How many points do I have?"
    received = doors.arrive(signed(mail(MAYA.email, text=words, html=f"<p>{words}</p>"), MEMBER))
    doors._take_in()
    assert doors.message(received.inbound_id).reason == "no_receipt"
