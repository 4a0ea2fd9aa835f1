"""`migrate`: members, balances, tiers and history of another loyalty system, from CSV or Parquet."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from pipeline.clock import utc_now
from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.migration.invite import NoMailError, invite
from pipeline.migration.load import Loader, LoadReport, MigrationBusyError, today_of
from pipeline.migration.mapping import Formats, Mapping, MappingError, load_mapping
from pipeline.migration.profile import gaps, profile_paths
from pipeline.migration.reconcile import Reconciliation, reconcile
from pipeline.migration.shown import gap_lines, load_lines, profile_lines, reconciliation_lines
from pipeline.migration.staging import Staged, check_totals, stage
from pipeline.tables import inert
from receipts.database.repositories.origins import Origins, origins_of
from receipts.errors import TransientError

migrate = typer.Typer(
    help="Bring members, balances, tiers and history over from another loyalty system (docs/migrate.md).",
    no_args_is_help=True,
)

MappingFile = Annotated[
    Path, typer.Argument(help="The mapping file: docs/migrate.schema.json says what is in it.")
]
AsJson = Annotated[bool, typer.Option("--json", help="As one JSON object.")]
_DIFFERS_EXIT = 1
_MAPPINGS = frozenset({".toml", ".json"})


@migrate.command("profile")
def profile(
    files: Annotated[
        list[Path], typer.Argument(help="A mapping file; or CSV and Parquet files, before there is one.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show how each column is filled; with a mapping also what would not come over. Nothing is stored.

    Example: tillpoints migrate profile members.csv
    """
    try:
        if len(files) > 1 or files[0].suffix.lower() not in _MAPPINGS:
            profiles, found = profile_paths(files, Formats()), None
        else:
            mapping = load_mapping(files[0])
            paths = sorted(_paths_of(mapping, files[0].parent))
            profiles = profile_paths(paths, mapping.formats)
            with stage(mapping, files[0].parent, utc_now().date()) as staged:
                found = gaps(mapping, staged, profiles)
    except MappingError as error:
        _stop(f"{error}.")
    if as_json:
        typer.echo(json.dumps({"files": profiles, "gaps": found}, ensure_ascii=False))
        return
    _say(profile_lines(profiles))
    if found is not None:
        _say(gap_lines(found))


@migrate.command("load")
def load(
    mapping_file: MappingFile,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do all of it, and take it back.")] = False,
    refused: Annotated[Path | None, typer.Option(help="Where to list what did not come over.")] = None,
    program: ProgramOption = "",
    as_json: AsJson = False,
) -> None:
    """Bring everybody over: first all, later what has changed there. Killed, it goes on when run again.

    Example: tillpoints migrate load old-club.toml --dry-run
    """
    mapping = _mapping(mapping_file)
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    list_file = refused or mapping_file.with_suffix(".refused.csv")
    try:
        with stage(mapping, mapping_file.parent, today_of(target)) as staged:
            check_totals(mapping, staged)
            found = Loader(wiring, target, mapping, staged, dry_run=dry_run).run()
            _list_refused(list_file, staged)
    except (MappingError, MigrationBusyError, TransientError) as error:
        _stop(str(error) if str(error).endswith(".") else f"{error}.")
    _told(found, dry_run=dry_run, list_file=list_file, as_json=as_json)


def _told(found: LoadReport, *, dry_run: bool, list_file: Path, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"dry_run": dry_run, **found.as_json()}, ensure_ascii=False))
        return
    _say(load_lines(found, dry_run=dry_run))
    if found.refused:
        _say([f"{list_file} lists each of the refused: mend them there, and load again."])


@migrate.command("reconcile")
def reconciliation(
    mapping_file: MappingFile,
    sign_off: Annotated[str, typer.Option(help="Your name: keep these totals, as right, with it.")] = "",
    program: ProgramOption = "",
    as_json: AsJson = False,
) -> None:
    """Compare the files with what is here, member by member. Exit 1 where they differ: nothing is signed.

    Example: tillpoints migrate reconcile old-club.toml --sign-off "Ada Lindt"
    """
    mapping = _mapping(mapping_file)
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    try:
        with stage(mapping, mapping_file.parent, today_of(target)) as staged:
            check_totals(mapping, staged)
            found = reconcile(wiring, target, mapping, staged)
    except MappingError as error:
        _stop(f"{error}.")
    signed = bool(sign_off.strip()) and found.fits
    if signed:
        with wiring.database.write() as session:
            origins = Origins(session, target.id, mapping.system, utc_now())
            origins.note_run("sign_off", found.as_json(), signed_by=sign_off.strip()[:200])
    _shown(mapping_file, found, signed_by=sign_off.strip() if signed else "", as_json=as_json)
    if not found.fits:
        raise typer.Exit(_DIFFERS_EXIT)


