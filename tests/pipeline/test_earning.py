"""Rules that look beyond one receipt: caps and budgets by the order of submission, history, activities."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from awarding.campaign_file import campaign_document, parse_campaign
from pipeline import runner
from pipeline.activities import Counted, Event, InTheFuture, NoSuchMember, OtherEvent, tell
from pipeline.campaign_preview import preview
from pipeline.clock import utc_now
from pipeline.review import Resolved, resolve_case
from pipeline.runner import run
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.steps import settle
from receipts.database.repositories.earning import Earning, MemberFacts
from receipts.database.repositories.programs import ProgramData
from receipts.identity import CampaignId, MemberId, ReceiptId
from receipts.state import ReceiptState
from tests.pipeline.conftest import OATS, Shop, e_receipt, today

PER_DOLLAR = {
    "kind": "points_per_currency",
    "id": "r",
    "points": 100,
    "per": {"amount": "1.00", "currency": "USD"},
}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A receipt that waits for its turn may look again at once."""
    monkeypatch.setattr(runner, "_TURN_S", -1.0)
    yield


def launch(sunny: Shop, **campaign: Any) -> None:
    document = {
        "id": "test",
        "name": "Test",
        "starts_on": "2020-01-01",
        "ends_on": "2099-12-31",
        "rules": [PER_DOLLAR],
        **campaign,
    }
    parsed = parse_campaign(document)
    with sunny.wiring.database.write() as session:
        ProgramData(session, SAMPLE_PROGRAM.id).import_campaign(
            parsed.id, parsed.version, campaign_document(parsed), utc_now()
        )


def sent(sunny: Shop, name: str, member: MemberId | None = None, **given: Any) -> ReceiptId:
    (receipt,) = sunny.send(e_receipt(name, OATS, **given), member=member).receipts
    return receipt.id


def earned(sunny: Shop, receipt_id: ReceiptId) -> int:
    rows = sunny.rows(
        f"SELECT coalesce(sum(points), 0) FROM ledger_entries WHERE receipt_id = '{receipt_id}'"
        " AND campaign_id = 'test'"
    )
    return int(rows[0][0])


def answers(sunny: Shop, receipt_id: ReceiptId) -> list[tuple[str, str]]:
    return [
        (each.campaign_id, each.answer.value)
        for each in sunny.view(receipt_id).outcomes
        if each.campaign_id == "test"
    ]


def until_settled(sunny: Shop, *receipts: ReceiptId) -> None:
    for _ in range(10):
        for each in receipts:
            run(sunny.wiring, each)
    states = {sunny.view(each).state for each in receipts}
    assert states <= {ReceiptState.AWARDED, ReceiptState.DECLINED, ReceiptState.HELD}


def test_a_members_cap_fills_in_the_order_of_submission(sunny: Shop) -> None:
    launch(sunny, cap_per_member=400)
    first, second = sent(sunny, "one"), sent(sunny, "two")
    run(sunny.wiring, second)
    assert sunny.view(second).state is ReceiptState.SCREENED
    assert run(sunny.wiring, first) is ReceiptState.AWARDED
    assert run(sunny.wiring, second) is ReceiptState.AWARDED
    assert (earned(sunny, first), earned(sunny, second)) == (300, 100)


def test_waiting_for_a_turn_is_no_failed_try(sunny: Shop) -> None:
    launch(sunny, cap_per_member=400)
    first, second = sent(sunny, "one"), sent(sunny, "two")
    for _ in range(sunny.wiring.settings.max_attempts + 3):
        run(sunny.wiring, second)
    assert sunny.view(second).state is ReceiptState.SCREENED
    until_settled(sunny, first, second)
    assert (earned(sunny, first), earned(sunny, second)) == (300, 100)


