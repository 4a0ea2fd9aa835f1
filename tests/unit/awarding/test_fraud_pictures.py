"""What the same picture means, by what was read of the earlier one and whose it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from types import SimpleNamespace

import pytest

from awarding.fraud import same_picture
from awarding.fraud.evidence import PictureTwin, Unavailable
from awarding.fraud.picture.findings import MadeFindings, MetadataFindings, PictureFindings
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.screen import holds
from awarding.purchase import purchase_facts
from receipts.fraud import Finding, FraudSignal, Strength
from receipts.money import Currency, Money
from receipts.state import ReceiptState

POLICY = ScreenPolicy()
USD = Currency("USD")


def checked(make: SimpleNamespace, *twins: PictureTwin) -> FraudSignal:
    return same_picture.check(replace(make.evidence(), same_picture=twins), POLICY)


def twin(
    make: SimpleNamespace, *, points: int = 200, apart: int | None = 4, **earlier: object
) -> PictureTwin:
    return PictureTwin(make.earlier(**earlier), apart, None, points, 0.7)


def test_a_hash_without_points_in_common_is_nothing(make: SimpleNamespace) -> None:
    found = checked(make, twin(make, points=12, apart=0))
    assert found.finding is Finding.CLEAR
    assert "1 compared" in found.reviewer_sentence


def test_the_very_photo_of_another_member_holds(make: SimpleNamespace) -> None:
    found = checked(make, twin(make))
    assert holds(found)
    assert "the very picture of another member's receipt rcp_earlier" in found.reviewer_sentence
    assert found.related == ("rcp_earlier",)


def test_another_photo_of_the_same_paper_only_proposes(make: SimpleNamespace) -> None:
    found = checked(make, twin(make, apart=110))
    assert (found.finding, found.strength) == (Finding.SUSPECT, Strength.WEAK)
    assert "another picture of the same paper" in found.reviewer_sentence


def test_the_very_photo_that_reads_otherwise_is_shown_with_its_differences(make: SimpleNamespace) -> None:
    other = replace(
        purchase_facts(make.receipt()),
        total=Money(99999, USD),
        time=time(9, 1),
        number="55512345",
        amounts=(99999,),
    )
    found = checked(make, twin(make, facts=other))
    assert (found.finding, holds(found)) == (Finding.SUSPECT, False), "screenshots of one form look alike too"
    assert "look whether it was changed" in found.reviewer_sentence
    shown = {fact.name: fact.value for fact in found.evidence}
    assert "999.99 USD on rcp_earlier (other)" in shown["total"]
    assert shown["hashes of the whole picture"] == "4 of 256 bits apart"


@pytest.mark.parametrize(
    ("drawn", "apart", "own", "state", "held"),
    [
        (0.0, 4, True, ReceiptState.AWARDED, True),
        (0.0, 4, True, ReceiptState.READ, True),
        (0.0, 4, False, ReceiptState.AWARDED, True),
        (0.0, 4, True, ReceiptState.DECLINED, False),
        (0.0, 24, True, ReceiptState.AWARDED, False),
        (0.9, 4, True, ReceiptState.AWARDED, False),
    ],
)
def test_a_camera_s_very_photo_with_other_facts_is_not_paid_once_more(
    make: SimpleNamespace, drawn: float, apart: int, own: bool, state: ReceiptState, held: bool
) -> None:
    other = replace(
        purchase_facts(make.receipt()), total=Money(99999, USD), time=time(9, 1), number="55512345"
    )
    other = replace(other, amounts=(99999,))
    photo = PictureFindings(80, 80, MetadataFindings(), None, MadeFindings(drawn, 0.0))
    seen = twin(make, apart=apart, facts=other, own=own, state=state)
    found = same_picture.check(replace(make.evidence(), same_picture=(seen,), picture=photo), POLICY)
    assert holds(found) is held
    assert ("this very picture already" in found.member_sentence) is held


def test_another_receipt_of_the_same_template_is_clear(make: SimpleNamespace) -> None:
    other = replace(
        purchase_facts(make.receipt()),
        total=Money(1234, USD),
        time=time(9, 1),
        number="55512345",
        amounts=(1234,),
    )
    assert checked(make, twin(make, apart=105, facts=other)).finding is Finding.CLEAR


@pytest.mark.parametrize("apart", [3, 120, None])
def test_a_better_photo_of_a_refused_one_is_thanked_for(make: SimpleNamespace, apart: int | None) -> None:
    unread = twin(make, apart=apart, own=True, state=ReceiptState.REJECTED)
    found = checked(make, replace(unread, earlier=replace(unread.earlier, facts=None)))
    assert not holds(found)
    assert found.member_sentence == "Thank you for sending this receipt again."
    assert "the member's own receipt that earned nothing" in found.reviewer_sentence


def test_a_refused_photo_of_another_member_holds_nobody(make: SimpleNamespace) -> None:
    unread = twin(make, own=False, state=ReceiptState.REJECTED)
    assert not holds(checked(make, replace(unread, earlier=replace(unread.earlier, facts=None))))


def test_pictures_that_could_not_be_compared_are_unknown(make: SimpleNamespace) -> None:
    evidence = replace(make.evidence(), same_picture=Unavailable("the store did not answer"))
    found = same_picture.check(evidence, POLICY)
    assert found.finding is Finding.UNKNOWN
    assert "the store did not answer" in found.reviewer_sentence
