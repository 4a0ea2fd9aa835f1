"""Photos of one paper: refused and sent again better, or sent once more by another member.

The engine's part is set beforehand, as in a store of readings: what is tested is what becomes of the pixels.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.document import ReadDefaults, Reading, read_document
from pipeline.mail_parts import Part
from pipeline.mail_reading import PartRead
from pipeline.part_read import Source
from pipeline.review_views import case_view
from pipeline.runner import advance, run
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.steps import read
from pipeline.submit import IncomingFile, submit
from receipts.errors import Rejection, RejectionReason
from receipts.fraud import Finding, FraudSignal, Strength
from receipts.identity import MemberId, ReceiptId, ReviewCaseId
from receipts.image import MediaType
from receipts.money import currency
from receipts.state import ReceiptState
from receipts.submission import Channel
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt

WORDS = ("OATS", "MILK", "BREAD", "HONEY", "APPLES", "TEA", "RICE", "CHEESE")


def photo(
    *, turns: int = 0, quality: int = 92, light: float = 1.0, goods: int = 5, grain: float = 0
) -> bytes:
    """A receipt on a table, always the same one unless other goods were bought; with a camera's grain."""
    dice = np.random.default_rng(goods)
    page = np.full((1100, 800, 3), 70, np.uint8)
    page[60:1040, 150:650] = 235
    for line in range(18):
        price = f"{dice.integers(1, 60)}.{dice.integers(10, 99)}"
        words = f"{WORDS[dice.integers(8)]} {dice.integers(100, 999)}G   {price}"
        cv2.putText(page, words, (180, 130 + 48 * line), cv2.FONT_HERSHEY_DUPLEX, 0.9, (40, 40, 40), 1)
    page = np.clip(page + dice.normal(0, grain, page.shape), 0, 255).astype(np.uint8) if grain else page
    lit: NDArray[np.uint8] = cv2.convertScaleAbs(np.ascontiguousarray(np.rot90(page, turns)), alpha=light)
    done, data = cv2.imencode(".jpg", lit, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return data.tobytes()


class Desk:
    """Sends photos, and says what is read of each."""

    def __init__(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shop = shop
        self._answers: dict[bytes, Reading | Rejection] = {}
        monkeypatch.setattr(read, "read_parts", lambda data, *_, **__: (self._part(data),))

    def _part(self, data: bytes) -> PartRead:
        return PartRead(self._answers[data], source=Source(Part(data, MediaType.JPEG)))

    def reading(self, data: bytes) -> Reading:
        found = read_document(
            e_receipt("alike", OATS, MILK),
            MediaType.PDF,
            engine=lambda: pytest.fail("a PDF with text needs no engine"),
            defaults=ReadDefaults(currency=currency("USD")),
        )
        assert isinstance(found, tuple)
        return replace(found[0], picture_jpeg=data)

    def sent(self, data: bytes, answer: Reading | Rejection, member: MemberId | None = None) -> ReceiptId:
        receipt_id = self.waiting(data, answer, member)
        run(self.shop.wiring, receipt_id)
        return receipt_id

    def waiting(self, data: bytes, answer: Reading | Rejection, member: MemberId | None = None) -> ReceiptId:
        """Sent, and not worked on yet."""
        self._answers[data] = answer
        path = self.shop.folder / "photo"
        path.write_bytes(data)
        done = submit(
            self.shop.wiring,
            program_id=SAMPLE_PROGRAM.id,
            member_id=member or self.shop.maya,
            channel=Channel.UPLOAD,
            files=[IncomingFile(path, "photo.jpg", len(data))],
        )
        return done.receipts[0].id

    def signal(self, receipt_id: ReceiptId) -> FraudSignal:
        screening = self.shop.view(receipt_id).screening
        assert screening is not None
        (found,) = (each for each in screening.signals if each.check == "same_picture")
        return found


@pytest.fixture
def desk(sunny: Shop, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(sunny, monkeypatch)


def test_a_better_photo_of_a_refused_receipt_is_thanked_for_and_paid(desk: Desk) -> None:
    blurred = desk.sent(photo(light=0.5), Rejection(RejectionReason.BLURRED, "measured"))
    assert desk.shop.view(blurred).state is ReceiptState.REJECTED
    better = photo()
    sent = desk.sent(better, desk.reading(better))
    assert desk.shop.view(sent).state is ReceiptState.AWARDED
    found = desk.signal(sent)
    assert (found.finding, found.strength) == (Finding.SUSPECT, Strength.WEAK)
    assert found.related == (blurred,)
    assert found.member_sentence == "Thank you for sending this receipt again."


def test_another_receipt_of_the_shop_is_no_better_photo_of_the_refused_one(desk: Desk) -> None:
    desk.sent(photo(light=0.5), Rejection(RejectionReason.BLURRED, "measured"))
    other = photo(goods=6)
    sent = desk.sent(other, desk.reading(other))
    assert desk.shop.view(sent).state is ReceiptState.AWARDED
    found = desk.signal(sent)
    assert (found.finding, found.related) == (Finding.CLEAR, ())
    assert "1 compared" in found.reviewer_sentence


def test_a_turned_copy_by_another_member_is_held_though_its_facts_were_not_read(desk: Desk) -> None:
    first = photo()
    paid = desk.sent(first, desk.reading(first))
    assert desk.shop.view(paid).state is ReceiptState.AWARDED
    turned = photo(turns=1, quality=60, light=0.9)
    reading = desk.reading(turned)
    bare = replace(reading.receipt, date=None, time=None, receipt_number="", numbers=())
    held = desk.sent(turned, replace(reading, receipt=bare), desk.shop.tom)
    assert desk.shop.view(held).state is ReceiptState.HELD
    found = desk.signal(held)
    assert found.strength is Strength.STRONG
    assert "the very picture of another member's receipt" in found.reviewer_sentence
    (case,) = desk.shop.rows(f"SELECT id FROM review_cases WHERE receipt_id = '{held}'")
    view = case_view(desk.shop.wiring, program_id=SAMPLE_PROGRAM.id, case_id=ReviewCaseId(case[0]))
    assert view is not None
    beside = {each.receipt.id: each.pictured for signal in view.signals for each in signal.related}
    assert beside == {paid: True}, "the reviewer sees the earlier picture beside this one"


def test_another_receipt_on_the_same_form_passes(desk: Desk) -> None:
    """The same lines on the same form, bought hours later: alike to the eye, and another purchase."""
    first, second = photo(), photo(turns=0, quality=70)
    reading = desk.reading(first)
    paid = desk.sent(first, reading)
    other = replace(reading.receipt, receipt_number="99120034", numbers=(), time=time(4, 31))
    passed = desk.sent(second, replace(desk.reading(second), receipt=other), desk.shop.tom)
    assert desk.shop.view(paid).state is ReceiptState.AWARDED
    assert desk.signal(passed).strength is Strength.WEAK
    assert "look whether it was changed" in desk.signal(passed).reviewer_sentence


def test_two_copies_read_at_one_instant_as_different_purchases_are_not_both_paid(desk: Desk) -> None:
    """The later one is screened before the earlier one's picture is there to be found, and decided after."""
    first, copy = photo(grain=4), photo(grain=4, quality=70)
    reading = desk.reading(first)
    earlier = desk.waiting(first, reading)
    items = tuple(replace(item, amount=item.amount + item.amount) for item in reading.receipt.items)
    total = reading.receipt.total
    assert total is not None
    other = replace(
        reading.receipt,
        receipt_number="99120034",
        numbers=(),
        time=time(4, 31),
        total=total + total,
        subtotal=None,
        tax=None,
        items=items,
    )
    later = desk.waiting(copy, replace(desk.reading(copy), receipt=other), desk.shop.tom)
    wiring = desk.shop.wiring
    while desk.shop.view(later).state is not ReceiptState.SCREENED:
        assert advance(wiring, later) is not None
    assert desk.signal(later).finding is Finding.CLEAR, "there was nothing to compare with"
    assert advance(wiring, earlier) is ReceiptState.READ
    run(wiring, later)
    assert desk.shop.view(later).state is ReceiptState.HELD
    found = desk.signal(later)
    assert (found.strength, found.related) == (Strength.STRONG, (earlier,))
    run(wiring, earlier)
    assert desk.shop.view(earlier).state is ReceiptState.AWARDED, "who sent it first is paid"
