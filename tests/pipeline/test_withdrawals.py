"""A member takes a receipt back: it ends without a strike, and the purchase may be sent again."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from awarding.fraud.policy_file import BUILT_IN
from pipeline.held import DecidedBefore
from pipeline.review import resolve_case
from pipeline.runner import advance, run
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.shadow import shadow_run
from pipeline.views import ReceiptView
from pipeline.withdraw import Withdrawn, withdraw
from receipts.database.repositories.reviews import History
from receipts.database.repositories.traces import Traces
from receipts.fraud import Strength
from receipts.identity import MemberId, ReceiptId, Sha256
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt, today

LONG_AGO = dt.timedelta(days=90)
LATER = 10**9


def take_back(sunny: Shop, receipt_id: ReceiptId, member: MemberId | None = None) -> Withdrawn:
    return withdraw(
        sunny.wiring,
        program_id=SAMPLE_PROGRAM.id,
        member_id=member or sunny.maya,
        account_id=sunny.ruth,
        receipt_id=receipt_id,
    )


def held(sunny: Shop) -> ReceiptView:
    (sent,) = sunny.send(e_receipt("old", OATS, MILK, bought_on=today() - LONG_AGO)).receipts
    assert run(sunny.wiring, sent.id) is ReceiptState.HELD
    return sunny.view(sent.id)


def messages(sunny: Shop) -> list[str]:
    return [kind for (kind,) in sunny.rows("SELECT type FROM messages ORDER BY sequence")]


def test_what_waits_for_a_person_ends_at_once(sunny: Shop) -> None:
    view = held(sunny)
    assert take_back(sunny, view.id) is Withdrawn.DONE
    assert take_back(sunny, view.id) is Withdrawn.DONE
    after = sunny.view(view.id)
    assert (after.state, after.points, after.withdrawn) == (ReceiptState.DECLINED, 0, True)
    assert after.reasons[0].startswith("You withdrew this receipt")
    assert messages(sunny) == ["receipt.held", "receipt.declined"]
    assert view.case_id is not None
    late = resolve_case(
        sunny.wiring,
        program_id=SAMPLE_PROGRAM.id,
        case_id=view.case_id,
        reviewer=sunny.ruth,
        approve=True,
        products={},
        note="",
    )
    assert late == DecidedBefore("declined")


@pytest.mark.parametrize("stages", [0, 3])
def test_what_is_on_its_way_is_never_paid(sunny: Shop, stages: int) -> None:
    (sent,) = sunny.send(e_receipt("new", OATS, MILK)).receipts
    for _ in range(stages):
        advance(sunny.wiring, sent.id)
    assert take_back(sunny, sent.id) is Withdrawn.DONE
    assert sunny.view(sent.id).withdrawn
    assert run(sunny.wiring, sent.id) is ReceiptState.DECLINED
    assert messages(sunny) == ["receipt.declined"]
    assert sunny.rows("SELECT count(*) FROM ledger_entries")[0][0] == 0


def test_a_withdrawal_that_comes_while_it_is_decided_is_seen_before_anything_is_paid(
    sunny: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sent,) = sunny.send(e_receipt("new", OATS, MILK)).receipts
    for _ in range(3):
        advance(sunny.wiring, sent.id)
    from pipeline.steps import decide as step

    worked_out = step.draw_of

    def meanwhile(*args: object) -> object:
        assert take_back(sunny, sent.id) is Withdrawn.DONE
        return worked_out(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(step, "draw_of", meanwhile)
    assert run(sunny.wiring, sent.id) is ReceiptState.DECLINED
    assert messages(sunny) == ["receipt.declined"]


def test_a_paid_receipt_stays_and_another_members_is_not_found(sunny: Shop) -> None:
    (sent,) = sunny.send(e_receipt("new", OATS, MILK)).receipts
    assert take_back(sunny, sent.id, sunny.tom) is Withdrawn.NO_SUCH_RECEIPT
    assert run(sunny.wiring, sent.id) is ReceiptState.AWARDED
    assert take_back(sunny, sent.id) is Withdrawn.PAID
    assert sunny.view(sent.id).state is ReceiptState.AWARDED
    (nothing,) = sunny.send(e_receipt("milk", MILK)).receipts
    assert run(sunny.wiring, nothing.id) is ReceiptState.DECLINED
    assert take_back(sunny, nothing.id) is Withdrawn.ENDED


def test_sent_again_it_is_told_kindly_and_paid(sunny: Shop) -> None:
    paper = e_receipt("new", OATS, MILK)
    (first,) = sunny.send(paper).receipts
    take_back(sunny, first.id)
    assert run(sunny.wiring, first.id) is ReceiptState.DECLINED
    (again,) = sunny.send(paper).receipts
    assert run(sunny.wiring, again.id) is ReceiptState.AWARDED
    view = sunny.view(again.id)
    assert view.points == 30
    assert view.screening is not None
    said = {each.check: each for each in view.screening.signals}
    assert said["same_bytes"].strength is Strength.WEAK
    assert said["same_bytes"].member_sentence.startswith("You withdrew this receipt before")
    assert said["same_purchase"].strength is Strength.WEAK


def test_it_is_no_strike(sunny: Shop) -> None:
    view = held(sunny)
    take_back(sunny, view.id)
    with sunny.wiring.database.read() as session:
        traces = Traces(session, SAMPLE_PROGRAM.id)
        assert traces.refused(sunny.maya, before=LATER, limit=9) == ()
        history = History(session, SAMPLE_PROGRAM.id)
        (earlier,) = history.same_bytes(_digest(sunny, view.id), part=0, before=LATER, limit=9)
    assert (earlier.withdrawn, earlier.refused) == (True, False)
    assert list(shadow_run(sunny.wiring, program_id=SAMPLE_PROGRAM.id, policy=BUILT_IN)) == []


def _digest(sunny: Shop, receipt_id: ReceiptId) -> Sha256:
    ((digest,),) = sunny.rows(f"SELECT file_sha256 FROM receipts WHERE id = '{receipt_id}'")
    return Sha256(digest)


@pytest.mark.parametrize(
    "statement", ["UPDATE receipt_withdrawals SET at = at", "DELETE FROM receipt_withdrawals"]
)
def test_withdrawals_only_grow(sunny: Shop, statement: str) -> None:
    take_back(sunny, held(sunny).id)
    with pytest.raises(DBAPIError, match="only grows"), sunny.wiring.database.write() as session:
        session.execute(text(statement))
