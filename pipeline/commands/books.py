"""`books`: reconciliation and the liability report."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from pipeline import formats
from pipeline.books_check import check_books
from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.liability import AGES, OLDER, Liability, liability

books = typer.Typer(
    help="Points as a liability: are the books right, and what is owed.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="As one JSON object.")]
_DIFFERENCES_EXIT = 1


@books.command("check")
def check(program: ProgramOption = "", as_json: AsJson = False) -> None:
    """Prove sums, constraints, claims, messages and what is due against each other; exit 1 on a difference.

    All programs, unless one is named. The relay does it every day and logs what it finds. Nothing is changed.

    Example: tillpoints books check
    """
    wiring = ready_wiring()
    wanted = (chosen_program(wiring, program).id,) if program else ()
    found = check_books(wiring, wanted)
    if as_json:
        typer.echo(json.dumps({"differences": [asdict(each) for each in found]}, ensure_ascii=False))
    else:
        console = Console(soft_wrap=True)
        for each in found:
            console.print(f"{each.program_id}  {each.code}  {each.sentence}", markup=False, highlight=False)
        console.print(_verdict(len(found)), markup=False, highlight=False)
    if found:
        raise typer.Exit(_DIFFERENCES_EXIT)


def _verdict(differences: int) -> str:
    if not differences:
        return "The books are right: no difference."
    return f"{differences} {'difference' if differences == 1 else 'differences'}."


@books.command("liability")
def owed(program: ProgramOption = "", as_json: AsJson = False) -> None:
    """Outstanding points by age and campaign, what will expire, breakage, and the cost.

    Example: tillpoints books liability --program sample
    """
    wiring = ready_wiring()
    found = liability(wiring, chosen_program(wiring, program).id)
    if as_json:
        document = {**asdict(found), "outstanding": found.outstanding, "breakage": found.breakage}
        typer.echo(json.dumps(document, ensure_ascii=False, default=str))
        return
    console = Console(soft_wrap=True)
    for line in _lines(found):
        console.print(line, markup=False, highlight=False)


def _lines(found: Liability) -> list[str]:
    cost = "no value of a point is set: tillpoints program points --point-value"
    if found.cost is not None:
        cost = f"{found.cost:.2f} {found.currency}"
    breakage = "not known yet" if found.breakage is None else formats.percent(found.breakage)
    ages = [words for _, words in AGES] + [OLDER]
    return [
        f"Outstanding: {formats.points(found.outstanding)} ({found.available} to be spent, {found.pending}"
        f" pending, {found.held} set aside). Cost: {cost}.",
        f"Below zero: {formats.points(found.short)}.",
        *(f"  earned {words}: {found.by_age[words]}" for words in ages if words in found.by_age),
        *(f"  campaign {name}: {points}" for name, points in found.by_campaign.items()),
        *(f"  expires {month}: {points}" for month, points in found.by_expiry.items()),
        f"So far {formats.points(found.redeemed)} spent, {formats.points(found.expired)} expired."
        f" Breakage: {breakage}.",
    ]
