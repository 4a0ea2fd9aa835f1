"""`tables`: bring the database's tables to this version's, as the role whose they are."""

from __future__ import annotations

import typer

from pipeline.commands.wall import NO_WALL, WORDS
from pipeline.settings import load_settings
from pipeline.wiring import build
from receipts.database.wall import state


def tables() -> None:
    """Bring the tables to this version's; does nothing where they are. Example: tillpoints tables.

    Each process does that when it starts, where its database role may. Where the tables are another role's
    (docs/deploy.md), run this as that one before the processes of a new version.
    """
    wiring = build(load_settings(), acts_across=True)
    wiring.database.migrate()
    typer.echo(f"The tables are of version {wiring.database.version()}.")
    if wiring.database.is_sqlite:
        typer.echo(NO_WALL)
        return
    with wiring.database.read() as session:
        typer.echo(f"The wall between programs: {WORDS[state(session.connection())]}.")
