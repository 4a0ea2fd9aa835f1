"""Sample receipts say exactly what their labels say, and every label adds up."""

from __future__ import annotations

import copy
import datetime as dt
import email
import email.policy
import json
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations

import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from fixtures.generator.dice import Dice
from fixtures.generator.documents import plain_text
from fixtures.generator.label import Label, check_sums, make_label
from fixtures.generator.label_file import label_json
from fixtures.generator.layouts import LAYOUTS
from fixtures.generator.layouts.frame import money
from fixtures.generator.layouts.sheet import Part, Sheet
from fixtures.generator.paper import draw_style, print_sheet
from fixtures.generator.purchase import Purchase, fill_basket, ring_up
from fixtures.generator.retailers import SHOPS
from fixtures.generator.sample import Kind, draw_sample

DAY = dt.date(2026, 11, 20)

PAIRS = [(shop, name) for shop in SHOPS for name in shop.layouts] + [
    (shop, "order") for shop in SHOPS if shop.market == "us"
]


def drawn(seed: int, pair: int) -> tuple[Purchase, Sheet]:
    shop, name = PAIRS[pair % len(PAIRS)]
    dice = Dice(f"test/{seed}")
    basket = fill_basket(shop, dice.fork("basket"), own=dice.whole(0, 5), others=dice.whole(1, 9))
    purchase = ring_up(shop, basket, habits=LAYOUTS[name].habits, date=DAY, dice=dice.fork("till"))
    return purchase, LAYOUTS[name].set_out(purchase, dice.fork("layout"))


def labelled(purchase: Purchase, sheet: Sheet) -> Label:
    return make_label("x", purchase, sheet, notes="", boxes=[])


seeds = st.integers(min_value=0, max_value=2**32)
pairs = st.integers(min_value=0, max_value=len(PAIRS) - 1)


@given(seeds, pairs)
@settings(max_examples=100, deadline=None)
def test_every_label_adds_up_to_the_cent(seed: int, pair: int) -> None:
    purchase, sheet = drawn(seed, pair)
    label = labelled(purchase, sheet)
    check_sums(label)
    for item, line in zip(label["items"], purchase.items, strict=True):
        exact = (Decimal(str(item["quantity"])) * line.unit_price).to_integral_value(ROUND_HALF_UP)
        assert Decimal(str(item["amount"])) == exact.scaleb(-2)
        assert 0 <= item["discount"] < item["amount"]


@given(seeds, pairs)
@settings(max_examples=60, deadline=None)
def test_what_the_label_says_is_printed(seed: int, pair: int) -> None:
    purchase, sheet = drawn(seed, pair)
    label, text = labelled(purchase, sheet), plain_text(sheet)
    for item, line in zip(label["items"], purchase.items, strict=True):
        assert item["description"] in text
        assert money(line.amount, purchase.shop) in text
        assert item["code"] is None or item["code"] in text
        assert not line.discount or money(line.discount, purchase.shop) in text
    assert money(purchase.total, purchase.shop) in text
    assert label["retailer"] in text
    assert label["receipt_number"] in text
    assert label["date"] == DAY.isoformat()


@given(seeds, pairs)
@settings(max_examples=25, deadline=None)
def test_no_print_lies_over_other_print_and_none_leaves_the_paper(seed: int, pair: int) -> None:
    _, sheet = drawn(seed, pair)
    drawing = print_sheet(sheet, draw_style(sheet, Dice(f"{seed}")))
    height, width = drawing.ink.shape
    for box in drawing.boxes:
        assert 0 <= box.left < box.right <= width
        assert 0 <= box.top < box.bottom <= height
    for one, other in combinations(drawing.boxes, 2):
        if one.row == other.row:
            assert one.right <= other.left or other.right <= one.left, f"{one.text!r} over {other.text!r}"


