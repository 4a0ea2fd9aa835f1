"""A document's fiscal code and history on a receipt's way, from the bytes to what a reviewer is shown."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from awarding.fraud.files.base import Change, NotExamined, Over, PdfHistory
from fixtures.fiscal_codes import AustrianTill
from fixtures.generator.dice import Dice
from fixtures.generator.layouts import LAYOUTS
from fixtures.generator.layouts.sheet import Gap, SheetRow, Squares
from fixtures.generator.purchase import Purchase, ring_up
from fixtures.generator.retailers import SHOPS
from fixtures.generator.sample import Kind, draw_sample
from fixtures.pdf_edits import PdfEdit, edited_pdf, text_runs
from pipeline.examine import _kept, look_into_pdf
from pipeline.runner import run
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.settings import Settings, SettingsError
from pipeline.steps.artefacts import READING, SCREENING, load, receipt_from, screening_from
from pipeline.wiring import build
from receipts.database.repositories.reviews import History
from receipts.fraud import Finding, FraudSignal, Risk, Strength
from receipts.identity import ReceiptId
from receipts.money import Currency
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt, today

TILL = AustrianTill("test", register="KASSE-1")


def bought(name: str) -> Purchase:
    shop = next(each for each in SHOPS if each.currency == Currency("EUR"))
    habits = LAYOUTS[shop.layouts[0]].habits
    return ring_up(shop, (OATS, MILK), habits=habits, date=today(), dice=Dice(name))


def paper(purchase: Purchase, below: Sequence[SheetRow] = ()) -> bytes:
    return draw_sample(
        purchase.receipt_number,
        kind=Kind.PDF_TEXT,
        purchased_on=purchase.date,
        purchase=purchase,
        layout=purchase.shop.layouts[0],
        below=below,
    ).data


def code(purchase: Purchase, total: int | None = None) -> str:
    at = dt.datetime.combine(purchase.date, purchase.time)
    return TILL.code(purchase.receipt_number, at, (purchase.total if total is None else total, 0, 0, 0, 0))


def signal_of(sunny: Shop, receipt_id: ReceiptId, check: str) -> FraudSignal:
    (screening,) = load(sunny.wiring, receipt_id, SCREENING)
    return next(each for each in screening_from(screening).signals if each.check == check)


def risk_of(sunny: Shop, receipt_id: ReceiptId) -> Risk:
    """What the program's campaigns would pay for euros is nothing, held or not."""
    (screening,) = load(sunny.wiring, receipt_id, SCREENING)
    return screening_from(screening).risk


def sent(sunny: Shop, data: bytes) -> ReceiptId:
    (receipt,) = sunny.send(data).receipts
    run(sunny.wiring, receipt.id)
    return receipt.id


