"""The reviewers' desk: two never work on one case, a reading is corrected, and the log keeps all of it."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fixtures.scenarios.stage import own
from pipeline.correct_case import CaseCorrected, correct_case
from pipeline.corrected import Correction, FixedLine, WrongCorrection
from pipeline.desk import claim, pass_on, queue, release, review_log
from pipeline.review import ClaimedByAnother, Resolved, resolve_case
from pipeline.runner import run
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.views import ReceiptView
from receipts.database.repositories.desk import Order, Show, Wanted
from receipts.identity import AccountId, ReviewCaseId, Sku
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt, today

LONG_AGO = dt.timedelta(days=90)
PROGRAM = SAMPLE_PROGRAM.id


def held(sunny: Shop, name: str = "old", *lines: object) -> ReceiptView:
    data = e_receipt(name, *(lines or (OATS, MILK)), bought_on=today() - LONG_AGO)  # type: ignore[arg-type]
    (sent,) = sunny.send(data).receipts
    assert run(sunny.wiring, sent.id) is ReceiptState.HELD
    return sunny.view(sent.id)


def case_of(view: ReceiptView) -> ReviewCaseId:
    assert view.case_id is not None
    return view.case_id


def correct(sunny: Shop, view: ReceiptView, correction: Correction) -> object:
    return correct_case(
        sunny.wiring, program_id=PROGRAM, case_id=case_of(view), reviewer=sunny.ruth, correction=correction
    )


def decide(
    sunny: Shop, view: ReceiptView, reviewer: AccountId, products: dict[int, Sku | None] | None = None
) -> object:
    return resolve_case(
        sunny.wiring,
        program_id=PROGRAM,
        case_id=case_of(view),
        reviewer=reviewer,
        approve=True,
        products=products or {},
        note="",
    )


def other_account(sunny: Shop) -> AccountId:
    ((found,),) = sunny.rows("SELECT id FROM accounts WHERE role = 'admin' AND program_id = 'sample'")
    return AccountId(found)


def test_a_corrected_reading_is_decided_anew_and_kept_beside_the_first(sunny: Shop) -> None:
    view = held(sunny)
    assert view.receipt is not None
    first = view.receipt.items[0]
    total = view.receipt.total
    assert total is not None
    dearer = FixedLine(first.position, first.description, Decimal(2), first.amount.decimal * 2)
    done = correct(sunny, view, Correction(lines=(dearer,)))
    assert isinstance(done, CaseCorrected)
    assert not done.receipt.balanced, "the total as read does not fit any more"
    done = correct(sunny, view, Correction(total=total.decimal + first.amount.decimal, date=today()))
    assert isinstance(done, CaseCorrected)
    assert done.receipt.balanced
    assert done.would_pay == 60, "two packets of oats earn twice"
    shown = sunny.view(view.id)
    assert shown.receipt is not None
    assert (shown.receipt.date, shown.receipt.items[0].quantity) == (today(), 2)
    assert shown.would_pay == 60
    assert shown.receipt.confidence_of("date") == 1.0
    assert isinstance(decide(sunny, view, sunny.ruth), Resolved)
    assert sunny.rows("SELECT sum(points) FROM ledger_entries") == [(60,)]
    revisions = sunny.rows("SELECT revision FROM artefacts WHERE kind = 'reading' ORDER BY revision")
    assert revisions == [(1,), (2,), (3,)]


def test_lines_are_added_and_taken_away(sunny: Shop) -> None:
    view = held(sunny, "lines", MILK, OATS)
    assert view.receipt is not None
    milk, oats = view.receipt.items
    done = correct(sunny, view, Correction(removed=frozenset({oats.position})))
    assert isinstance(done, CaseCorrected)
    assert (done.would_pay, [item.position for item in done.receipt.items]) == (0, [milk.position])
    anew = FixedLine(None, oats.description, Decimal(1), oats.amount.decimal)
    done = correct(sunny, view, Correction(lines=(anew,)))
    assert isinstance(done, CaseCorrected)
    assert done.receipt.balanced
    new = done.receipt.items[-1].position
    assert new == oats.position, "its place is free again"
    assert isinstance(decide(sunny, view, sunny.ruth, {new: Sku("OAT-OFO-18Z")}), Resolved)
    assert sunny.view(view.id).points == 30


def test_what_reads_so_already_changes_nothing(sunny: Shop) -> None:
    view = held(sunny)
    assert view.receipt is not None
    done = correct(sunny, view, Correction(date=view.receipt.date))
    assert isinstance(done, CaseCorrected)
    assert not done.changed
    assert sunny.rows("SELECT count(*) FROM artefacts WHERE kind = 'reading'") == [(1,)]


def test_what_cannot_be_is_said_and_nothing_is_lost(sunny: Shop) -> None:
    view = held(sunny)
    for correction, said in (
        (Correction(date=today() + dt.timedelta(days=9)), "yet to come"),
        (Correction(removed=frozenset({9})), "no line 9"),
        (Correction(total=Decimal("NaN")), "no amount"),
        (Correction(retailer=""), "name"),
        (Correction(lines=(FixedLine(None, "", Decimal(1), Decimal(1)),)), "words"),
        (Correction(lines=(FixedLine(None, "x", Decimal(0), Decimal(1)),)), "quantity"),
        (Correction(lines=(FixedLine(None, "x", Decimal("1E-999999"), Decimal(1)),)), "quantity"),
        (Correction(lines=(FixedLine(None, "x", Decimal(1), Decimal("1E+30")),)), "amount"),
        (Correction(retailer="  "), "name"),
    ):
        wrong = correct(sunny, view, correction)
        assert isinstance(wrong, WrongCorrection)
        assert said in wrong.sentence
    assert sunny.view(view.id).receipt == view.receipt


def test_a_line_paid_before_is_not_paid_again_after_a_correction(sunny: Shop) -> None:
    data = e_receipt("both", OATS, MILK, bought_on=today() - LONG_AGO)
    sent = [*sunny.send(data).receipts, *sunny.send(data + b"\n% again\n", member=sunny.tom).receipts]
    for each in sent:
        assert run(sunny.wiring, each.id) is ReceiptState.HELD
    first, second = (sunny.view(each.id) for each in sent)
    assert isinstance(decide(sunny, first, sunny.ruth), Resolved)
    assert second.receipt is not None
    milk = second.receipt.items[1]
    words = FixedLine(milk.position, "WHOLE MILK", milk.quantity, milk.amount.decimal)
    done = correct(sunny, second, Correction(lines=(words,)))
    assert isinstance(done, CaseCorrected)
    assert done.changed
    assert done.would_pay == 0
    assert isinstance(decide(sunny, second, sunny.ruth), Resolved)
    assert sunny.rows("SELECT sum(points) FROM ledger_entries") == [(30,)]


def test_two_at_once_claim_one_case_and_one_gets_it(sunny: Shop) -> None:
    case_id = case_of(held(sunny))
    ada = other_account(sunny)
    gate = threading.Barrier(2)
    won: list[AccountId] = []

    def work(account: AccountId) -> None:
        gate.wait()
        if claim(sunny.wiring, program_id=PROGRAM, case_id=case_id, account=account):
            won.append(account)

    threads = [threading.Thread(target=work, args=(each,)) for each in (sunny.ruth, ada)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_a_claim_keeps_others_out_until_it_ends(sunny: Shop) -> None:
    view = held(sunny)
    case_id, ada = case_of(view), other_account(sunny)
    assert claim(sunny.wiring, program_id=PROGRAM, case_id=case_id, account=sunny.ruth)
    assert isinstance(decide(sunny, view, ada), ClaimedByAnother)
    assert not pass_on(sunny.wiring, program_id=PROGRAM, case_id=case_id, account=ada, note="mine")
    free = queue(
        sunny.wiring, program_id=PROGRAM, viewer=ada, wanted=Wanted(show=Show.FREE), after=0, limit=9
    )
    assert free == ()
    with sunny.wiring.database.write() as session:
        session.execute(text("UPDATE review_cases SET claimed_until = opened_at"))
    assert isinstance(decide(sunny, view, ada), Resolved)


def test_a_released_case_is_free_again(sunny: Shop) -> None:
    case_id, ada = case_of(held(sunny)), other_account(sunny)
    assert claim(sunny.wiring, program_id=PROGRAM, case_id=case_id, account=sunny.ruth)
    assert not release(sunny.wiring, program_id=PROGRAM, case_id=case_id, account=ada)
    assert release(sunny.wiring, program_id=PROGRAM, case_id=case_id, account=sunny.ruth)
    assert claim(sunny.wiring, program_id=PROGRAM, case_id=case_id, account=ada)


def test_the_queue_is_read_in_any_order_page_by_page(sunny: Shop) -> None:
    bases = [held(sunny, f"n{number}", own("OAT-OFO-18Z", 300 + number)) for number in range(3)]
    with sunny.wiring.database.write() as session:
        for view, pays, risk in zip(bases, (10, 90, 90), (500, 100, 900), strict=True):
            session.execute(
                text("UPDATE review_cases SET would_pay = :pays, risk_permille = :risk WHERE id = :id"),
                {"pays": pays, "risk": risk, "id": view.case_id},
            )
    first, second, third = (case_of(view) for view in bases)

    def walk(wanted: Wanted) -> list[ReviewCaseId]:
        seen: list[ReviewCaseId] = []
        after = 0
        while rows := queue(
            sunny.wiring, program_id=PROGRAM, viewer=sunny.ruth, wanted=wanted, after=after, limit=1
        ):
            after = rows[0].summary.case.number
            seen.append(rows[0].summary.case.id)
        return seen

    assert walk(Wanted()) == [first, second, third]
    assert walk(Wanted(order=Order.VALUE)) == [third, second, first]
    assert walk(Wanted(order=Order.RISK)) == [third, first, second]
    assert walk(replace(Wanted(), least_points=50)) == [second, third]
    assert walk(Wanted(show=Show.LATE)) == []


def test_the_log_keeps_every_step_and_refuses_to_be_changed(sunny: Shop) -> None:
    view = held(sunny)
    assert claim(sunny.wiring, program_id=PROGRAM, case_id=case_of(view), account=sunny.ruth)
    assert isinstance(correct(sunny, view, Correction(date=today())), CaseCorrected)
    assert isinstance(decide(sunny, view, sunny.ruth), Resolved)
    events = review_log(sunny.wiring, program_id=PROGRAM, before=0, limit=10)
    assert [event.kind for event in events] == ["approved", "corrected", "claimed"]
    assert events[1].detail["after"]["date"] == today().isoformat()
    assert {event.account_id for event in events} == {sunny.ruth}
    for change in ("UPDATE review_events SET kind = 'looked'", "DELETE FROM review_events"):
        with pytest.raises(DBAPIError, match="only grows"), sunny.wiring.database.write() as session:
            session.execute(text(change))