@pytest.mark.parametrize("pair", range(len(PAIRS)), ids=[f"{shop.name}-{name}" for shop, name in PAIRS])
def test_every_layout_boxes_each_items_name_and_amount(pair: int) -> None:
    purchase, sheet = drawn(7, pair)
    drawing = print_sheet(sheet, draw_style(sheet, Dice("layouts")))
    for position, line in enumerate(purchase.items):
        boxes = {box.part: box.text for box in drawing.boxes if box.item == position}
        assert boxes[Part.DESCRIPTION] == line.printed
        assert boxes[Part.AMOUNT].endswith(money(line.amount, purchase.shop))
    assert {Part.RETAILER, Part.DATE, Part.TOTAL} <= {box.part for box in drawing.boxes}


def test_every_layout_belongs_to_a_shop_or_to_mails() -> None:
    used = {name for _, name in PAIRS}
    assert used == set(LAYOUTS)
    assert len(used) >= 8


@pytest.mark.parametrize("field", ["total", "subtotal", "tax"])
def test_a_label_that_does_not_add_up_is_refused(field: str) -> None:
    sample = draw_sample("sums", kind=Kind.TEXT, purchased_on=DAY, shop=SHOPS[0])
    label = copy.deepcopy(sample.label)
    label[field] = round(label[field] + 0.01, 2)
    with pytest.raises(ValueError, match="come to"):
        check_sums(label)


def amounts(label: Label) -> list[str]:
    return [f"{item['amount']:.2f}" for item in label["items"]] + [f"{label['total']:.2f}"]


def test_the_pdf_has_the_text_of_its_label() -> None:
    sample = draw_sample("pdf", kind=Kind.PDF_TEXT, purchased_on=DAY, shop=SHOPS[7])
    document = pdfium.PdfDocument(sample.data)
    page = document[0]
    words = page.get_textpage()
    text = words.get_text_range()
    for child in (words, page, document):
        child.close()
    assert sample.label["retailer"] in text
    for item in sample.label["items"]:
        assert item["description"] in text
    for amount in amounts(sample.label):
        assert amount in text


def test_a_european_pdf_keeps_its_umlauts() -> None:
    shop = next(shop for shop in SHOPS if shop.market == "de")
    sample = draw_sample("pdf", kind=Kind.PDF_TEXT, purchased_on=DAY, shop=shop)
    document = pdfium.PdfDocument(sample.data)
    page = document[0]
    words = page.get_textpage()
    text = words.get_text_range()
    for child in (words, page, document):
        child.close()
    assert "GRÜNFELD" in text


def test_the_mail_says_in_both_its_parts_what_its_label_says() -> None:
    sample = draw_sample("mail", kind=Kind.EMAIL, purchased_on=DAY)
    mail = email.message_from_bytes(sample.data, policy=email.policy.default)
    plain = mail.get_body(("plain",)).get_content()
    page = LexborHTMLParser(mail.get_body(("html",)).get_content()).text()
    for text in (plain, page):
        for amount in amounts(sample.label):
            assert amount in text
        for item in sample.label["items"]:
            assert item["description"] in text
        assert sample.label["receipt_number"] in text


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.HTML, Kind.EMAIL, Kind.PDF_TEXT])
def test_the_same_seed_and_day_give_the_same_document(kind: Kind) -> None:
    first, again = (draw_sample("twice", kind=kind, purchased_on=DAY) for _ in range(2))
    other = draw_sample("another", kind=kind, purchased_on=DAY)
    assert first.data == again.data
    assert first.label == again.label
    assert other.data != first.data


def test_another_day_is_printed_on_an_otherwise_equal_basket() -> None:
    one = draw_sample("day", kind=Kind.TEXT, purchased_on=DAY)
    other = draw_sample("day", kind=Kind.TEXT, purchased_on=DAY + dt.timedelta(days=3))
    assert one.label["items"] == other.label["items"]
    assert (one.label["date"], other.label["date"]) == ("2026-11-20", "2026-11-23")


def test_a_label_file_reads_back_as_the_label() -> None:
    sample = draw_sample("file", kind=Kind.TEXT, purchased_on=DAY)
    assert json.loads(label_json(sample.label)) == sample.label
