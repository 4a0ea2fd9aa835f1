"""Questions of every screening that must take as long with a million receipts as with a thousand."""

from __future__ import annotations

from sqlalchemy import event

from receipts.database.repositories.reviews import History
from tests.database.conftest import BYTES, World


def test_the_same_bytes_are_asked_for_by_index(world: World) -> None:
    """With OR between its parts SQLite and PostgreSQL walked all receipts: 35 and 25 ms at 100,000."""
    first, second = world.send(), world.send(world.bob)
    seen: list[tuple[str, tuple[object, ...]]] = []
    with world.database.read() as session:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *given: seen.append((given[2], given[3])))
        found = History(session, world.mill).same_bytes(BYTES, part=0, before=10, limit=5)
        assert [earlier.receipt_id for earlier in found] == [first, second]
        if not world.database.is_sqlite:
            return  # PostgreSQL chooses by what a table holds; `python -m bench fraud --only time` times it
        plans = [
            str(row)
            for statement, values in list(seen)
            if "file_sha256" in statement
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert any("ix_receipts_program_bytes (program_id=? AND file_sha256=?)" in each for each in plans)
    assert not any("SCAN receipts" in each or "rowid<" in each or "(program_id=?)" in each for each in plans)
