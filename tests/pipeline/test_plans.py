"""A decision that can be undone for a while: nobody is told before, and then it takes effect once."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import text

import pipeline.plans
from pipeline.clock import utc_now
from pipeline.correct_case import correct_case
from pipeline.corrected import Correction
from pipeline.desk import claim, queue, review_log
from pipeline.held import DecidedBefore
from pipeline.people import disable
from pipeline.plans import Planned, carry_out_due, plan_decision, plan_of, to_undo, undo
from pipeline.privacy import erase_member
from pipeline.review import ClaimedByAnother, LookAgain, Resolved, resolve_case
from pipeline.review_views import count_waiting
from pipeline.runner import run
from pipeline.views import ReceiptView
from pipeline.withdraw import Withdrawn, withdraw
from receipts.database.repositories.desk import Wanted
from receipts.identity import AccountId
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt, today
from tests.pipeline.test_review_desk import LONG_AGO, PROGRAM, case_of, decide, held, other_account

MINUTE = dt.timedelta(seconds=60)


def plan(sunny: Shop, view: ReceiptView, *, by: AccountId | None = None, approve: bool = True) -> object:
    return plan_decision(
        sunny.wiring,
        program_id=PROGRAM,
        case_id=case_of(view),
        reviewer=by or sunny.ruth,
        approve=approve,
        products={},
        note="as seen",
        delay=MINUTE,
    )


def kinds(sunny: Shop) -> list[str]:
    return [event.kind for event in review_log(sunny.wiring, program_id=PROGRAM, before=0, limit=20)]


def later() -> dt.datetime:
    return utc_now() + MINUTE


def paid(sunny: Shop) -> int:
    ((points,),) = sunny.rows("SELECT coalesce(sum(points), 0) FROM ledger_entries")
    return int(points)


def waiting(sunny: Shop, viewer: AccountId) -> int:
    rows = queue(sunny.wiring, program_id=PROGRAM, viewer=viewer, wanted=Wanted(), after=0, limit=9)
    assert len(rows) == count_waiting(sunny.wiring, program_id=PROGRAM)
    return len(rows)


def test_it_leaves_the_queue_at_once_and_takes_effect_when_its_time_is_up(sunny: Shop) -> None:
    view = held(sunny)
    told = len(sunny.rows("SELECT 1 FROM messages"))
    assert isinstance(plan(sunny, view), Planned)
    assert waiting(sunny, sunny.ruth) == 0
    assert carry_out_due(sunny.wiring) == 0, "its time is not up"
    assert sunny.view(view.id).state is ReceiptState.HELD
    assert (paid(sunny), len(sunny.rows("SELECT 1 FROM messages"))) == (0, told)
    (shown,) = to_undo(sunny.wiring, program_id=PROGRAM, reviewer=sunny.ruth)
    assert (shown.member_name, 55 < shown.seconds_left <= 60) == ("Maya Lopez", True)
    assert carry_out_due(sunny.wiring, now=later()) == 1
    assert (sunny.view(view.id).state, paid(sunny)) == (ReceiptState.AWARDED, 30)
    assert carry_out_due(sunny.wiring, now=later()) == 0
    assert sunny.rows("SELECT count(*) FROM planned_decisions") == [(0,)]
    assert kinds(sunny) == ["approved", "planned"]


def test_undone_it_is_as_if_it_had_not_been(sunny: Shop) -> None:
    view = held(sunny)
    ada = other_account(sunny)
    assert isinstance(plan(sunny, view), Planned)
    assert not undo(sunny.wiring, program_id=PROGRAM, case_id=case_of(view), reviewer=ada)
    assert undo(sunny.wiring, program_id=PROGRAM, case_id=case_of(view), reviewer=sunny.ruth)
    assert not undo(sunny.wiring, program_id=PROGRAM, case_id=case_of(view), reviewer=sunny.ruth)
    assert carry_out_due(sunny.wiring, now=later()) == 0
    assert (paid(sunny), waiting(sunny, sunny.ruth)) == (0, 1)
    assert isinstance(plan(sunny, view, approve=False), Planned)
    assert isinstance(plan(sunny, view), Planned), "another mind, in place of the first"
    assert carry_out_due(sunny.wiring, now=later()) == 1
    assert paid(sunny) == 30


def test_two_workers_at_once_pay_once_and_an_undo_beside_them_is_whole(sunny: Shop) -> None:
    views = [held(sunny, f"n{number}", OATS, MILK) for number in range(3)]
    for view in views:
        assert isinstance(plan(sunny, view), Planned)
    gate = threading.Barrier(3)
    undone: list[bool] = []

    def work() -> None:
        gate.wait()
        carry_out_due(sunny.wiring, now=later())

    def regret() -> None:
        gate.wait()
        case_id = case_of(views[2])
        undone.append(undo(sunny.wiring, program_id=PROGRAM, case_id=case_id, reviewer=sunny.ruth))

    threads = [threading.Thread(target=each) for each in (work, work, regret)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert paid(sunny) == 30 * (2 if undone[0] else 3)
    assert kinds(sunny).count("approved") == (2 if undone[0] else 3)


def test_a_plan_replaced_while_it_is_carried_out_is_not_lost(
    sunny: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = held(sunny)
    assert isinstance(plan(sunny, view), Planned)
    real = resolve_case

    def slowly(*args: object, **options: object) -> object:
        assert isinstance(plan(sunny, view, approve=False), Planned)
        return real(*args, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(pipeline.plans, "resolve_case", slowly)
        assert carry_out_due(sunny.wiring, now=later()) == 0
    assert carry_out_due(sunny.wiring, now=later()) == 1
    assert (sunny.view(view.id).state, paid(sunny)) == (ReceiptState.DECLINED, 0)


def test_nobody_else_decides_or_corrects_what_is_planned(sunny: Shop) -> None:
    view = held(sunny)
    ada = other_account(sunny)
    assert isinstance(plan(sunny, view), Planned)
    with sunny.wiring.database.write() as session:  # as when the relay was away for an hour
        session.execute(text("UPDATE review_cases SET claimed_until = opened_at"))
    assert not claim(sunny.wiring, program_id=PROGRAM, case_id=case_of(view), account=ada)
    assert isinstance(plan(sunny, view, by=ada), ClaimedByAnother)
    assert decide(sunny, view, ada) == DecidedBefore("decided")
    outcome = correct_case(
        sunny.wiring,
        program_id=PROGRAM,
        case_id=case_of(view),
        reviewer=sunny.ruth,
        correction=Correction(date=today()),
    )
    assert outcome == DecidedBefore("planned")
    assert carry_out_due(sunny.wiring, now=later()) == 1
    assert paid(sunny) == 30


def test_a_withdrawal_wins_over_a_plan_and_over_a_claim(sunny: Shop) -> None:
    view = held(sunny)
    assert isinstance(plan(sunny, view), Planned)
    ((account,),) = sunny.rows(f"SELECT id FROM accounts WHERE member_id = '{sunny.maya}'")
    done = withdraw(
        sunny.wiring,
        program_id=PROGRAM,
        member_id=sunny.maya,
        account_id=AccountId(account),
        receipt_id=view.id,
    )
    assert done is Withdrawn.DONE
    assert carry_out_due(sunny.wiring, now=later()) == 0
    assert (sunny.view(view.id).state, paid(sunny)) == (ReceiptState.DECLINED, 0)


def test_an_erasure_wins_over_a_plan(sunny: Shop) -> None:
    view = held(sunny)
    assert isinstance(plan(sunny, view), Planned)
    assert erase_member(sunny.wiring, program_id=PROGRAM, member_id=sunny.maya) is not None
    assert carry_out_due(sunny.wiring, now=later()) == 0
    assert (paid(sunny), sunny.rows("SELECT count(*) FROM planned_decisions")) == (0, [(0,)])


def test_what_a_disabled_reviewer_was_about_to_pay_waits_for_another(sunny: Shop) -> None:
    view = held(sunny)
    ada = other_account(sunny)
    assert isinstance(plan(sunny, view), Planned)
    disable(sunny.wiring, PROGRAM, ada, sunny.ruth)
    assert carry_out_due(sunny.wiring, now=later()) == 0
    assert (paid(sunny), waiting(sunny, ada), kinds(sunny)[0]) == (0, 1, "returned")


def test_what_was_paid_meanwhile_brings_the_case_back_instead_of_paying_twice(sunny: Shop) -> None:
    data = e_receipt("both", OATS, MILK, bought_on=today() - LONG_AGO)
    (mine,) = sunny.send(data).receipts
    assert run(sunny.wiring, mine.id) is ReceiptState.HELD
    view = sunny.view(mine.id)
    assert isinstance(plan(sunny, view), Planned)
    (toms,) = sunny.send(data + b"\n% again\n", member=sunny.tom).receipts
    assert run(sunny.wiring, toms.id) is ReceiptState.HELD
    assert isinstance(decide(sunny, sunny.view(toms.id), other_account(sunny)), Resolved)
    assert carry_out_due(sunny.wiring, now=later()) == 0
    assert (paid(sunny), kinds(sunny)[0]) == (30, "returned")
    assert waiting(sunny, other_account(sunny)) == 1
    assert plan_of(sunny.wiring, program_id=PROGRAM, case_id=case_of(view)) is None
    assert not isinstance(plan(sunny, view), LookAgain), "seen now, it may be decided"


def test_what_cannot_be_carried_out_is_tried_again_and_then_given_back(
    sunny: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = held(sunny)
    assert isinstance(plan(sunny, view), Planned)

    def broken(*args: object, **options: object) -> object:
        raise RuntimeError("no catalog")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline.plans, "resolve_case", broken)
        for tries in range(4):
            assert waiting(sunny, sunny.ruth) == 0, tries
            assert carry_out_due(sunny.wiring, now=later()) == 0
    assert (waiting(sunny, sunny.ruth), kinds(sunny)[0]) == (1, "returned")
