"""The second wall between programs: row-level security on PostgreSQL, under every query's own WHERE.

The policies are made by migration 0051 for the tables named here. A table's owner passes by them until the
wall is raised (FORCE ROW LEVEL SECURITY); superusers and roles with BYPASSRLS pass always.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Connection, MetaData, text

from receipts.database.acting import ACROSS_SETTING, ON, PROGRAM_SETTING

OF_NO_PROGRAM = frozenset(
    {"failed_tries", "file_removals", "heartbeats", "leases", "sealed_files", "spent_states"}
)
"""Rows that are nobody's: counts of wrong passwords, hashes of files to remove, leases of processes."""
CHILDREN = {
    "artefacts": ("receipt_id", "receipts", "id"),
    "catalog_products": ("catalog_number", "catalog_versions", "number"),
    "provider_links": ("account_id", "accounts", "id"),
    "recovery_codes": ("account_id", "accounts", "id"),
    "returned_lines": ("return_id", "returns", "id"),
    "second_steps": ("account_id", "accounts", "id"),
    "upload_pieces": ("upload_id", "uploads", "id"),
}
"""Tables without a program: their column, and the parent's table and column that has one."""
POLICY = "of_its_program"

_ACROSS = f"(SELECT current_setting('{ACROSS_SETTING}', true)) = '{ON}'"
_PROGRAM = f"(SELECT current_setting('{PROGRAM_SETTING}', true))"


class Wall(StrEnum):
    """How the wall stands for the role that is connected."""

    STANDS = "stands"
    NOT_RAISED = "not raised"
    ROLE_BYPASSES = "role bypasses it"
    NONE = "none"


def condition(table: str) -> str:
    """The SQL that a row of the table meets when it may be seen or written.

    Each setting is asked for once a query and not once a row, as an uncorrelated subquery.
    """
    if table == "programs":
        return f"{_ACROSS} OR id = {_PROGRAM}"
    if table not in CHILDREN:
        return f"{_ACROSS} OR program_id = {_PROGRAM}"
    column, parent, key = CHILDREN[table]
    return (
        f"{_ACROSS} OR EXISTS (SELECT 1 FROM {parent} AS parent"  # noqa: S608  (names of the program's own)
        f" WHERE parent.{key} = {table}.{column} AND parent.program_id = {_PROGRAM})"
    )


def guarded(metadata: MetaData) -> tuple[str, ...]:
    """The tables that need a policy: all but those of no program."""
    return tuple(sorted(set(metadata.tables) - OF_NO_PROGRAM))


def tables_behind(connection: Connection) -> tuple[str, ...]:
    """The tables of this database that have the policy."""
    found = connection.execute(
        text(
            "SELECT tablename FROM pg_policies"
            " WHERE schemaname = current_schema() AND policyname = :policy ORDER BY tablename"
        ),
        {"policy": POLICY},
    )
    return tuple(found.scalars())


def role_bypasses(connection: Connection) -> bool:
    """Whether no policy holds for the role that is connected."""
    asked = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    return bool(connection.execute(text(asked)).scalar_one())


def state(connection: Connection) -> Wall:
    """How the wall stands for this role; on PostgreSQL only."""
    tables = tables_behind(connection)
    if not tables:
        return Wall.NONE
    if role_bypasses(connection):
        return Wall.ROLE_BYPASSES
    asked = text(
        "SELECT count(*) FROM pg_policies JOIN pg_class ON pg_class.oid = tablename::regclass"
        " WHERE policyname = :policy AND schemaname = current_schema() AND (NOT relrowsecurity"
        " OR (NOT relforcerowsecurity AND pg_has_role(current_user, relowner, 'USAGE')))"
    )
    open_tables = connection.execute(asked, {"policy": POLICY}).scalar_one()
    return Wall.NOT_RAISED if open_tables else Wall.STANDS


def set_forced(connection: Connection, *, forced: bool) -> int:
    """Raise the wall for the tables' owner too, or lower it; how many tables. As the owner only."""
    tables = tables_behind(connection)
    word = "FORCE" if forced else "NO FORCE"
    for table in tables:
        connection.exec_driver_sql(f'ALTER TABLE "{table}" {word} ROW LEVEL SECURITY')
    return len(tables)
