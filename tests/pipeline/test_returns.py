"""Goods brought back, lines that were something else: exactly their points are taken back, and once."""

from __future__ import annotations

import threading
from dataclasses import replace
from decimal import Decimal

import pytest

from fixtures.generator.purchase import BasketLine
from fixtures.scenarios.stage import own
from pipeline import returns
from pipeline.clock import utc_now
from pipeline.points_sweep import sweep_points
from pipeline.rematch import Outlook, rematch_of
from pipeline.rematch_adopt import adopt
from pipeline.return_parts import ReportedReturn, ReturnedLine, UnknownLine
from pipeline.returns import NotDecidedYet, OtherReturn, report_return
from pipeline.runner import run
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.take_back import Corrected, correct, take_back
from pipeline.views import ReceiptView
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.database.repositories.returns import Return
from receipts.identity import ReceiptId, Sku
from receipts.program import PointsTerms, ReturnPolicy
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, Shop, e_receipt
from tests.pipeline.test_earning import earned, launch
from tests.pipeline.test_rematch import CRYPTIC, SECRET, SURE, balance, leave_out, resolve, teach

BARS = own("OAT-BBB-12CT", 699)
GRANOLA = own("OAT-HCG-12Z", 499, printed="OATMERE HNY CRNCH GRNL")


def paid(sunny: Shop, name: str, *lines: BasketLine) -> ReceiptView:
    (sent,) = sunny.send(e_receipt(name, *lines, layout="narrow")).receipts
    run(sunny.wiring, sent.id)
    return sunny.view(sent.id)


def bring_back(sunny: Shop, view: ReceiptView, reference: str, *lines: ReturnedLine) -> object:
    return report_return(sunny.wiring, SAMPLE_PROGRAM.id, ReportedReturn(reference, view.id, lines))


def terms(sunny: Shop, **changes: object) -> None:
    with sunny.wiring.database.write() as session:
        Programs(session).change_terms(SAMPLE_PROGRAM.id, replace(PointsTerms(), **changes))


def messages(sunny: Shop) -> list[str]:
    return [kind for (kind,) in sunny.rows("SELECT type FROM messages ORDER BY number")]


def test_a_returned_line_takes_back_its_points_once(sunny: Shop) -> None:
    view = paid(sunny, "two oats", SURE, MILK, SURE)
    assert balance(sunny) == 60
    one = bring_back(sunny, view, "R-1", ReturnedLine(position=0))
    assert isinstance(one, Return)
    # 6.58 earned 60 points; what is left of it, 3.29, earns 30.
    assert (one.taken, one.short, balance(sunny)) == (30, 0, 30)
    again = bring_back(sunny, view, "R-1", ReturnedLine(position=0))
    assert again == one
    same_line = bring_back(sunny, view, "R-2", ReturnedLine(position=0))
    assert isinstance(same_line, Return)
    assert (same_line.taken, balance(sunny)) == (0, 30)
    assert sunny.view(view.id).points == 30
    rest = bring_back(sunny, view, "R-3")
    assert isinstance(rest, Return)
    assert (rest.taken, balance(sunny)) == (30, 0)
    assert messages(sunny) == ["points.awarded", "points.reversed", "points.reversed"]


def test_a_step_that_two_lines_filled_together_falls_with_one_of_them(sunny: Shop) -> None:
    view = paid(sunny, "a step", own("OAT-OFO-18Z", 350, printed="OAT OLD FSHN OATS 18Z"), SURE)
    before = balance(sunny)
    found = bring_back(sunny, view, "R-1", ReturnedLine(sku=Sku("OAT-OFO-18Z"), quantity=Decimal(1)))
    assert isinstance(found, Return)
    # 3.50 and 3.29 are 6 full dollars together, and 3 when one is gone.
    assert (before, found.taken, balance(sunny)) == (60, 30, 30)


