"""`aliases`: what reviewers taught about shops' prints, listed and taken back."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.learned_views import LearnedView, learned_page, learned_view, withdraw_alias
from receipts.database.codec import to_json

aliases = typer.Typer(help="What reviewers taught about how shops print products.", no_args_is_help=True)

_LIMIT = 50
_PIPED_COLUMNS = 100_000
"""Wider than any line, since there is no screen to fold it for."""


@aliases.command("list")
def aliases_list(
    search: Annotated[
        list[str] | None, typer.Argument(help="Words of the shop, the print or the SKU; all must be there.")
    ] = None,
    disputed: Annotated[
        bool, typer.Option("--disputed", help="Only prints that reviewers do not agree on.")
    ] = False,
    program: ProgramOption = "",
    limit: Annotated[int, typer.Option(min=1, help="How many, the latest confirmed.")] = _LIMIT,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, one JSON object a line.")] = False,
) -> None:
    """List what reviewers said a shop's line is, the latest confirmed first.

    Each is an alias: that line, at that shop, is matched to that product, or to none of ours, without asking
    again. A disputed one is asked about until nine in ten confirmations agree; withdraw what is wrong.

    Example: tillpoints aliases list harbor oats
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    views = learned_page(
        wiring, program_id=target.id, search=" ".join(search or ()), disputed=disputed, limit=limit
    )
    if as_json:
        for view in views:
            typer.echo(json.dumps(_document(view), ensure_ascii=False))
        return
    if not views:
        Console(stderr=True).print("Nothing was taught that has this in it." if search else "Nothing yet.")
        return
    Console(width=None if sys.stdout.isatty() else _PIPED_COLUMNS).print(_table(views))


@aliases.command("withdraw")
def aliases_withdraw(
    names: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids (als_...) from the list.")],
    reason: Annotated[str, typer.Option(help="Why, for those who wonder later.")],
    program: ProgramOption = "",
) -> None:
    """Take aliases back: their confirmations count no more, and new receipts are matched without them.

    What was paid stays paid; `tillpoints rematch` shows which past receipts would be matched otherwise now.

    Example: tillpoints aliases withdraw als_1f0c... --reason "the picture shows the peach one"
    """
    if not reason.strip():
        raise typer.BadParameter("say why, for those who wonder later", param_hint="--reason")
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    console = Console(soft_wrap=True)
    missing = False
    for name in names:
        view = learned_view(wiring, program_id=target.id, alias_id=name)
        taken = view is not None and withdraw_alias(
            wiring, program_id=target.id, alias_id=name, author=None, reason=reason
        )
        missing |= not taken
        if view is None or not taken:
            said = f"{name} is none of what stands: withdrawn before, or no such id."
        else:
            alias = view.alias
            said = f"“{alias.choice.printed}” at {alias.shop.name} is no longer taken for: {view.answer}."
        console.print(_plain(said), markup=False, highlight=False)
    if missing:
        raise typer.Exit(1)


def _document(view: LearnedView) -> dict[str, Any]:
    document: dict[str, Any] = to_json(view.alias)
    document["product"] = view.answer
    document["rivals"] = [{"product": words, "confirmations": count} for words, count in view.rivals]
    return document


def _table(views: tuple[LearnedView, ...]) -> Table:
    table = Table(box=None, padding=(0, 1), show_edge=False)
    for heading in ("id", "shop", "printed", "is", "times", "last by", "last on", "used", "disputed by"):
        table.add_column(heading, no_wrap=heading == "id", overflow="fold")
    for view in views:
        alias = view.alias
        number = f" (no. {alias.print.key})" if alias.print.kind.value == "number" else ""
        cells = (
            alias.id,
            alias.shop.name,
            f"{alias.choice.printed}{number}",
            view.answer,
            str(alias.choice.count),
            alias.author,
            alias.choice.confirmed_at.date().isoformat(),
            "" if alias.used_at is None else alias.used_at.date().isoformat(),
            "; ".join(f"{words} ({count})" for words, count in view.rivals),
        )
        table.add_row(*(Text(_plain(cell)) for cell in cells))
    return table


def _plain(text: str) -> str:
    """Without what would steer a terminal: members' papers choose some of it."""
    return "".join(char if char.isprintable() else "?" for char in text)
