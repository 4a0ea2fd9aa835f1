"""`wall`: row-level security on PostgreSQL, the second wall between programs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from pipeline.settings import load_settings
from pipeline.wiring import build
from receipts.database.engine import as_their_owner
from receipts.database.wall import Wall, set_forced, state

WORDS = {
    Wall.STANDS: "each program's rows are hidden from the others",
    Wall.NOT_RAISED: "made, but its tables' owner passes by it: `tillpoints wall raise`, once no process of"
    " the version before runs",
    Wall.ROLE_BYPASSES: "this database role passes by it (a superuser, or BYPASSRLS): give the API another"
    " (docs/deploy.md)",
    Wall.NONE: "not made: `tillpoints doctor` migrates the tables",
}
NO_WALL = "SQLite has no second wall; every query names its program"


class Turn(StrEnum):
    """What to do with the wall."""

    SHOW = "show"
    RAISE = "raise"
    LOWER = "lower"


def wall(
    turn: Annotated[
        Turn, typer.Argument(help="Raise and lower: as the role whose the tables are.")
    ] = Turn.SHOW,
) -> None:
    """Show, raise or lower the database's wall between programs. Example: tillpoints wall raise."""
    wiring = build(load_settings(), acts_across=True)
    if wiring.database.is_sqlite:
        typer.echo(NO_WALL)
        return
    with wiring.database.write() as session:
        if turn is not Turn.SHOW:
            with as_their_owner(f"{turn} the wall", f"tillpoints wall {turn}"):
                set_forced(session.connection(), forced=turn is Turn.RAISE)
        typer.echo(f"The wall between programs: {WORDS[state(session.connection())]}.")
