"""Who changed people and keys, and what is said of retailers: kept in tables that only grow."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from receipts.database.repositories.programs import Programs
from receipts.database.repositories.staff_log import StaffChange, StaffLog
from receipts.database.tables import RetailerFactRow
from receipts.identity import AccountId, ProgramId, Role
from receipts.program import Account
from tests.database.conftest import NOW, World

MILL = ProgramId("mill")


def _admin(world: World, name: str) -> AccountId:
    account = Account(AccountId(name), MILL, Role.ADMIN, None, f"{name}@mill.example", name)
    with world.database.write() as session:
        Programs(session).add_account(account, "no hash", NOW)
    return account.id


def test_changes_are_listed_newest_first_and_a_page_at_a_time(world: World) -> None:
    by, whom = _admin(world, "log-by"), _admin(world, "log-whom")
    with world.database.write() as session:
        log = StaffLog(session, MILL)
        log.note(StaffChange.ROLE, by=by, whom=whom, at=NOW, detail={"from": "admin", "to": "service"})
        log.note(StaffChange.STEP_ASKED, by=None, whom=None, at=NOW)
    with world.database.read() as session:
        first, *_ = newest = StaffLog(session, MILL).newest(before=0, limit=2)
        older = StaffLog(session, MILL).newest(before=first.number, limit=1)
        assert StaffLog(session, ProgramId("other")).newest(before=0, limit=9) == ()
    assert [(each.who, each.whom) for each in newest] == [("", ""), ("log-by", "log-whom")]
    assert (older[0].kind, dict(older[0].detail)) == (StaffChange.ROLE, {"from": "admin", "to": "service"})


@pytest.mark.parametrize("table", ["staff_events", "retailer_facts"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET program_id = program_id", "DELETE FROM {}"])
def test_neither_can_be_rewritten(world: World, table: str, verb: str) -> None:
    by = _admin(world, f"{table}-{verb[:6]}".lower())
    with world.database.write() as session:
        StaffLog(session, MILL).note(StaffChange.ENABLED, by=by, whom=by, at=NOW)
        session.add(RetailerFactRow(program_id=MILL, key="x", facts=None, author=by, at=NOW))
    with pytest.raises(DBAPIError, match="only grows"), world.database.write() as session:
        session.execute(text(verb.format(table)))
