"""Two receipts held beside each other: what differs is marked, and one picture is laid on the other."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from fixtures.scenarios.stage import own
from pipeline.review_views import case_view
from pipeline.runner import run
from pipeline.twins_shown import aligned, twins_of
from receipts.state import ReceiptState
from receipts.transcript import Quad
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt, today
from tests.pipeline.test_review_desk import LONG_AGO, PROGRAM


def place(x: float, y: float) -> Quad:
    return Quad.upright(left=x, top=y, right=x + 300, bottom=y + 20)


def moved(quad: Quad) -> Quad:
    """As another photo of the same paper shows it: 1.25 times as wide, 0.8 times as high, elsewhere."""
    return Quad.upright(
        left=quad.left * 1.25 + 40,
        top=quad.top * 0.8 - 12,
        right=quad.right * 1.25 + 40,
        bottom=quad.bottom * 0.8 - 12,
    )


def test_one_picture_is_laid_on_the_other_though_a_line_was_paired_wrongly() -> None:
    dice = random.Random(3)
    theirs = [place(dice.uniform(0, 40), 60.0 * number) for number in range(8)]
    pairs = [(moved(quad), quad) for quad in theirs]
    pairs[3] = (place(500, 40), theirs[3])
    found = aligned(pairs)
    assert found is not None
    assert found.scale_x == pytest.approx(1.25, abs=0.01)
    assert found.scale_y == pytest.approx(0.8, abs=0.01)
    assert (found.left, found.top) == (pytest.approx(40, abs=3), pytest.approx(-12, abs=3))


def test_one_place_in_common_is_too_little() -> None:
    assert aligned([(place(0, 0), place(9, 9))]) is None
    assert aligned([]) is None
    upside_down = [(place(0, 500 - 100 * number), place(0, 100 * number)) for number in range(4)]
    assert aligned(upside_down) is None


def test_what_a_twin_prints_otherwise_is_said_line_by_line(sunny: Shop) -> None:
    day = today() - LONG_AGO
    data = e_receipt("both", OATS, MILK, own("KTW-MTM-26Z", 1199), bought_on=day)
    (first,) = sunny.send(data).receipts
    (second,) = sunny.send(data + b"\n% again\n", member=sunny.tom).receipts
    for each in (first, second):
        assert run(sunny.wiring, each.id) is ReceiptState.HELD
    case_id = sunny.view(second.id).case_id
    assert case_id is not None
    view = case_view(sunny.wiring, program_id=PROGRAM, case_id=case_id)
    assert view is not None
    (twin,) = twins_of(sunny.wiring, view)
    assert (twin.related.receipt.id, twin.differences) == (first.id, 0)
    receipt = view.receipt.receipt
    assert receipt is not None
    dearer = replace(receipt.items[1], quantity=Decimal(2))
    changed = replace(receipt, items=(receipt.items[0], dearer), receipt_number="another")
    (twin,) = twins_of(sunny.wiring, replace(view, receipt=replace(view.receipt, receipt=changed)))
    assert [each.name for each in twin.facts if not each.same] == ["receipt_number"]
    assert [each.same for each in twin.lines] == [True, False, False]
    assert "× 2" in twin.lines[1].mine
    assert twin.lines[2].mine == ""
    unread = replace(view.receipt, receipt=None)
    assert twins_of(sunny.wiring, replace(view, receipt=unread)) == ()
