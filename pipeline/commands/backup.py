"""`backup` and `restore`: database and files, to one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from pipeline.backup import BackupError, Manifest, Step, check_backup, make_backup, restore_backup
from pipeline.commands.programs import ready_wiring
from pipeline.settings import load_settings
from pipeline.wiring import build

_MEGABYTE = 1_000_000


def backup(
    folder: Annotated[Path, typer.Argument(help="A new folder, for this backup alone.")],
    check: Annotated[
        bool, typer.Option("--check", help="Only read a backup that is there, every byte.")
    ] = False,
) -> None:
    """Write every row and file, as of one moment, while everything runs. Exits 1 where a file was lost.

    What it holds is personal: keep it as well guarded as the database. Settings and the files that they name
    (channels, publishers, stores) are not in it.

    Example: tillpoints backup /backups/2026-11-23
    """
    try:
        if check:
            manifest = check_backup(build(load_settings(), acts_across=True), folder)
        else:
            wiring = ready_wiring()
            with _progress() as step:
                manifest = make_backup(wiring, folder, step)
    except BackupError as error:
        _stop(str(error))
    _say(f"{folder}: as of {manifest.made_at}, {_held(manifest)}.")
    if manifest.lost:
        _stop(
            f"{len(manifest.lost)} files that receipts name were not in the store, or altered;"
            f" {folder}/backup.json lists them. All else is in the backup."
            " `tillpoints doctor` says whether the store answers."
        )


def restore(
    folder: Annotated[Path, typer.Argument(help="A folder that `tillpoints backup` wrote.")],
    erasures: Annotated[
        Path | None,
        typer.Option(help="erasures.jsonl of the installation that was lost; else the data folder's own."),
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help="The newest member_keys.jsonl; else the one beside the backup.")
    ] = None,
) -> None:
    """Fill an empty database and file store from a backup, whichever kinds the settings name.

    Members who were erased since are erased again. Start nothing before it has ended.

    Example: TILLPOINTS_DATA_DIR=/srv/fresh tillpoints restore /backups/2026-11-23
    """
    wiring = build(load_settings(), acts_across=True)
    if erasures is not None and not erasures.is_file():
        _stop(f"There is no file {erasures}. Nothing was restored.")
    if keys is not None and not keys.is_file():
        _stop(f"There is no file {keys}. Nothing was restored.")
    try:
        with _progress() as step:
            done = restore_backup(wiring, folder, erasures=erasures, keys=keys, step=step)
    except BackupError as error:
        _stop(str(error))
    _say(f"Restored as of {done.manifest.made_at}: {_held(done.manifest)}. Erased again: {done.erased}.")
    _say(f"Members' keys put back: {done.keys}.")
    for program, position in done.manifest.positions.items():
        _say(
            f"Program {program}: its message feed ends at {position}. A consumer that is further than that"
            " starts again from there; `source` and `id` tell what it has."
        )
    _say("Next: `tillpoints books check`, `tillpoints doctor`, then start everything.")


def _held(manifest: Manifest) -> str:
    rows = sum(manifest.rows.values())
    return f"{rows} rows, {manifest.files} files ({manifest.file_bytes / _MEGABYTE:.1f} MB)"


@contextmanager
def _progress() -> Iterator[Step]:
    """Shows what is being done on a terminal, and nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _what, _count: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task("")
        yield lambda what, count: shown.update(task, description=f"{what}: {count}")


def _say(words: str) -> None:
    Console(soft_wrap=True).print(words, markup=False, highlight=False)


def _stop(words: str) -> NoReturn:
    Console(stderr=True, soft_wrap=True).print(words, markup=False, highlight=False)
    raise typer.Exit(1)
