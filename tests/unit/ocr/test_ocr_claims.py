"""schema.org markup: believed as far as the visible page bears it out."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from ocr.document import Reading, read_document
from ocr.documents.claims import find_claims
from ocr.documents.structured import load_json
from ocr.engines.base import OcrEngine
from ocr.parse import ReadDefaults
from receipts.errors import Rejection, RejectionReason
from receipts.image import MediaType
from receipts.money import Currency

DEFAULTS = ReadDefaults(Currency("USD"))
ORDER = {
    "@context": "https://schema.org",
    "@type": "Order",
    "seller": {"@type": "Organization", "name": "Tessel Electronics"},
    "orderNumber": "TE-1",
    "orderDate": "2025-07-01",
    "priceCurrency": "EUR",
    "price": "144.00",
    "acceptedOffer": [
        {"itemOffered": {"name": "Headphones H4", "gtin13": "4006381333931"}, "price": 129},
        {"itemOffered": {"name": "Cable 2 m"}, "price": "7,50", "eligibleQuantity": {"value": 2}},
    ],
}


def no_engine() -> OcrEngine:
    raise AssertionError("the engine was loaded")


def answer(page: str) -> tuple[Reading, ...] | Rejection:
    return read_document(page.encode(), MediaType.HTML, engine=no_engine, defaults=DEFAULTS)


def marked(data: object, shown: str) -> str:
    return f'<script type="application/ld+json">{json.dumps(data)}</script><body>{shown}</body>'


def only(page: str) -> Reading:
    found = answer(page)
    assert not isinstance(found, Rejection), found
    (reading,) = found
    return reading


def test_markup_that_the_page_bears_out_is_believed() -> None:
    receipt = only(marked(ORDER, "<p>Thank you. 144,00 EUR were charged.</p>")).receipt
    assert [(item.description, str(item.amount), item.quantity) for item in receipt.items] == [
        ("Headphones H4", "129.00", 1),
        ("Cable 2 m", "15.00", 2),
    ]
    assert (receipt.retailer.name, receipt.receipt_number, str(receipt.total)) == (
        "Tessel Electronics",
        "TE-1",
        "144.00",
    )
    assert receipt.items[0].code == "4006381333931"
    assert receipt.balanced and receipt.confidence_of("total") > 0.9


def test_markup_that_nothing_bears_out_is_doubted() -> None:
    receipt = only(marked(ORDER, "<p>Hello.</p>")).receipt
    assert receipt.confidence_of("total") < 0.5
    assert all(item.confidence < 0.5 for item in receipt.items)


SHOWN = (
    "<h2>Quill &amp; Page</h2><p>Order QP-33, March 3, 2025</p>"
    "<table><tr><td>Ballpoint pen</td><td>$2.50</td></tr>"
    "<tr><td>Notepad A6</td><td>$3.25</td></tr><tr><td>Order total</td><td>$5.75</td></tr></table>"
)


def test_where_markup_and_page_differ_the_page_counts_and_less_surely() -> None:
    honest, lying = only(SHOWN).receipt, only(marked(ORDER, SHOWN)).receipt
    assert (str(lying.total), len(lying.items)) == ("5.75", 2)
    assert lying.confidence_of("total") < honest.confidence_of("total")


def test_markup_with_the_right_total_and_other_goods_is_not_believed() -> None:
    data = {**ORDER, "price": "5.75", "priceCurrency": "USD", "acceptedOffer": [
        {"itemOffered": {"name": "Premium espresso machine"}, "price": "5.75"}]}  # fmt: skip
    receipt = only(marked(data, SHOWN)).receipt
    assert [item.description for item in receipt.items] == ["Ballpoint pen", "Notepad A6"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [("OrderCancelled", RejectionReason.CANCELLED), ("OrderPaymentDue", RejectionReason.NOT_BOUGHT)],
)
def test_orders_that_are_off_give_no_receipt(status: str, reason: RejectionReason) -> None:
    found = answer(marked({**ORDER, "orderStatus": f"https://schema.org/{status}"}, "<p>144.00</p>"))
    assert isinstance(found, Rejection) and found.reason is reason


def test_a_returned_order_is_a_refund() -> None:
    data = {**ORDER, "orderStatus": "http://schema.org/OrderReturned"}
    assert only(marked(data, "<p>144,00 EUR</p>")).receipt.is_refund


def test_a_parcel_alone_is_a_shipping_notice() -> None:
    found = answer(marked({"@type": "ParcelDelivery", "trackingNumber": "1Z"}, "<p>Your parcel.</p>"))
    assert isinstance(found, Rejection) and found.reason is RejectionReason.SHIPPING_NOTICE
    assert "confirmation" in found.member_sentence


def test_several_orders_are_several_receipts() -> None:
    second = {**ORDER, "orderNumber": "TE-2", "price": "129.00", "acceptedOffer": ORDER["acceptedOffer"][:1]}  # type: ignore[index]
    found = answer(marked({"@graph": [ORDER, second]}, "<p>144,00 EUR and 129,00 EUR</p>"))
    assert not isinstance(found, Rejection)
    assert [reading.receipt.receipt_number for reading in found] == ["TE-1", "TE-2"]


@pytest.mark.parametrize(
    "text",
    [
        '/* order */ {"a": "1",}',
        '{"a": "1", // it\n}',
        '<!-- {"a": "1"} -->',
        '<![CDATA[{"a": "1"}]]>',
        "{&quot;a&quot;: &quot;1&quot;}",
        '{"a": "1"};',
    ],
)
def test_json_as_shops_write_it(text: str) -> None:
    assert load_json(text) == {"a": "1"}


def test_comments_within_strings_stay() -> None:
    assert load_json('{"a": "http://x.example/*b*/",}') == {"a": "http://x.example/*b*/"}


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["@type", "@graph", "price", "acceptedOffer", "itemOffered", "name", "orderDate", "orderStatus",
             "seller", "discount", "eligibleQuantity", "value", "orderDelivery", "priceSpecification"]
        ),
        inner | st.sampled_from(["Order", "Invoice", "1.234,50", "2025-02-30", "NaN", "-0", "1e400"]),
        max_size=6,
    ),
    max_leaves=40,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_no_markup_stops_the_reading(data: object) -> None:
    text = json.dumps({"@type": "Order", "x": data, "acceptedOffer": data, "price": data})
    found = answer(f'<script type="application/ld+json">{text}</script><p>Total $5.00</p>')
    assert isinstance(found, Rejection) or all(reading.receipt.items for reading in found)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet='<>/"=& \n;{}divtablerspn059.$ñ\x00', max_size=400))
def test_no_html_stops_the_reading(text: str) -> None:
    found = answer(text)
    assert isinstance(found, Rejection) or all(reading.receipt.items for reading in found)


DEEP = 10_000
BOUND_S = 6.0
"""Of processor time, on a machine that others use too; alone each takes less than a second or two."""


@pytest.mark.parametrize(
    "page",
    [
        "<table><tr><td>" * 400_000,
        "<div>" * 1_000_000,
        "<b>x</b>" * 300_000,
        "<table><tr>" + "<td>1.00</td>" * 200_000,
        '<script type="application/ld+json">' + '{"a":' * DEEP + "1" + "}" * DEEP + "</script><p>x</p>",
        '<script type="application/ld+json">{' + '"\\' * 400_000 + "</script><p>x</p>",
        '<div itemscope itemtype="http://schema.org/Order" itemprop="acceptedOffer">' * 30_000,
        "&amp;lt;" * 500_000,
        "<style>" + "@media{" * 200_000 + "</style><p>x</p>",
    ],
    ids=["tables", "divs", "tags", "cells", "json", "quotes", "scopes", "entities", "styles"],
)
def test_hostile_pages_end_soon(page: str) -> None:
    started = time.process_time()
    answer(page)
    assert time.process_time() - started < BOUND_S


def test_microdata_within_microdata_belongs_to_the_inner_item() -> None:
    page = (
        '<div itemscope itemtype="http://schema.org/Order"><meta itemprop="price" content="5.00">'
        '<div itemprop="acceptedOffer" itemscope><meta itemprop="price" content="2.50">'
        '<div itemprop="itemOffered" itemscope><b itemprop="name">Pen</b></div></div></div>'
    )
    (order,) = find_claims(LexborHTMLParser(page)).orders
    assert (str(order.total), [(item.name, str(item.price)) for item in order.items]) == (
        "5.00",
        [("Pen", "2.50")],
    )


def test_letters_that_are_never_printed_are_left_out_of_markup() -> None:
    """As of all text: a terminal obeys some of them, and no database keeps the others."""
    odd = ORDER | {"seller": {"name": "Tessel\x1b[2J \ud800Electronics"}, "orderNumber": "TE\x00-1"}
    receipt = only(marked(odd, "<p>Thank you. 144,00 EUR were charged.</p>")).receipt
    assert (receipt.retailer.name, receipt.receipt_number) == ("Tessel[2J Electronics", "TE-1")