def _shown(mapping_file: Path, found: Reconciliation, *, signed_by: str, as_json: bool) -> None:
    list_file = mapping_file.with_suffix(".differences.csv")
    if found.differs:
        rows = ((each.source_id, each.what, each.there, each.here) for each in found.differs)
        _write(list_file, ("member", "what", "there", "here"), rows)
    if as_json:
        typer.echo(json.dumps({**found.as_json(), "signed_by": signed_by or None}, ensure_ascii=False))
        return
    _say(reconciliation_lines(found))
    if found.differs:
        _say([f"{list_file} lists each difference. Load again, and see whether they stay."])
    if signed_by:
        _say([f"Signed off by {signed_by}; `tillpoints migrate runs` shows it."])


@migrate.command("ids")
def ids(
    system: Annotated[str, typer.Argument(help="The other system, as the mapping calls it.")],
    to: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    program: ProgramOption = "",
) -> None:
    """Write which member of the other system is which member here. Who was erased is not in it.

    Example: tillpoints migrate ids old-club ids.csv
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    with wiring.database.read() as session:
        found = origins_of(session, target.id, system)
        count = _write(to, ("source_id", "member_id"), found, as_they_are=True)
    _say([f"{to} names {count} {'member' if count == 1 else 'members'}."])


@migrate.command("invite")
def invitations(
    system: Annotated[str, typer.Argument(help="The other system, as the mapping calls it.")],
    most: Annotated[int, typer.Option(min=1, help="So many mails: mail providers distrust a flood.")] = 1000,
    again: Annotated[
        str, typer.Option(help="A new word, such as a day: also whom other words reached.")
    ] = "",
    program: ProgramOption = "",
) -> None:
    """Mail members who came over a link to choose a password by. Nobody is written to twice.

    Example: tillpoints migrate invite old-club --most 5000
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    try:
        count = invite(wiring, target.id, system, most=most, again=again)
    except NoMailError as error:
        _stop(str(error))
    _say([f"{count} {'mail is' if count == 1 else 'mails are'} on the way."])


@migrate.command("runs")
def runs(program: ProgramOption = "", as_json: AsJson = False) -> None:
    """Show loads and sign-offs, newest first.

    Example: tillpoints migrate runs
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    with wiring.database.read() as session:
        found = Origins(session, target.id, "", utc_now()).runs()
    if as_json:
        typer.echo(json.dumps({"runs": found}, ensure_ascii=False, default=str))
        return
    lines = [
        f"{each['at']:%Y-%m-%d %H:%M} UTC  {each['system']}  "
        + (f"signed off by {each['signed_by']}" if each["kind"] == "sign_off" else "loaded")
        for each in found
    ]
    _say(lines or ["Nothing was brought over yet."])


def _mapping(path: Path) -> Mapping:
    try:
        return load_mapping(path)
    except MappingError as error:
        _stop(f"{error}.")


def _paths_of(mapping: Mapping, folder: Path) -> set[Path]:
    parts = (mapping.members, mapping.balances, mapping.history)
    return {folder / name for part in parts if part is not None for name in part.files}


def _list_refused(path: Path, staged: Staged) -> None:
    rows = staged.all("SELECT key, file, line, code, sentence FROM refusals ORDER BY file, line, code")
    if rows or path.exists():
        _write(path, ("member", "file", "line", "code", "why"), (tuple(row) for row in rows))


def _write(
    path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]], *, as_they_are: bool = False
) -> int:
    """A CSV file that its owner alone reads; how many rows.

    No spreadsheet takes a cell for a formula, unless the cells are for programs, `as_they_are`.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        _stop(f"{path} cannot be written: {error.strerror}. Name a file in a folder that you may write to.")
    count = 0
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        for row in rows:
            writer.writerow([str(cell) if as_they_are else inert(str(cell)) for cell in row])
            count += 1
    return count


def _say(lines: Iterable[str]) -> None:
    console = Console(soft_wrap=True)
    for line in lines:
        console.print(line, markup=False, highlight=False)


def _stop(words: str) -> NoReturn:
    Console(stderr=True, soft_wrap=True).print(words, markup=False, highlight=False)
    raise typer.Exit(2)
