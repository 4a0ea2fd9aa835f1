"""A program's policy in force: what it declines and holds, and old verdicts after it changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from awarding.fraud.policy_file import BUILT_IN, parse_policy
from pipeline.appeal import Asked, ask_for_a_person
from pipeline.judging import Rule, rule_of
from pipeline.policies import give_role, import_policy, policy_list
from pipeline.replay import Outcome, replays
from pipeline.review import Resolved
from pipeline.runner import run
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.steps.artefacts import DECISION, SCREENING, decision_from, load
from receipts.award import Decline, DeclineReason
from receipts.database.codec import from_json, to_json
from receipts.database.repositories.policies import PolicyRole, PolicyVersionError
from receipts.fraud import Risk
from receipts.identity import MemberId, ReceiptId
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt, today
from tests.pipeline.test_review import LONG_AGO, balance, decide

OLD_DECLINES: dict[str, Any] = {
    "version": 2,
    "checks": {"purchase_date": {"strong": {"does": "decline", "weight": 0.9}}},
}


def put(shop: Shop, document: dict[str, Any], role: PolicyRole = PolicyRole.IN_FORCE) -> None:
    policy = parse_policy(document)
    import_policy(shop.wiring, program_id=SAMPLE_PROGRAM.id, policy=policy, document=document, author=None)
    assert give_role(
        shop.wiring, program_id=SAMPLE_PROGRAM.id, role=role, version=policy.version, author=None
    )


def sent(shop: Shop, name: str, *, old: bool) -> ReceiptId:
    day = today() - LONG_AGO if old else today()
    (receipt,) = shop.send(e_receipt(name, OATS, MILK, bought_on=day)).receipts
    run(shop.wiring, receipt.id)
    return receipt.id


def outcomes(shop: Shop, receipt: ReceiptId) -> list[Outcome]:
    found = replays(shop.wiring, program_id=SAMPLE_PROGRAM.id, receipt_id=receipt)
    assert found is not None
    return [each.outcome for each in found]


def test_a_policy_declines_kindly_and_old_verdicts_stand(sunny: Shop) -> None:
    before = sent(sunny, "before", old=True)
    assert sunny.view(before).state is ReceiptState.HELD
    put(sunny, OLD_DECLINES)
    after = sent(sunny, "after", old=True)
    view = sunny.view(after)
    assert (view.state, view.points, balance(sunny)) == (ReceiptState.DECLINED, 0, 0)
    assert "ask us to look" in view.reasons[0]
    assert view.screening is not None
    assert (view.screening.risk, view.screening.policy_version) == (Risk.DECLINE, 2)
    assert sum(each.share for each in view.screening.weighed) == pytest.approx(view.screening.score)
    (artefact,) = load(sunny.wiring, after, DECISION)
    decision = decision_from(artefact)
    assert isinstance(decision, Decline)
    assert (decision.reason, decision.would_pay) == (DeclineReason.POLICY, 30)
    assert {outcome.points for outcome in decision.outcomes} == {0}
    shown = sunny.view(before).screening
    assert shown is not None
    assert (shown.risk, shown.policy_version) == (Risk.HOLD, 1), "judged by what was in force then"
    assert outcomes(sunny, before) == outcomes(sunny, after) == [Outcome.SAME]
    ordinary = sent(sunny, "fine", old=False)
    assert sunny.view(ordinary).state is ReceiptState.AWARDED
    assert ask(sunny, ordinary) is Asked.NOT_DECLINED_BY_POLICY


def ask(shop: Shop, receipt: ReceiptId, member: MemberId | None = None) -> Asked:
    return ask_for_a_person(
        shop.wiring,
        program_id=SAMPLE_PROGRAM.id,
        receipt_id=receipt,
        asked_by="the member",
        member_id=member,
    )


def test_what_a_policy_declined_is_overturned_by_a_person_who_was_asked(sunny: Shop) -> None:
    put(sunny, OLD_DECLINES)
    paid, refused = sent(sunny, "right", old=True), sent(sunny, "wrong", old=True)
    assert ask(sunny, paid, sunny.tom) is Asked.NO_SUCH_RECEIPT, "another member's"
    assert ask(sunny, paid, sunny.maya) is Asked.OPENED
    assert (ask(sunny, paid), ask(sunny, refused)) == (Asked.OPEN_BEFORE, Asked.OPENED)
    view = sunny.view(paid)
    assert (view.state, view.would_pay, view.points) == (ReceiptState.HELD, 30, None)
    assert "one of us will" in view.reasons[0]
    assert isinstance(decide(sunny, view.case_id), Resolved)
    assert (sunny.view(paid).points, balance(sunny)) == (30, 30)
    again = decide(sunny, sunny.view(refused).case_id, approve=False)
    assert isinstance(again, Resolved)
    assert sunny.view(refused).state is ReceiptState.DECLINED
    assert ask(sunny, refused) is Asked.NOT_DECLINED_BY_POLICY, "a person's decision stands"
    told = sunny.rows("SELECT type FROM messages ORDER BY number")
    assert [kind for (kind,) in told] == [
        "receipt.declined",
        "receipt.declined",
        "receipt.held",
        "receipt.held",
        "points.awarded",
        "receipt.declined",
    ]
    assert outcomes(sunny, paid) == [Outcome.SAME]


def test_a_verdict_that_was_changed_or_is_older_than_the_evidence_is_said_to_be(sunny: Shop) -> None:
    receipt = sent(sunny, "kept", old=True)
    with sunny.wiring.database.write() as session:
        session.execute(
            text(
                "UPDATE artefacts SET body = json_set(body, '$.rule.thresholds.window_days', 400)"
                " WHERE receipt_id = :id AND kind = 'screening'"
            ),
            {"id": receipt},
        )
    (differs,) = replays(sunny.wiring, program_id=SAMPLE_PROGRAM.id, receipt_id=receipt) or ()
    assert differs.outcome is Outcome.DIFFERS
    assert any("risk: was hold, is clear" in said for said in differs.differences)
    assert any(said.startswith("purchase_date") for said in differs.differences)
    with sunny.wiring.database.write() as session:
        session.execute(
            text("UPDATE artefacts SET body = json_remove(body, '$.snapshot') WHERE kind = 'screening'")
        )
    (old,) = replays(sunny.wiring, program_id=SAMPLE_PROGRAM.id, receipt_id=receipt) or ()
    assert old.outcome is Outcome.NOT_KEPT
    assert "before evidence was kept" in old.differences[0]
    other = SAMPLE_PROGRAM.id.replace("sample", "other")
    assert replays(sunny.wiring, program_id=type(SAMPLE_PROGRAM.id)(other), receipt_id=receipt) is None


def test_a_tried_policy_keeps_its_verdict_and_decides_nothing(sunny: Shop) -> None:
    put(sunny, OLD_DECLINES, PolicyRole.SHADOW)
    receipt = sent(sunny, "tried", old=True)
    assert sunny.view(receipt).state is ReceiptState.HELD
    (artefact,) = load(sunny.wiring, receipt, SCREENING)
    assert artefact.body["shadow"]["risk"] == "decline"
    assert artefact.body["shadow"]["version"] == 2
    put(sunny, OLD_DECLINES)
    listed = policy_list(sunny.wiring, program_id=SAMPLE_PROGRAM.id)
    assert [(each.version, each.in_force, each.shadow) for each in listed] == [
        (2, True, False),
        (1, False, False),
    ]


def test_versions_are_never_changed(sunny: Shop) -> None:
    put(sunny, OLD_DECLINES)
    with pytest.raises(PolicyVersionError, match="give the changed document version 3"):
        put(sunny, {"version": 2})
    assert not give_role(
        sunny.wiring, program_id=SAMPLE_PROGRAM.id, role=PolicyRole.IN_FORCE, version=7, author=None
    )
    for table in ("fraud_policies", "policy_events"):
        with pytest.raises(Exception, match="only grows"), sunny.wiring.database.write() as session:
            session.execute(text(f"DELETE FROM {table}"))


def test_a_program_with_a_window_of_centuries_has_a_rule_that_can_be_read_again() -> None:
    rule = rule_of(BUILT_IN, replace(SAMPLE_PROGRAM, window_days=10**9, daily_receipts=10**9))
    assert from_json(Rule, to_json(rule)) == rule