def test_some_pieces_of_a_line_are_returned(sunny: Shop) -> None:
    view = paid(sunny, "three", own("OAT-OFO-18Z", 329, printed="OAT OLD FSHN OATS 18Z", quantity=3))
    earned = balance(sunny)
    one = bring_back(sunny, view, "R-1", ReturnedLine(position=0, quantity=Decimal(1)))
    assert isinstance(one, Return)
    left = 2 * 329 // 100 * 10
    assert (earned, balance(sunny)) == (3 * 329 // 100 * 10, left)
    two = bring_back(sunny, view, "R-2", ReturnedLine(position=0, quantity=Decimal(5)))
    assert isinstance(two, Return)
    assert (two.lines, balance(sunny)) == ({0: Decimal(2)}, 0)


def test_a_line_or_reference_that_is_not_there_is_told(sunny: Shop) -> None:
    view, other = paid(sunny, "one", SURE), paid(sunny, "other", GRANOLA, SURE)
    unknown = bring_back(sunny, view, "R-1", ReturnedLine(position=7))
    assert isinstance(unknown, UnknownLine)
    assert isinstance(bring_back(sunny, view, "R-1", ReturnedLine(sku=Sku("NONE"))), UnknownLine)
    assert isinstance(bring_back(sunny, view, "R-1"), Return)
    assert isinstance(bring_back(sunny, other, "R-1"), OtherReturn)


def test_a_reference_used_again_for_other_goods_is_told_and_takes_nothing(sunny: Shop) -> None:
    view = paid(sunny, "three", SURE, MILK, SURE)
    first = bring_back(sunny, view, "R-1", ReturnedLine(position=0))
    for told in (ReturnedLine(position=0), ReturnedLine(position=0, quantity=Decimal(1))):
        assert bring_back(sunny, view, "R-1", told) == first
    other = bring_back(sunny, view, "R-1", ReturnedLine(position=2))
    assert (isinstance(other, OtherReturn), balance(sunny)) == (True, 30)
    less = bring_back(sunny, view, "R-1", ReturnedLine(position=0, quantity=Decimal("0.5")))
    assert isinstance(less, OtherReturn)


@pytest.mark.parametrize(
    ("policy", "taken", "left"),
    [(ReturnPolicy.PENDING_ONLY, 0, 10), (ReturnPolicy.TO_ZERO, 10, 0), (ReturnPolicy.BELOW_ZERO, 30, -20)],
)
def test_the_policy_says_what_happens_to_points_that_are_spent(
    sunny: Shop, policy: ReturnPolicy, taken: int, left: int
) -> None:
    from pipeline import redeem
    from receipts.database.repositories.redemptions import Redemption
    from receipts.money import Points

    terms(sunny, return_policy=policy)
    view = paid(sunny, "spent", SURE)
    held = redeem.hold(
        sunny.wiring, SAMPLE_PROGRAM.id, redeem.HoldRequest(sunny.maya, Points(20), "till", "a mug")
    )
    assert isinstance(held, Redemption)
    redeem.capture(sunny.wiring, SAMPLE_PROGRAM.id, held.id)
    found = bring_back(sunny, view, "R-1")
    assert isinstance(found, Return)
    assert (found.taken, found.short, balance(sunny)) == (taken, 30 - taken, left)
    assert messages(sunny)[-1] == "points.reversed"
    later = bring_back(sunny, view, "R-2")
    assert isinstance(later, Return)
    assert (later.taken, balance(sunny)) == (0, left), "what stayed is not asked for again"


def test_pending_points_are_taken_first_and_the_rest_is_released(sunny: Shop) -> None:
    terms(sunny, pending_days=3, return_policy=ReturnPolicy.PENDING_ONLY)
    view = paid(sunny, "waits", SURE, MILK, SURE)
    assert (messages(sunny), balance(sunny)) == (["points.pending"], 0)
    found = bring_back(sunny, view, "R-1", ReturnedLine(position=0))
    assert isinstance(found, Return)
    assert (found.taken, found.short) == (30, 0)
    from datetime import timedelta

    sweep_points(sunny.wiring, now=utc_now() + timedelta(days=4))
    assert balance(sunny) == 30
    assert messages(sunny) == ["points.pending", "points.reversed", "points.released"]


def test_two_who_report_at_once_take_once(sunny: Shop) -> None:
    view = paid(sunny, "raced", SURE, MILK, SURE)
    threads = [
        threading.Thread(target=bring_back, args=(sunny, view, reference, ReturnedLine(position=0)))
        for reference in ("R-1", "R-1", "R-2")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert balance(sunny) == 30


def refund(sunny: Shop, monkeypatch: pytest.MonkeyPatch, name: str, *lines: BasketLine) -> ReceiptId:
    """A refund's receipt: read as the sale that it would be, and as a refund."""
    from pipeline.steps import read

    plain = read.reading_artefact

    def as_refund(reading: object, **rest: object) -> object:
        receipt = reading.receipt  # type: ignore[attr-defined]
        return plain(replace(reading, receipt=replace(receipt, is_refund=True)), **rest)  # type: ignore[type-var,arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(read, "reading_artefact", as_refund)
        return paid(sunny, name, *lines).id


def test_a_refunds_receipt_finds_its_purchase(sunny: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    view = paid(sunny, "bought", SURE, MILK, SURE)
    for name in ("refund", "refund"):  # the same paper twice
        back = refund(sunny, monkeypatch, name, SURE)
        assert sunny.view(back).state is ReceiptState.DECLINED
        sweep_points(sunny.wiring)
    assert balance(sunny) == 30
    found = sunny.rows("SELECT receipt_id, taken FROM returns")
    assert found == [(view.id, 30)]


def test_a_refund_sent_before_its_purchase_is_taken_off_it(
    sunny: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund(sunny, monkeypatch, "refund", SURE)
    sweep_points(sunny.wiring)
    assert sunny.rows("SELECT count(*) FROM returns") == [(0,)]
    paid(sunny, "bought", SURE, MILK, SURE)
    sweep_points(sunny.wiring)
    assert balance(sunny) == 30


def test_a_returned_line_is_not_paid_by_sending_the_receipt_again(sunny: Shop) -> None:
    view = paid(sunny, "again", SURE)
    bring_back(sunny, view, "R-1")
    assert (balance(sunny), paid(sunny, "again", SURE).state) == (0, ReceiptState.DECLINED)
    assert balance(sunny) == 0


def test_a_rematch_takes_back_when_asked_and_pays_again_when_it_was_right(sunny: Shop) -> None:
    view = paid(sunny, "left the catalog", SURE, MILK)
    leave_out(sunny, "OAT-OFO-18Z")
    found = rematch_of(sunny.wiring, program_id=SAMPLE_PROGRAM.id, receipt_id=view.id)
    assert found is not None
    assert (found.outlook, found.falls, balance(sunny)) == (Outlook.FALLS, 30, 30)
    assert take_back(sunny.wiring, found).points == 30
    assert balance(sunny) == 0
    assert take_back(sunny.wiring, found).points == 0, "once"
    assert rematch_of(sunny.wiring, program_id=SAMPLE_PROGRAM.id, receipt_id=view.id) is None
    with sunny.wiring.database.write() as session:
        data = ProgramData(session, SAMPLE_PROGRAM.id)
        data.import_catalog(data.catalog(1), utc_now())
    better = rematch_of(sunny.wiring, program_id=SAMPLE_PROGRAM.id, receipt_id=view.id)
    assert better is not None
    adopt(sunny.wiring, better)
    assert balance(sunny) == 30


def test_a_reviewers_correction_posts_the_difference_both_ways(sunny: Shop) -> None:
    view = paid(sunny, "corrected", SURE, MILK)
    wrong = correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: None})
    assert (wrong, balance(sunny)) == (Corrected(30, 0, 0), 0)
    assert correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: None}) == Corrected(0, 0, 0)
    right = correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: Sku("OAT-OFO-18Z")})
    assert (right, balance(sunny)) == (Corrected(0, 0, 30), 30)
    swapped = correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: Sku("OAT-HCG-12Z")})
    assert isinstance(swapped, Corrected)
    assert balance(sunny) == 30 - swapped.taken + swapped.gained
    back = correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: Sku("OAT-OFO-18Z")})
    assert isinstance(back, Corrected)
    assert balance(sunny) == 30, "whatever way it went"


