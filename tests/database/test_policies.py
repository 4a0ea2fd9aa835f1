"""Policies in versions, which one judges, and what was drawn for blind review."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from receipts.database.repositories.blind_reviews import DECLINE, PASS, BlindReviews
from receipts.database.repositories.policies import Policies, PolicyRole, PolicyVersionError
from receipts.database.repositories.programs import Programs
from receipts.identity import AccountId, Role
from receipts.program import Account
from tests.database.conftest import NOW, World


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
