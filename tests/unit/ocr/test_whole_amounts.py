"""Currencies that are used without cents: a point with three digits parts thousands."""

from __future__ import annotations

import pytest

from ocr.documents.text import text_page
from ocr.parse import Parsed, ReadDefaults, parse
from receipts.errors import Rejection
from receipts.money import Currency


def total(text: str, program: str) -> tuple[str, str]:
    page = text_page(text)
    assert not isinstance(page, Rejection)
    answer = parse(page.rows, ReadDefaults(currency=Currency(program)), own_text=True)
    assert isinstance(answer, Parsed), answer
    assert answer.receipt.balanced
    return str(answer.receipt.total), answer.receipt.currency


@pytest.mark.parametrize("program", ["USD", "IDR", "EUR"])
@pytest.mark.parametrize("sign", ["Rp ", "Rp", "Rp. ", "IDR "])
def test_rupiah(program: str, sign: str) -> None:
    text = f"Order 7712\n\nOatmeal 800 g   {sign}52.000\nMilk 1 L   {sign}50.000\nTotal   {sign}102.000\n"
    assert total(text, program) == ("102000.00", "IDR")


@pytest.mark.parametrize(("program", "told"), [("CLP", "8960"), ("COP", "8960.00")])
def test_pesos_of_programs_where_they_have_no_cents(program: str, told: str) -> None:
    text = "Pedido 7712\n\nAvena 500g  x2   $3.980\nPan   $4.980\nTotal   $8.960\n"
    assert total(text, program) == (told, program)


@pytest.mark.parametrize("program", ["USD", "MXN", "ARS"])
def test_pesos_and_dollars_of_others_keep_their_cents(program: str) -> None:
    text = "Pedido 7712\n\nChile en polvo   $3.98\nCafe de Colombia   $4.98\nTotal   $8.96\n"
    assert total(text, program) == ("8.96", program)


def test_a_spanish_page_without_a_sign_is_in_euros() -> None:
    text = (
        "Supermercado\n\nAvena 500 g   3,98\nPan   4,98\nImporte total   8,96\nTarjeta   8,96\nIVA incluido\n"
    )
    assert total(text, "USD") == ("8.96", "EUR")
