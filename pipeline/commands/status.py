"""`program status`: the rules by which tiers and badges move."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from awarding.status_file import StatusError, parse_status_text
from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.status import import_status, status_document
from receipts.database.repositories.status import StatusVersionError

_NONE = "There is no status document: the core loyalty service sets tiers and badges."


def program_status(
    file: Annotated[
        Path | None, typer.Argument(help="JSON, as docs/status.schema.json says; without it, it only shows.")
    ] = None,
    program: ProgramOption = "",
) -> None:
    """Say by which totals members' tiers and badges move. Every member is looked at by a new version.

    Example: tillpoints program status status.json
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    if file is None:
        found = status_document(wiring, target.id)
        typer.echo(_NONE if found is None else json.dumps(found, indent=2, ensure_ascii=False))
        return
    try:
        rules, document = parse_status_text(file.read_text(encoding="utf-8"), where=file.name)
        new = import_status(wiring, target.id, rules, document)
    except (StatusError, StatusVersionError, OSError, UnicodeDecodeError) as error:
        Console(stderr=True, soft_wrap=True).print(
            f"{error}\nNothing was changed.", markup=False, highlight=False
        )
        raise typer.Exit(1) from error
    said = "is in force now; members are looked at by it" if new else "was in force already"
    Console(soft_wrap=True).print(
        f"Status document version {rules.version} {said}.", markup=False, highlight=False
    )
