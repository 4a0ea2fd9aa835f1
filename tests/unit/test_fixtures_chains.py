"""The chains' receipts: sums to the cent, everything the label says is printed, and no print over print."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import combinations

import pytest

from fixtures.generator.chains.bill import ring_up
from fixtures.generator.chains.chain import Chain, load_chains
from fixtures.generator.chains.draw import chain_label, draw_chain_sample
from fixtures.generator.chains.form import fill_form, printed_money
from fixtures.generator.dice import Dice
from fixtures.generator.documents import plain_text
from fixtures.generator.paper import draw_style, print_sheet
from fixtures.generator.sample import Kind

DAY = dt.date(2026, 11, 20)
CHAINS = [*load_chains("training"), *load_chains("held_out")]
DRAWS = 8
PRINTS = 2


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain.key)
def test_each_label_adds_up_and_is_printed(chain: Chain) -> None:
    for draw in range(DRAWS):
        dice = Dice(f"{draw}")
        bill = ring_up(chain, dice.fork("bill"), date=DAY)
        sheet = fill_form(bill, dice.fork("form"))
        label, text = chain_label("x", bill, sheet), plain_text(sheet)
        net = sum(
            (Decimal(str(i["amount"])) - Decimal(str(i["discount"])) for i in label["items"]), Decimal(0)
        )
        added = bill.tax if chain.tax.mode == "added" else 0
        paid = net + Decimal(added + bill.tip) / 100
        assert abs(paid - Decimal(str(label["total"]))) <= Decimal(chain.rounding - 1) / 100
        assert chain.name in text
        assert printed_money(bill.total, chain) in text
        for item, line in zip(label["items"], bill.lines, strict=True):
            assert item["description"] in text
            assert printed_money(line.amount, chain) in text
            assert item["code"] is None or item["code"] in text
            assert item["quantity"] == 1 or str(line.quantity).split(".")[0] in text


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain.key)
def test_no_print_lies_over_other_print(chain: Chain) -> None:
    for draw in range(PRINTS):
        dice = Dice(f"{draw}")
        sheet = fill_form(ring_up(chain, dice.fork("bill"), date=DAY), dice.fork("form"))
        drawing = print_sheet(sheet, draw_style(sheet, Dice(f"{draw}")))
        for one, other in combinations(drawing.boxes, 2):
            if one.row == other.row:
                assert one.right <= other.left or other.right <= one.left, f"{one.text!r} over {other.text!r}"


def test_the_same_seed_draws_the_same_receipt() -> None:
    chain = CHAINS[0]
    one, other = (draw_chain_sample("7", chain=chain, kind=Kind.SCAN, latest=DAY) for _ in range(2))
    assert one.label == other.label
    assert one.data == other.data


def test_chains_print_no_mails() -> None:
    with pytest.raises(ValueError, match="choose photo, scan or text"):
        draw_chain_sample("7", chain=CHAINS[0], kind=Kind.EMAIL, latest=DAY)


def test_training_and_held_out_chains_share_no_shop() -> None:
    training, held_out = ({chain.name for chain in load_chains(name)} for name in ("training", "held_out"))
    assert not training & held_out
