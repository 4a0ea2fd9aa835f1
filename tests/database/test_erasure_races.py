"""What happens to a member's receipts at the very moment of their erasure, on both databases."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pipeline import correct_case as correcting
from pipeline import review
from pipeline import submit as submitting
from pipeline.activities import Event, NoSuchMember, tell
from pipeline.books_check import check_books
from pipeline.correct_case import CaseCorrected, correct_case
from pipeline.corrected import Correction, FixedLine
from pipeline.gifts import GiftRequest, NoSuch, decide_gift, give
from pipeline.objections import NoSuchLine, object_to_line
from pipeline.privacy import StillMovingError, erase_member, remove_files
from pipeline.redeem import HoldRequest, hold
from pipeline.redeem import NoSuch as NoSuchHold
from pipeline.review import DecidedBefore, Resolved, resolve_case
from pipeline.runner import retry, run
from pipeline.sample import MAYA, RUTH, SAMPLE_PROGRAM
from pipeline.settings import Settings
from pipeline.standing import UnknownMember, keep_standing
from pipeline.submit import UnknownMemberError
from pipeline.wiring import build
from pipeline.withdraw import Withdrawn, withdraw
from receipts.database.repositories.programs import Programs
from receipts.identity import AccountId, ReceiptId, ReviewCaseId
from receipts.money import Points
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt, today
from tests.support.ready import make_ready

PROGRAM = SAMPLE_PROGRAM.id
LONG_AGO = dt.timedelta(days=45)
WAIT_S = 20.0


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Iterator[Shop]:
    wiring = build(Settings(data_dir=tmp_path / "data", database_url=database_url))
    make_ready(wiring)
    with wiring.database.read() as session:
        maya, ruth = (Programs(session).account_by_email(each.email) for each in (MAYA, RUTH))
    assert maya is not None
    assert ruth is not None
    assert maya[0].member_id is not None
    yield Shop(wiring, tmp_path, maya[0].member_id, maya[0].member_id, ruth[0].id)
    wiring.close()


def erase(shop: Shop) -> None:
    assert erase_member(shop.wiring, program_id=PROGRAM, member_id=shop.maya) is not None


def count(shop: Shop, what: str) -> int:
    return int(shop.rows(f"SELECT count(*) FROM {what}")[0][0])


def test_what_is_sent_while_its_member_is_erased_is_not_taken_and_leaves_no_file(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = submitting.judge

    def meanwhile(*args: object) -> object:
        done = judged(*args)  # type: ignore[arg-type]
        erase(shop)
        return done

    monkeypatch.setattr(submitting, "judge", meanwhile)
    with pytest.raises(UnknownMemberError):
        shop.send(e_receipt("while", OATS, layout="narrow"))
    assert count(shop, "receipts") == 0
    remove_files(shop.wiring, untouched_s=0.0)
    assert not list((shop.wiring.settings.data_dir / "files").glob("??/??/*"))


def test_nothing_is_given_to_a_member_who_was_erased(shop: Shop) -> None:
    reviewer = shop.ruth
    large = give(shop.wiring, PROGRAM, reviewer, GiftRequest(shop.maya, Points(10**6), "Sorry", "G-1"))
    assert getattr(large, "status", None) is not None
    erase(shop)
    wiring, maya = shop.wiring, shop.maya
    small = GiftRequest(maya, Points(5), "Maya called", "G-2")
    assert give(wiring, PROGRAM, reviewer, small) == NoSuch()
    other = AccountId(
        shop.rows("SELECT id FROM accounts WHERE role = 'admin' AND program_id = 'sample'")[0][0]
    )
    assert decide_gift(wiring, PROGRAM, large.id, other, agree=True) == NoSuch()  # type: ignore[union-attr]
    assert tell(wiring, PROGRAM, Event(maya, "signup", "E-1")) == NoSuchMember()
    assert hold(wiring, PROGRAM, HoldRequest(maya, Points(1), "T-1", "A cup")) == NoSuchHold()
    kept = keep_standing(
        wiring, PROGRAM, maya, birthday="03-04", segments=("a",), tier="", badges=(), since=None
    )
    assert kept == UnknownMember()
    assert count(shop, "ledger_entries") == 0
    assert count(shop, "member_facts") == 0


def test_a_failed_receipt_is_not_sent_back_while_its_member_is_erased(shop: Shop) -> None:
    (sent,) = shop.send(e_receipt("failed", OATS, layout="narrow")).receipts
    with shop.wiring.database.write() as session:
        session.execute(text("UPDATE receipts SET state = 'failed', failed_from = 'received'"))
    together = at_once(shop, lambda: retry(shop.wiring, sent.id))
    assert together in (True, False)
    state, file = shop.rows("SELECT state, file_sha256 FROM receipts")[0]
    assert (state, file is None) in (("failed", True), ("received", False))


def at_once(shop: Shop, other: Callable[[], object]) -> object:
    """The other beside an erasure; what the other came to. One may wait for the other, none for ever."""
    with ThreadPoolExecutor(2) as pool:
        start = threading.Barrier(2)

        def erasing() -> None:
            start.wait(WAIT_S)
            try:
                erase(shop)
            except StillMovingError:
                return

        def beside() -> object:
            start.wait(WAIT_S)
            return other()

        done: Future[None] = pool.submit(erasing)
        result = pool.submit(beside)
        done.result(WAIT_S)
        return result.result(WAIT_S)


def held(shop: Shop) -> tuple[ReceiptId, ReviewCaseId]:
    """A held receipt and its case."""
    data = e_receipt("held", OATS, MILK, bought_on=today() - LONG_AGO, layout="narrow")
    (sent,) = shop.send(data).receipts
    assert run(shop.wiring, sent.id) is ReceiptState.HELD
    case_id = shop.view(sent.id).case_id
    assert case_id is not None
    return sent.id, case_id


def correct(shop: Shop, case_id: ReviewCaseId, day: dt.date) -> object:
    return correct_case(**of_case(shop, case_id), correction=Correction(date=day))


def of_case(shop: Shop, case_id: ReviewCaseId) -> dict[str, Any]:
    return {"wiring": shop.wiring, "program_id": PROGRAM, "case_id": case_id, "reviewer": shop.ruth}


def decide(shop: Shop, case_id: ReviewCaseId, *, approve: bool) -> object:
    return resolve_case(**of_case(shop, case_id), approve=approve, products={}, note="")


def test_a_case_is_not_corrected_once_it_is_decided_however_close(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decision comes between the correction's look at the case and what it writes."""
    if shop.wiring.database.is_sqlite:
        return  # it has one writer at a time
    _, case_id = held(shop)
    kept = correcting._keep
    decided: list[Future[object]] = []
    with ThreadPoolExecutor(1) as pool:

        def meanwhile(*args: object) -> None:
            if not decided:
                decided.append(pool.submit(decide, shop, case_id, approve=False))
                with pytest.raises(TimeoutError):  # it waits for this correction
                    decided[0].result(1.0)
            kept(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(correcting, "_keep", meanwhile)
        correct(shop, case_id, today())
        assert isinstance(decided[0].result(WAIT_S), Resolved)
    ((last, revision),) = shop.rows(
        "SELECT body, revision FROM artefacts WHERE kind = 'decision' ORDER BY revision DESC LIMIT 1"
    )
    assert "reasons" not in last, f"revision {revision} is a hold behind the decision"


def test_what_is_approved_is_the_reading_as_corrected(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A correction comes between an approval's look at the receipt and its posting."""
    receipt_id, case_id = held(shop)
    before = shop.view(receipt_id).receipt
    assert before is not None
    assert before.total is not None
    first = before.items[0]
    two_packets = Correction(
        total=before.total.decimal + first.amount.decimal,
        lines=(FixedLine(first.position, first.description, Decimal(2), first.amount.decimal * 2),),
    )
    worked_out = review.decision_of
    done: list[object] = []

    def meanwhile(*args: object, **more: object) -> object:
        if not done:
            done.append(correct_case(**of_case(shop, case_id), correction=two_packets))
        return worked_out(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(review, "decision_of", meanwhile)
    assert isinstance(decide(shop, case_id, approve=True), Resolved)
    assert isinstance(done[0], CaseCorrected)
    assert shop.view(receipt_id).points == done[0].would_pay == 60
    assert check_books(shop.wiring) == ()


@pytest.mark.parametrize("approve", [True, False])
def test_a_decision_beside_an_erasure_leaves_nothing(shop: Shop, *, approve: bool) -> None:
    _, case_id = held(shop)
    assert isinstance(at_once(shop, lambda: decide(shop, case_id, approve=approve)), Resolved | DecidedBefore)
    erase(shop)
    _nothing_left(shop)


def test_a_correction_beside_an_erasure_leaves_nothing(shop: Shop) -> None:
    _, case_id = held(shop)
    outcome = at_once(shop, lambda: correct(shop, case_id, today()))
    assert isinstance(outcome, CaseCorrected | DecidedBefore)
    erase(shop)
    _nothing_left(shop)


def test_a_withdrawal_beside_a_decision_ends_in_one_of_both(shop: Shop) -> None:
    receipt_id, case_id = held(shop)
    with ThreadPoolExecutor(2) as pool:
        taken = pool.submit(
            withdraw,
            shop.wiring,
            program_id=PROGRAM,
            member_id=shop.maya,
            account_id=shop.ruth,
            receipt_id=receipt_id,
        )
        decided = pool.submit(decide, shop, case_id, approve=True)
        outcomes = (taken.result(WAIT_S), decided.result(WAIT_S))
    withdrawn = outcomes[0] is Withdrawn.DONE
    assert outcomes[0] in (Withdrawn.DONE, Withdrawn.PAID)
    assert isinstance(outcomes[1], DecidedBefore if withdrawn else Resolved)
    assert count(shop, "ledger_entries") == (0 if withdrawn else 1)
    assert check_books(shop.wiring) == ()


def _nothing_left(shop: Shop) -> None:
    for table in ("artefacts", "receipt_shots", "line_facts"):
        assert count(shop, table) == 0, table
    log = shop.rows("SELECT detail FROM review_events")
    assert all(str(detail) in ("{}", "None") for (detail,) in log), log
    assert check_books(shop.wiring) == ()


def test_a_word_on_a_line_is_not_kept_of_the_erased(shop: Shop) -> None:
    (sent,) = shop.send(e_receipt("privacy", OATS, MILK, layout="narrow")).receipts
    assert run(shop.wiring, sent.id) is ReceiptState.AWARDED
    erase(shop)
    said = object_to_line(
        shop.wiring, program_id=PROGRAM, member_id=shop.maya, receipt_id=sent.id, position=0, text="Oats!"
    )
    assert said == NoSuchLine()
