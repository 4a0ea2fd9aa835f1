"""Each migration leaves the program before it what it needs: new versions are rolled out one by one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

VERSIONS = Path(__file__).parents[2] / "receipts/database/migrations/versions"
FIRST = 46
"""Those before were written when no version was in use yet."""
TAKES_AWAY = {
    *("drop_column", "drop_table", "rename_table", "alter_column", "create_unique_constraint"),
    *("create_check_constraint", "create_foreign_key", "create_primary_key"),
}
ALLOWED = "old_programs_go_on_because"
"""A migration that has to take something away says by this name why the version before it can spare it."""


def unkind(source: str) -> list[str]:
    """What the migration's upgrade takes from a program that does not know it."""
    tree = ast.parse(source)
    if any(isinstance(each, ast.Assign) and ALLOWED in ast.dump(each.targets[0]) for each in tree.body):
        return []
    # Helpers serve the upgrade; the way back may take away what the upgrade added.
    functions = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name != "downgrade"]
    calls = [node for each in functions for node in ast.walk(each) if isinstance(node, ast.Call)]
    found = []
    for call in calls:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name in TAKES_AWAY:
            found.append(name)
        if name == "add_column" and not all(map(_may_be_left_out, call.args[1:] or call.args)):
            found.append("add_column that an old program does not fill")
    return found


def _may_be_left_out(column: ast.expr) -> bool:
    given = {each.arg: each.value for each in column.keywords} if isinstance(column, ast.Call) else {}
    nullable = given.get("nullable")
    is_filled = "server_default" in given
    return is_filled or (isinstance(nullable, ast.Constant) and nullable.value is True)


def test_an_old_program_goes_on_with_new_tables() -> None:
    later = [each for each in sorted(VERSIONS.glob("[0-9]*.py")) if int(each.name[:4]) >= FIRST]
    assert {each.name: unkind(each.read_text(encoding="utf-8")) for each in later} == {
        each.name: [] for each in later
    }


@pytest.mark.parametrize(
    ("upgrade", "found"),
    [
        ("op.drop_column('members', 'name')", ["drop_column"]),
        ("op.alter_column('members', 'name', nullable=False)", ["alter_column"]),
        ("op.create_index('ix', 'members', ['name'])", []),
        ("op.create_table('things', sa.Column('id', sa.String(), nullable=False))", []),
        ("op.add_column('members', sa.Column('age', sa.Integer(), nullable=True))", []),
        ("op.add_column('members', sa.Column('age', sa.Integer(), server_default='0', nullable=False))", []),
        (
            "op.add_column('members', sa.Column('age', sa.Integer(), nullable=False))",
            ["add_column that an old program does not fill"],
        ),
    ],
)
def test_what_an_old_program_misses_is_found(upgrade: str, found: list[str]) -> None:
    undone = "def downgrade():\n    op.drop_table('things')\n"
    assert unkind(f"def upgrade():\n    {upgrade}\n\n\n{undone}") == found
    assert unkind(f"{ALLOWED} = 'nobody read it'\n\n\ndef upgrade():\n    {upgrade}\n") == []
