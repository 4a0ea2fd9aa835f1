"""Policies in versions, which one judges, and what was drawn for blind review."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from awarding.fraud.policy_file import parse_policy
from pipeline.judging import judge, rule_in_force
from pipeline.replay import Outcome, replays
from pipeline.shadow import Flip, shadow_run
from pipeline.snapshots import Basis
from pipeline.steps.artefacts import Matching, matching_artefact, screening_artefact
from pipeline.steps.compared import NOTHING_COMPARED
from receipts.database.codec import to_json
from receipts.database.repositories.blind_reviews import DECLINE, PASS, BlindReviews
from receipts.database.repositories.policies import Policies, PolicyRole, PolicyVersionError
from receipts.database.repositories.programs import Programs
from receipts.database.repositories.reviews import Reviews
from receipts.database.repositories.work import Artefact, Work
from receipts.fraud import Risk
from receipts.identity import AccountId, Role
from receipts.program import Account
from tests.database.conftest import NOW, World
from tests.unit.test_snapshots import evidence


def test_versions_rise_and_roles_move_within_the_program(world: World) -> None:
    with world.database.write() as session:
        ours, theirs = Policies(session, world.mill, NOW), Policies(session, world.forge, NOW)
        assert ours.add(2, {"version": 2, "hold_from": 0.35}, author=None)
        assert not ours.add(2, {"version": 2, "hold_from": 0.35}, author=None)
        with pytest.raises(PolicyVersionError, match="version 3"):
            ours.add(2, {"version": 2}, author=None)
        assert ours.add(5, {"version": 5}, author=None)
        assert theirs.add(2, {"version": 2}, author=None), "another program's versions are its own"
        ours.put(PolicyRole.IN_FORCE, 2, author=None)
        ours.put(PolicyRole.SHADOW, 5, author=None)
        ours.put(PolicyRole.IN_FORCE, 5, author=None)
        ours.put(PolicyRole.SHADOW, None, author=None)
        assert [each.version for each in ours.all()] == [5, 2]
        assert (ours.standing(PolicyRole.IN_FORCE), ours.standing(PolicyRole.SHADOW)) == (5, None)
        assert theirs.standing(PolicyRole.IN_FORCE) is None
        found = ours.find(2)
        assert found is not None
        assert (found.document["hold_from"], theirs.find(5)) == (0.35, None)


@pytest.mark.parametrize("table", ["fraud_policies", "policy_events"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET author = NULL", "DELETE FROM {}"])
def test_what_was_in_force_when_cannot_be_rewritten(world: World, table: str, verb: str) -> None:
    with world.database.write() as session:
        policies = Policies(session, world.mill, NOW)
        policies.add(2, {"version": 2}, author=None)
        policies.put(PolicyRole.IN_FORCE, 2, author=None)
    with pytest.raises(DBAPIError, match="only grows"), world.database.write() as session:
        session.execute(text(verb.format(table)))


def test_a_blind_review_is_answered_once(world: World) -> None:
    first, second = world.send(), world.send()
    reviewer = AccountId("acc_r")
    with world.database.write() as session:
        account = Account(reviewer, world.mill, Role.REVIEWER, None, "r@example.com", "R")
        Programs(session).add_account(account, "hash", NOW)
        reviews = BlindReviews(session, world.mill, NOW)
        reviews.draw(first, decided=PASS, policy_version=1)
        reviews.draw(second, decided=DECLINE, policy_version=2)
        passed, declined = reviews.waiting(after=0, limit=10)
        assert BlindReviews(session, world.forge, NOW).find(passed.id) is None
        assert reviews.answer(passed.id, accept=True, reviewer=reviewer, note="")
        assert not reviews.answer(passed.id, accept=False, reviewer=reviewer, note="")
        assert reviews.answer(declined.id, accept=True, reviewer=reviewer, note="fine")
        assert [each.id for each in reviews.disagreed(limit=9)] == [declined.id]
        assert reviews.counts() == {("pass", "accept"): 1, ("decline", "accept"): 1}
        assert reviews.waiting(after=0, limit=10) == ()
    with pytest.raises(IntegrityError), world.database.write() as session:
        BlindReviews(session, world.mill, NOW).draw(first, decided=PASS, policy_version=1)


def test_a_run_over_the_past_reads_what_each_database_keeps(world: World) -> None:
    wiring: Any = SimpleNamespace(database=world.database)
    receipt = world.send()
    given = evidence(receipts_today=40)
    with world.database.read() as session:
        program = Programs(session).find(world.mill)
    assert program is not None
    judged = judge(wiring, program, given, rule_in_force(wiring, program), Basis(1, 1))
    with world.database.write() as session:
        work = Work(session, NOW)
        work.add_artefact(receipt, Artefact("reading", {}, {"receipt": to_json(given.receipt)}))
        work.add_artefact(receipt, matching_artefact(Matching(given.matches, 0), versions={}))
        work.add_artefact(
            receipt, screening_artefact(judged.screening, compared=NOTHING_COMPARED.kept(), kept=judged.kept)
        )
        session.execute(text("UPDATE receipts SET state = 'held'"))
        Reviews(session, world.mill, NOW).open(receipt, reasons=[], would_pay=30)
    for document, after in (
        ({"version": 2, "every_check": {"strong": {"does": "note"}}}, Risk.CLEAR),
        ({"version": 2, "thresholds": {"max_receipts_per_day": 50}}, Risk.CLEAR),
        ({"version": 2, "every_check": {"strong": {"does": "decline"}}}, Risk.DECLINE),
    ):
        policy = parse_policy(document)
        (seen,) = shadow_run(wiring, program_id=world.mill, policy=policy)
        assert isinstance(seen, Flip)
        assert (seen.before, seen.after, seen.points, seen.reviewed) == (Risk.HOLD, after, 30, "open")
        assert list(shadow_run(wiring, program_id=world.forge, policy=policy)) == []
    (replayed,) = replays(wiring, program_id=world.mill, receipt_id=receipt) or ()
    assert (replayed.outcome, replayed.differences) == (Outcome.SAME, ())