def test_a_declined_receipt_is_paid_by_a_correction(sunny: Shop) -> None:
    view = paid(sunny, "cryptic", SECRET, MILK)
    assert view.lines[0].item.description == CRYPTIC
    assert correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: Sku("OAT-OFO-18Z")}) == Corrected(0, 0, 30)
    assert balance(sunny) == 30


def test_only_the_rematch_of_a_returned_line_pays_nothing(sunny: Shop) -> None:
    view = paid(sunny, "returned unread", SURE, SECRET)
    bring_back(sunny, view, "R-1", ReturnedLine(position=1))
    teach(sunny, view)
    found = rematch_of(sunny.wiring, program_id=SAMPLE_PROGRAM.id, receipt_id=view.id)
    assert found is not None
    assert found.gains == 0
    assert returns.BROUGHT_BACK


def test_a_line_returned_unread_is_not_paid_by_sending_the_receipt_again(sunny: Shop) -> None:
    view = paid(sunny, "returned unread", SURE, SECRET)
    assert balance(sunny) == 30
    bring_back(sunny, view, "R-1", ReturnedLine(position=1))
    teach(sunny, view)
    paid(sunny, "returned unread", SURE, SECRET)
    assert balance(sunny) == 30


def test_a_return_told_by_the_shop_and_by_its_slip_counts_once(
    sunny: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = paid(sunny, "bought", SURE, MILK, SURE, SURE)
    bring_back(sunny, view, "R-1", ReturnedLine(position=0))
    assert balance(sunny) == 60
    refund(sunny, monkeypatch, "its slip", SURE)
    sweep_points(sunny.wiring)
    assert balance(sunny) == 60, "one return, told twice"
    refund(sunny, monkeypatch, "another slip", SURE, MILK)
    sweep_points(sunny.wiring)
    assert balance(sunny) == 30, "a second slip is of a second return"
    late = bring_back(sunny, view, "R-2", ReturnedLine(sku=Sku("OAT-OFO-18Z"), quantity=Decimal(1)))
    assert isinstance(late, Return)
    assert (late.refund_receipt_id is not None, balance(sunny)) == (True, 30), "the shop tells of it later"
    assert bring_back(sunny, view, "R-2", ReturnedLine(position=2)) == late
    third = bring_back(sunny, view, "R-3")
    assert isinstance(third, Return)
    assert (third.taken, balance(sunny)) == (30, 0)


def test_a_found_slip_takes_nothing_from_whose_it_is(sunny: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    paid(sunny, "bought", SURE, MILK)
    refund(replace(sunny, maya=sunny.tom), monkeypatch, "the slip", SURE)
    sweep_points(sunny.wiring)
    assert balance(sunny) == 30, "Tom sent it, and has nothing that it could be of"
    refund(sunny, monkeypatch, "the slip", SURE)
    sweep_points(sunny.wiring)
    assert balance(sunny) == 0, "Maya's own sending of it counts"


def test_a_line_first_seen_after_another_was_brought_back_is_paid(sunny: Shop) -> None:
    """The claim of the line that came back stands in place of that line, and of no other."""
    view = paid(sunny, "photographed twice", SURE, SECRET)
    bring_back(sunny, view, "R-1", ReturnedLine(position=0))
    assert balance(sunny) == 0
    teach(sunny, view)
    again = paid(sunny, "photographed twice", SURE, SECRET)
    assert (again.state, balance(sunny)) == (ReceiptState.AWARDED, 30)


def test_a_line_returned_unread_is_paid_by_no_rematch_of_another_photo(sunny: Shop) -> None:
    view, again = (paid(sunny, "returned unread", BARS, SECRET) for _ in range(2))
    bring_back(sunny, view, "R-1", ReturnedLine(position=1))
    teach(sunny, view)
    found = rematch_of(sunny.wiring, program_id=SAMPLE_PROGRAM.id, receipt_id=again.id)
    assert found is not None
    assert found.gains == 0


def test_a_line_returned_unread_is_paid_by_no_reviewer_of_another_photo(sunny: Shop) -> None:
    data = e_receipt("returned unread", BARS, SECRET, layout="narrow")
    (first,) = sunny.send(data).receipts
    (second,) = sunny.send(data, member=sunny.tom).receipts
    assert run(sunny.wiring, second.id) is ReceiptState.HELD
    assert run(sunny.wiring, first.id) is ReceiptState.AWARDED
    bring_back(sunny, sunny.view(first.id), "R-1", ReturnedLine(position=1))
    for _ in range(2):  # the first answer is to look again, now that the other photo is paid
        resolve(sunny, sunny.view(second.id), approve=True, products={1: Sku("OAT-OFO-18Z")})
    assert sunny.view(second.id).state is ReceiptState.DECLINED


def test_a_dearer_line_of_a_product_that_was_paid_is_paid_as_what_it_is(sunny: Shop) -> None:
    launch(sunny, rules=[{"kind": "product_bonus", "id": "each", "points": 7, "products": {}}])
    dearer = replace(SECRET, quantity=Decimal(3))
    view = paid(sunny, "photographed twice", SURE, dearer)
    teach(sunny, view)
    again = paid(sunny, "photographed twice", SURE, dearer)
    assert earned(sunny, view.id) == 7
    assert earned(sunny, again.id) == 3 * 7


def test_a_return_reported_against_another_photo_takes_from_the_one_that_was_paid(sunny: Shop) -> None:
    view = paid(sunny, "photographed twice", SURE, SECRET)
    teach(sunny, view)
    again = paid(sunny, "photographed twice", SURE, SECRET)
    assert (view.points, again.points) == (30, 30)
    for _ in range(2):
        found = bring_back(sunny, again, "R-1")
        assert isinstance(found, Return)
        assert (found.receipt_id, found.taken, balance(sunny)) == (again.id, 30, 0)


def test_a_return_reported_against_a_declined_photo_takes_from_the_one_that_was_paid(sunny: Shop) -> None:
    three = own("OAT-OFO-18Z", 329, printed="OAT OLD FSHN OATS 18Z", quantity=3)
    view, again = (paid(sunny, "sent again", three, MILK) for _ in range(2))
    assert (again.state, balance(sunny)) == (ReceiptState.DECLINED, 90)
    one = ReturnedLine(position=0, quantity=Decimal(1))
    for _ in range(2):
        found = bring_back(sunny, again, "R-1", one)
        assert isinstance(found, Return)
        assert (found.receipt_id, found.taken, balance(sunny)) == (view.id, 30, 60)
    bring_back(sunny, again, "R-2")
    assert balance(sunny) == 0


def photographed_twice(sunny: Shop) -> ReceiptView:
    """Two lines of one product, the first paid by the first photo and the second by this one."""
    teach(sunny, paid(sunny, "photographed twice", SURE, SECRET))
    return paid(sunny, "photographed twice", SURE, SECRET)


def test_pieces_returned_one_by_one_are_each_of_the_photo_that_was_paid(sunny: Shop) -> None:
    again = photographed_twice(sunny)
    one = ReturnedLine(sku=Sku("OAT-OFO-18Z"), quantity=Decimal(1))
    for reference, left in (("R-1", 30), ("R-1", 30), ("R-2", 0), ("R-2", 0), ("R-3", 0)):
        bring_back(sunny, again, reference, one)
        assert balance(sunny) == left


def test_a_slip_takes_from_the_photo_that_was_paid(sunny: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    photographed_twice(sunny)
    for name, left in (("its slip", 30), ("its slip", 30), ("another slip", 0)):
        refund(sunny, monkeypatch, name, SURE)
        sweep_points(sunny.wiring)
        assert balance(sunny) == left


def test_a_return_that_waits_for_a_photo_is_taken_where_that_one_is_declined(sunny: Shop) -> None:
    paid(sunny, "sent again", SURE)
    (sent,) = sunny.send(e_receipt("sent again", SURE, layout="narrow")).receipts
    assert isinstance(bring_back(sunny, sunny.view(sent.id), "R-1"), NotDecidedYet)
    assert run(sunny.wiring, sent.id) is ReceiptState.DECLINED
    sweep_points(sunny.wiring)
    assert (balance(sunny), sunny.rows("SELECT count(*) FROM waiting_returns")) == (0, [(0,)])
