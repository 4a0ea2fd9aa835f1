"""`catalog import`, with a look at the file before, and what keeps the kept catalogs in order."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from matching.catalog_file import CatalogError, load_catalog
from pipeline.catalogs import ShrinkingError, check_shrinking, import_catalog, tidy
from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from receipts.database.repositories.programs import ProgramData

if TYPE_CHECKING:  # numpy and scipy: only a dry run waits for them here
    from pipeline.catalog_preview import Preview
    from pipeline.wiring import Wiring
    from receipts.program import Program

catalog = typer.Typer(help="The manufacturer's catalog.", no_args_is_help=True)

_DAY = "%Y-%m-%d"
_MOST_SHOWN = 10


@catalog.command("import")
def catalog_import(
    file: Annotated[Path, typer.Argument(help="CSV, JSON Lines or Parquet with at least sku and name.")],
    program: ProgramOption = "",
    effective: Annotated[
        datetime | None,
        typer.Option("--effective", formats=[_DAY], help="The first purchase day that it holds for."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what is wrong and what would change; change nothing.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --dry-run: the whole report as JSON.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Even if many products are missing in it.")] = False,
) -> None:
    """Put a catalog in force. Old verdicts keep the catalog they were made with.

    Example: tillpoints catalog import products.csv --dry-run
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    day = None if effective is None else effective.date()
    try:
        if dry_run:
            _preview(wiring, target, file, day, as_json=as_json)
            return
        loaded = load_catalog(file, currency=target.currency)
        if not force:
            check_shrinking(wiring, target.id, loaded, on=day)
    except (CatalogError, ShrinkingError, OSError) as error:
        Console(stderr=True).print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    made = import_catalog(wiring, target.id, loaded, effective_on=day)
    if not made.created:
        what = "was in force already"
    else:
        what = "is now in force" if day is None else f"is in force for purchases from {day} on"
    Console().print(f"Catalog {made.number} with {len(loaded.products)} products {what}.", highlight=False)


def _preview(wiring: Wiring, program: Program, file: Path, day: date | None, *, as_json: bool) -> None:
    from pipeline.catalog_preview import preview

    found = preview(wiring, program, file, on=day)
    if as_json:
        typer.echo(json.dumps(found.document(), indent=2, ensure_ascii=False))
    else:
        _show(found)
    if found.refusals:
        raise typer.Exit(1)


def _show(found: Preview) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for heading, items in found.sections():
        console.print(heading, style="bold" if items else None, markup=False)
        for item in items[:_MOST_SHOWN]:
            console.print(f"  {item}", markup=False)
        if len(items) > _MOST_SHOWN:
            console.print(f"  and {len(items) - _MOST_SHOWN} more; --json names all", markup=False)


@catalog.command("list")
def catalog_list(program: ProgramOption = "") -> None:
    """Catalogs that were put in force, the one for today's purchases marked."""
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    with wiring.database.read() as session:
        data = ProgramData(session, target.id)
        stored, newest, held = data.catalogs(), data.newest_catalog(), data.holding()
    for each in sorted(stored, key=lambda one: one.number):
        days = "all purchases" if each.effective_on is None else f"purchases from {each.effective_on} on"
        today = newest is not None and newest[0] == each.number
        state = "today's" if today else "in use" if each.number in held else "superseded"
        Console().print(
            f"{each.number}  {each.version}  imported {each.in_force_at:{_DAY}}  for {days}  {state}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


@catalog.command("index")
def catalog_index(program: ProgramOption = "") -> None:
    """Build what matching needs of the catalogs in use: for workers on another disk than the import's."""
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    with wiring.database.read() as session:
        numbers = sorted(ProgramData(session, target.id).holding())
    for number in numbers:
        index = wiring.catalog_index_of(target.id, number)
        Console().print(f"Catalog {number}: {len(index)} products are ready.", highlight=False)


@catalog.command("tidy")
def catalog_tidy(
    program: ProgramOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Remove indexes that no receipt to come needs, and catalogs that no receipt was matched against."""
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    done = tidy(wiring, target.id, pretend=dry_run)
    what = "would be removed" if dry_run else "removed"
    Console().print(
        f"{done.indexes} old indexes and {done.catalogs} catalogs that no receipt names {what}.",
        highlight=False,
    )
