"""Questions of every screening that must take as long with a million receipts as with a thousand."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import event, update
from sqlalchemy.orm import Session

from pipeline.clock import utc_now
from pipeline.said_elsewhere import words_of_others
from receipts.database.repositories.line_corrections import LineCorrections
from receipts.database.repositories.reviews import History
from receipts.database.tables import ReceiptRow
from receipts.identity import ReceiptId
from tests.database.conftest import BYTES, World


def test_the_same_bytes_are_asked_for_by_index(world: World) -> None:
    """With OR between its parts SQLite and PostgreSQL walked all receipts: 35 and 25 ms at 100,000."""
    first, second = world.send(), world.send(world.bob)

    def ask(session: Session) -> None:
        found = History(session, world.mill).same_bytes(BYTES, part=0, before=10, limit=5)
        assert [earlier.receipt_id for earlier in found] == [first, second]

    plans = plans_of(world, ask, "file_sha256")
    if world.database.is_sqlite:
        assert any("ix_receipts_program_bytes (program_id=? AND file_sha256=?)" in each for each in plans)


def test_photos_of_a_purchase_are_asked_for_by_index(world: World) -> None:
    """At every decision, and at every correction."""
    receipt = world.send()
    with world.database.write() as session:
        session.execute(update(ReceiptRow).values(purchase_key="p1"))

    def ask(session: Session) -> None:
        assert list(words_of_others(session, world.mill, ReceiptId("rcp_new"), ("p1",))) == []
        corrections = LineCorrections(session, world.mill, utc_now())
        corrections.hold_purchase(receipt)
        assert corrections.added_alone(receipt) == 0

    plans = plans_of(world, ask, "purchase_key = ", "purchase_key IN")
    if world.database.is_sqlite:
        by_index = "ix_receipts_program_purchase (program_id=? AND purchase_key=?)"
        assert sum(by_index in each for each in plans) == 3, plans


def plans_of(world: World, ask: Callable[[Session], None], *parts: str) -> list[str]:
    """SQLite's plans of the statements that have any of these parts; no plan walks the receipts."""
    seen: list[tuple[str, tuple[object, ...]]] = []
    with world.database.read() as session:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *given: seen.append((given[2], given[3])))
        ask(session)
        if not world.database.is_sqlite:
            return []  # PostgreSQL chooses by what a table holds: `python -m bench fraud --only time`
        plans = [
            str(row)
            for statement, values in list(seen)
            if any(part in statement for part in parts)
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert not any("SCAN receipts" in each or "rowid<" in each or "(program_id=?)" in each for each in plans)
    return plans
