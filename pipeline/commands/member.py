"""`member`: all that is kept of one, none of it, and how long files are kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from pipeline.clock import utc_now
from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.privacy import KeepDaysError, StillMovingError, change_keep_days, erase_member, member_export
from pipeline.privacy_export import write_archive
from receipts.database.repositories.retention import Retention
from receipts.identity import MemberId

member = typer.Typer(help="A member's data: export and erasure.", no_args_is_help=True)

_Member = Annotated[str, typer.Argument(help="The member's id (mem_...); `tillpoints account list` has it.")]


@member.callback()
def _members() -> None:
    """A member's data: export and erasure."""


@member.command("export")
def export(
    member_id: _Member,
    to: Annotated[Path, typer.Argument(help="The ZIP file to write; there must be none of that name.")],
    program: ProgramOption = "",
) -> None:
    """Write all that is kept of a member: data.json, and the files as they were sent. It is noted as a look.

    Example: tillpoints member export mem_1f0c... maya.zip
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    try:
        # Readable by the owner alone: it holds a person's purchases.
        handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        _stop(f"{to} cannot be written: {error.strerror}. Name a new file in a folder that you may write to.")
    with os.fdopen(handle, "wb") as into:
        made = member_export(wiring, program_id=target.id, member_id=MemberId(member_id))
        files = 0 if made is None else write_archive(wiring, made, into)
    if made is None:
        to.unlink()
        _stop(f"Program {target.id} has no member {member_id}, or they were erased.")
    _say(f"{to} holds the member's data and {files} {'file' if files == 1 else 'files'}.")


@member.command("erase")
def erase(
    member_id: _Member,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: it cannot be undone.")] = False,
    program: ProgramOption = "",
) -> None:
    """Erase who a member is, what they sent and what was read from it. The books stay, under the member's id.

    Example: tillpoints member erase mem_1f0c...
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    if not yes:
        typer.confirm(f"Erase {member_id} of {target.name}? It cannot be undone.", abort=True)
    try:
        erasure = erase_member(wiring, program_id=target.id, member_id=MemberId(member_id))
    except StillMovingError as error:
        _stop(str(error))
    if erasure is None:
        _stop(f"Program {target.id} has no member {member_id}.")
    _say(
        f"Erased on {erasure.at:%Y-%m-%d %H:%M} UTC: receipts: {erasure.receipts}, mails and"
        f" texts: {erasure.messages}. Backups made before still hold them;"
        " `tillpoints restore` erases them again."
    )


def program_files(
    keep_days: Annotated[
        int | None, typer.Option(help="Days after a receipt came to rest; 0: as long as the program runs.")
    ] = None,
    program: ProgramOption = "",
) -> None:
    """Say how long originals and pictures are kept. What was read from them, and the books, stay.

    Example: tillpoints program files --keep-days 400
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    if keep_days is not None:
        try:
            change_keep_days(wiring, target.id, keep_days or None)
        except KeepDaysError as error:
            _stop(f"{error} Nothing was changed.")
    with wiring.database.read() as session:
        kept = Retention(session, target.id, utc_now()).keep_files_days()
    _say(
        "Files are kept as long as the program runs."
        if kept is None
        else f"Files are kept for {kept} days after their receipt came to rest."
    )


def _say(words: str) -> None:
    Console(soft_wrap=True).print(words, markup=False, highlight=False)


def _stop(words: str) -> NoReturn:
    Console(stderr=True, soft_wrap=True).print(words, markup=False, highlight=False)
    raise typer.Exit(1)