def test_a_receipt_does_not_wait_for_ever_for_an_earlier_one(
    sunny: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch(sunny, cap_per_member=400)
    first, second = sent(sunny, "one"), sent(sunny, "two")
    run(sunny.wiring, second)
    assert sunny.view(second).state is ReceiptState.SCREENED
    monkeypatch.setattr(settle, "TURN_WAIT", dt.timedelta(0))
    assert run(sunny.wiring, second) is ReceiptState.AWARDED
    assert run(sunny.wiring, first) is ReceiptState.AWARDED
    assert (earned(sunny, first), earned(sunny, second)) == (100, 300), "the first gets what is left"


def test_a_budget_fills_in_the_order_of_submission_over_members(sunny: Shop) -> None:
    launch(sunny, caps={"all_members": 400})
    first, second = sent(sunny, "one"), sent(sunny, "two", sunny.tom)
    run(sunny.wiring, second)
    assert sunny.view(second).state is ReceiptState.SCREENED
    until_settled(sunny, first, second)
    assert (earned(sunny, first), earned(sunny, second)) == (300, 100)
    third = sent(sunny, "three", sunny.tom)
    until_settled(sunny, third)
    assert earned(sunny, third) == 0
    assert sunny.rows("SELECT points FROM campaign_budgets") == [(400,)]


def test_with_room_for_all_nobody_waits(sunny: Shop) -> None:
    launch(sunny, caps={"all_members": 4000, "per_receipt": 500})
    sent(sunny, "one")
    second = sent(sunny, "two", sunny.tom)
    assert run(sunny.wiring, second) is ReceiptState.AWARDED


def test_a_held_receipt_keeps_its_share_of_a_budget(sunny: Shop) -> None:
    launch(sunny, caps={"all_members": 400})
    held = sent(sunny, "old", bought_on=today() - dt.timedelta(days=90))
    later = sent(sunny, "new", sunny.tom)
    assert run(sunny.wiring, held) is ReceiptState.HELD
    assert run(sunny.wiring, later) is ReceiptState.AWARDED
    assert earned(sunny, later) == 100
    case = sunny.view(held).case_id
    assert case is not None
    done = resolve_case(
        sunny.wiring,
        program_id=SAMPLE_PROGRAM.id,
        case_id=case,
        reviewer=sunny.ruth,
        approve=True,
        products={},
        note="",
    )
    assert isinstance(done, Resolved)
    assert earned(sunny, held) == 300
    assert sunny.rows("SELECT * FROM campaign_reserves") == []


def test_a_first_purchase_is_the_first_submitted_one(sunny: Shop) -> None:
    rule = {"kind": "receipt_bonus", "id": "first", "points": 70, "when": {"purchase": {"numbers": [1]}}}
    launch(sunny, rules=[rule])
    first, second = sent(sunny, "one"), sent(sunny, "two")
    run(sunny.wiring, second)
    until_settled(sunny, first, second)
    assert (earned(sunny, first), earned(sunny, second)) == (70, 0)


def test_the_version_that_held_on_the_purchase_day_pays(sunny: Shop) -> None:
    launch(sunny)
    tomorrow = today() + dt.timedelta(days=5)
    launch(sunny, version=2, effective_on=tomorrow.isoformat(), rules=[{**PER_DOLLAR, "points": 500}])
    receipt = sent(sunny, "before")
    assert run(sunny.wiring, receipt) is ReceiptState.AWARDED
    assert earned(sunny, receipt) == 300


def test_the_tier_is_that_of_the_purchase_day(sunny: Shop) -> None:
    launch(sunny, rules=[{**PER_DOLLAR, "when": {"tiers": ["Gold"]}}])
    with sunny.wiring.database.write() as session:
        earning = Earning(session, SAMPLE_PROGRAM.id, utc_now())
        assert earning.move_tier(sunny.maya, "gold", today() - dt.timedelta(days=9))
        assert earning.move_tier(sunny.maya, "silver", today() - dt.timedelta(days=2))
    old = sent(sunny, "gold", bought_on=today() - dt.timedelta(days=3))
    new = sent(sunny, "silver", bought_on=today())
    until_settled(sunny, old, new)
    assert (earned(sunny, old), earned(sunny, new)) == (300, 0)


def test_a_segment_is_what_the_core_service_says(sunny: Shop) -> None:
    launch(sunny, rules=[{**PER_DOLLAR, "when": {"segments": ["Mailed"]}}])
    with sunny.wiring.database.write() as session:
        Earning(session, SAMPLE_PROGRAM.id, utc_now()).keep_facts(sunny.maya, MemberFacts(None, ("mailed",)))
    hers, his = sent(sunny, "hers"), sent(sunny, "his", sunny.tom)
    until_settled(sunny, hers, his)
    assert (earned(sunny, hers), earned(sunny, his)) == (300, 0)


JOINING = {
    "kind": "activity",
    "id": "joined",
    "event": "signup",
    "points": 200,
    "limit": {"times": 1, "per": "ever"},
}


def told(sunny: Shop, event_id: str, name: str = "signup", **given: Any) -> object:
    member = given.pop("member", sunny.maya)
    return tell(sunny.wiring, SAMPLE_PROGRAM.id, Event(member, name, event_id, **given))


def test_joining_pays_once_however_often_it_is_told(sunny: Shop) -> None:
    launch(sunny, rules=[JOINING])
    first, again, twice = told(sunny, "a"), told(sunny, "a"), told(sunny, "b")
    assert isinstance(first, Counted)
    assert isinstance(again, Counted)
    assert isinstance(twice, Counted)
    assert (first.created, first.activity.points) == (True, 200)
    assert (again.created, again.activity) == (False, first.activity)
    assert (twice.activity.points, twice.activity.outcomes[0]["answer"]) == (0, "limit_reached")
    assert sunny.rows("SELECT kind, points, receipt_id FROM ledger_entries") == [("activity", 200, None)]
    assert sunny.rows("SELECT type FROM messages") == [("points.granted",)]


def test_an_activity_of_somebody_else_or_to_come_is_refused(sunny: Shop) -> None:
    launch(sunny, rules=[JOINING])
    assert isinstance(told(sunny, "a"), Counted)
    assert isinstance(told(sunny, "a", member=sunny.tom), OtherEvent)
    assert isinstance(told(sunny, "b", member=MemberId("mem_nobody")), NoSuchMember)
    assert isinstance(told(sunny, "c", happened_on=today() + dt.timedelta(days=9)), InTheFuture)


def test_a_name_that_no_rule_knows_is_kept_and_pays_nothing(sunny: Shop) -> None:
    found = told(sunny, "a", "moon_walked")
    assert isinstance(found, Counted)
    assert (found.activity.points, found.activity.outcomes) == (0, ())


def test_an_activity_takes_of_the_campaigns_budget(sunny: Shop) -> None:
    launch(sunny, caps={"all_members": 250}, rules=[{**JOINING, "limit": {"times": 1, "per": "ever"}}])
    one, two = told(sunny, "a"), told(sunny, "b", member=sunny.tom)
    assert isinstance(one, Counted)
    assert isinstance(two, Counted)
    assert (one.activity.points, two.activity.points) == (200, 50)
    with sunny.wiring.database.read() as session:
        used = Earning(session, SAMPLE_PROGRAM.id, utc_now()).budgets_used()
    assert used == {CampaignId("test"): 250}


def test_a_preview_says_what_a_campaign_would_have_paid(sunny: Shop) -> None:
    first, second, his = sent(sunny, "one"), sent(sunny, "two"), sent(sunny, "his", sunny.tom)
    until_settled(sunny, first, second, his)
    document = {
        "id": "try",
        "name": "Try",
        "starts_on": "2020-01-01",
        "ends_on": "2099-12-31",
        "cap_per_member": 400,
        "rules": [PER_DOLLAR, {**PER_DOLLAR, "id": "gold", "when": {"tiers": ["gold"]}}],
    }
    before = sunny.rows("SELECT count(*) FROM ledger_entries")
    found = preview(sunny.wiring, SAMPLE_PROGRAM.id, [parse_campaign(document)])
    assert (found.looked_at, found.receipts, found.members) == (3, 3, 2)
    assert (found.points, found.largest) == (300 + 100 + 300, 300)
    assert [(each.rule_id, each.receipts, each.points) for each in found.rules] == [
        ("r", 3, 700),
        ("gold", 0, 0),
    ]
    assert sunny.rows("SELECT count(*) FROM ledger_entries") == before
