"""Migration 0017 on books as they stood before it: every row stays, as a transfer between accounts."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from receipts.database.engine import Database
from receipts.database.repositories.books import Books
from receipts.identity import MemberId, ProgramId, ReceiptId
from receipts.ledger import AccountKind, EntryKind

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
MILL, ANN = ProgramId("mill"), MemberId("mem_ann")
ENTRIES = (
    # id, receipt, kind, points, posting, what it reverses
    ("led_1", "rcp_1", "award", 30, 0, None),
    ("led_2", "rcp_1", "award", 5, 1, None),
    ("led_3", "rcp_2", "award", 70, 0, None),
    ("led_4", "rcp_2", "reversal", -70, 0, "led_3"),
)


def _upgrade(database: Database, to: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(files("receipts.database") / "migrations"))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        connection.commit()


def _fill(database: Database) -> None:
    """What a program had then; columns that do not matter here hold what their types allow."""
    meta = sa.MetaData()
    meta.reflect(database.engine)
    usual: dict[type, Any] = {str: "x", int: 1, bool: False, datetime: NOW, dict: {}, float: 0.0}

    def add(connection: sa.Connection, name: str, **values: Any) -> None:
        table = meta.tables[name]
        for column in table.columns:
            needed = (
                not column.nullable and column.server_default is None and column.autoincrement is not True
            )
            if column.name not in values and needed and column.name != "number":
                values[column.name] = usual[column.type.python_type]
        connection.execute(table.insert().values(**values))

    with database.engine.begin() as connection:
        add(connection, "programs", id=MILL, currency="USD", time_zone="UTC")
        add(connection, "members", program_id=MILL, id=ANN)
        for number in (1, 2):
            add(
                connection,
                "submissions",
                id=f"sub_{number}",
                program_id=MILL,
                member_id=ANN,
                channel="upload",
            )
            add(
                connection,
                "receipts",
                id=f"rcp_{number}",
                submission_id=f"sub_{number}",
                program_id=MILL,
                member_id=ANN,
                state="awarded",
            )
            add(
                connection,
                "claims",
                program_id=MILL,
                purchase_key=f"purchase1/{number}",
                line_key="OATS#1",
                receipt_id=f"rcp_{number}",
                member_id=ANN,
            )
        for entry_id, receipt, kind, points, posting, reverses in ENTRIES:
            add(
                connection,
                "ledger_entries",
                id=entry_id,
                program_id=MILL,
                member_id=ANN,
                receipt_id=receipt,
                kind=kind,
                points=points,
                campaign_id="spring",
                rule_id="r",
                posting=posting,
                reverses=reverses,
            )


def test_books_from_before_double_entry_keep_every_row_and_balance(database_url: str) -> None:
    database = Database(database_url)
    try:
        _upgrade(database, "0016")
        _fill(database)
        database.migrate()
        with database.read() as session:
            books = Books(session, MILL, NOW)
            entries, balances = books.all_entries(ANN), books.balances(ANN)
            claimed = books.claimed_lines("purchase1/1"), books.claimed_lines("purchase1/2")
        assert [
            (each.id, each.receipt_id, each.kind, each.points, each.debit, each.credit, each.reverses)
            for each in entries
        ] == [
            (
                "led_1",
                ReceiptId("rcp_1"),
                EntryKind.AWARD,
                30,
                AccountKind.PROGRAM,
                AccountKind.AVAILABLE,
                None,
            ),
            (
                "led_2",
                ReceiptId("rcp_1"),
                EntryKind.AWARD,
                5,
                AccountKind.PROGRAM,
                AccountKind.AVAILABLE,
                None,
            ),
            (
                "led_3",
                ReceiptId("rcp_2"),
                EntryKind.AWARD,
                70,
                AccountKind.PROGRAM,
                AccountKind.AVAILABLE,
                None,
            ),
            (
                "led_4",
                ReceiptId("rcp_2"),
                EntryKind.REVERSAL,
                70,
                AccountKind.AVAILABLE,
                AccountKind.CANCELLED,
                "led_3",
            ),
        ]
        assert (balances.pending, balances.available, balances.held) == (0, 35, 0)
        assert claimed == (frozenset({"OATS#1"}), frozenset({"OATS#1"}))
        # It still only grows.
        with pytest.raises(sa.exc.DBAPIError), database.engine.begin() as connection:
            connection.execute(sa.text("UPDATE ledger_entries SET points = 1"))
    finally:
        database.close()