def test_a_fiscal_code_is_read_kept_verified_and_shown(sunny: Shop, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    entry = {"scheme": "at-rksv", "id": TILL.serial, "pem": TILL.public_pem}
    keys.write_text(json.dumps({"keys": [entry]}))
    settings = sunny.wiring.settings.model_copy(update={"fiscal_keys_file": keys})
    sunny.wiring.fiscal_keys = build(settings).fiscal_keys
    purchase = bought("verified")
    receipt_id = sent(sunny, paper(purchase, (Gap(), Squares(code(purchase)))))
    signal = signal_of(sunny, receipt_id, "fiscal_proof")
    assert signal.finding is Finding.CLEAR
    assert "signed by a known key" in signal.reviewer_sentence
    assert purchase.receipt_number in {fact.value for fact in signal.evidence}
    (reading,) = load(sunny.wiring, receipt_id, READING)
    assert receipt_from(reading).fiscal_identity.startswith("at-rksv:")


def test_a_code_of_another_total_holds_the_receipt(sunny: Shop) -> None:
    purchase = bought("contradicted")
    receipt_id = sent(sunny, paper(purchase, (Gap(), Squares(code(purchase, purchase.total - 500)))))
    assert risk_of(sunny, receipt_id) is Risk.HOLD
    signal = signal_of(sunny, receipt_id, "fiscal_proof")
    assert (signal.finding, signal.strength) == (Finding.SUSPECT, Strength.STRONG)
    assert signal.places


def test_the_receipt_that_a_code_is_chained_to_is_named(sunny: Shop) -> None:
    first, second = bought("chain one"), bought("chain two")
    earlier = sent(sunny, paper(first, (Gap(), Squares(code(first)))))
    later = sent(sunny, paper(second, (Gap(), Squares(code(second)))))
    facts = {fact.name: fact.value for fact in signal_of(sunny, later, "fiscal_proof").evidence}
    assert facts["chained to"] == f"receipt {first.receipt_number} ({earlier})"


def test_one_code_under_two_readings_is_one_purchase(sunny: Shop) -> None:
    purchase = bought("twin")
    squares = (Gap(), Squares(code(purchase)))
    earlier = sent(sunny, paper(purchase, squares))
    again = sent(sunny, paper(bought("another basket"), squares))
    assert earlier in signal_of(sunny, again, "same_purchase").related


def test_a_pdf_saved_again_with_another_total_is_held_and_says_what_it_was(sunny: Shop) -> None:
    purchase = bought("edited")
    data = paper(purchase)
    total = next(each for each in reversed(text_runs(data)) if each.startswith(_printed(purchase)))
    receipt_id = sent(sunny, edited_pdf(data, total, "94,44", PdfEdit.SAVED_AGAIN))
    assert risk_of(sunny, receipt_id) is Risk.HOLD
    signal = signal_of(sunny, receipt_id, "pdf_history")
    assert signal.strength is Strength.STRONG
    assert any(total in fact.value and "94,44" in fact.value for fact in signal.evidence)


def test_a_card_number_in_a_pdf_s_history_is_kept_nowhere(sunny: Shop) -> None:
    purchase, card = bought("card"), "4111111111111111"
    data = paper(purchase)
    total = next(each for each in reversed(text_runs(data)) if each.startswith(_printed(purchase)))
    for how in PdfEdit:
        found = look_into_pdf(edited_pdf(data, total, card, how))
        assert card in str(found)
        assert card not in str(_kept(found))
    receipt_id = sent(sunny, edited_pdf(data, total, card, PdfEdit.WRITTEN_OVER))
    assert not [body for (body,) in sunny.rows("SELECT body FROM artefacts") if card in str(body)]
    assert "1111" in str(signal_of(sunny, receipt_id, "pdf_history").evidence)


def test_words_without_a_number_that_a_pdf_once_had_are_not_kept() -> None:
    history = PdfHistory("", "", "", "", 2, changes=(Change("Jane Doe", "John Doe"), Change("3.10", "9.10")))
    over = replace(history, written_over=(Over("Jane Doe", "9.10", None), Over("3.10", "9.10", None)))
    kept = _kept(over)
    assert isinstance(kept, PdfHistory)
    assert (kept.changes, kept.written_over) == ((history.changes[1],), (over.written_over[1],))


def _printed(purchase: Purchase) -> str:
    return f"{purchase.total // 100},{purchase.total % 100:02d}"


def test_a_hostile_pdf_ends_in_an_answer() -> None:
    data = paper(bought("hostile"))
    twice = data + data[data.rindex(b"startxref") :]
    looped = data + b"\ntrailer<</Prev 9>>\nstartxref\n" + str(len(data) + 1).encode() + b"\n%%EOF\n"
    for broken in (b"", b"%PDF-1.4\n%%EOF\n", twice, looped, data[:900] + b"startxref\n5\n%%EOF\n" * 50):
        assert isinstance(look_into_pdf(broken), (PdfHistory, NotExamined))


def test_a_file_of_keys_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text("{}")
    with pytest.raises(SettingsError, match="TILLPOINTS_FISCAL_KEYS_FILE"):
        build(Settings(data_dir=tmp_path / "data", fiscal_keys_file=keys))


def test_paid_pdfs_of_a_shop_are_counted_by_the_software_that_made_them(sunny: Shop) -> None:
    (first,) = sunny.send(e_receipt("maker one", OATS, MILK)).receipts
    (second,) = sunny.send(e_receipt("maker two", OATS, MILK)).receipts
    run(sunny.wiring, first.id)
    assert sunny.view(first.id).state is ReceiptState.AWARDED
    with sunny.wiring.database.read() as session:
        history = History(session, SAMPLE_PROGRAM.id)
        keys = [key for (key,) in sunny.rows("SELECT key FROM purchase_lookups WHERE key LIKE 'pdf-%'")]
        assert sorted(key.split(":")[0] for key in keys) == ["pdf-by", "pdf-of"]
        assert [history.count_paid(key, most=50) for key in keys] == [1, 1]
        assert history.count_paid("pdf-by:nobody:word", most=50) == 0
    run(sunny.wiring, second.id)
    with sunny.wiring.database.read() as session:
        history = History(session, SAMPLE_PROGRAM.id)
        assert [history.count_paid(key, most=50) for key in keys] == [2, 2]
        assert [history.count_paid(key, most=1) for key in keys] == [1, 1]
