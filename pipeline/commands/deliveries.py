"""`deliveries`: how the publishers fare, dead letters, and sending again."""

from __future__ import annotations

import base64
import json
import secrets
import sys
from datetime import UTC, datetime
from typing import Annotated, NoReturn, assert_never

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.publishers.desk import (
    Asked,
    PublisherView,
    delivery_page,
    give_up,
    publisher_views,
    replay,
    send_again,
    start_again,
)
from pipeline.wiring import Wiring
from receipts.database.codec import to_json
from receipts.delivery import Delivery, DeliveryState
from receipts.identity import DeliveryId, MessageId, ProgramId

deliveries = typer.Typer(help="Messages to the core loyalty service.", no_args_is_help=True)

_LIMIT = 30
_PIPED_COLUMNS = 100_000
_WRONG_USAGE_EXIT = 2
_SECRET_BYTES = 32

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of deliveries (dlv_...).")]
PublisherArgument = Annotated[str, typer.Argument(metavar="PUBLISHER", help="As the file names it.")]


@deliveries.command("list")
def deliveries_list(
    state: Annotated[DeliveryState | None, typer.Option(help="Only those that stand there.")] = None,
    publisher: Annotated[str, typer.Option(help="Only of this one.")] = "",
    program: ProgramOption = "",
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest.")] = _LIMIT,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show how the publishers fare, and the messages that were not taken at once.

    Example: tillpoints deliveries list --state dead
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    views = publisher_views(wiring, program_id=target.id)
    found = delivery_page(wiring, program_id=target.id, state=state, publisher=publisher, limit=limit)
    if as_json:
        for _, each in found:
            typer.echo(json.dumps(to_json(each, Delivery), ensure_ascii=False))
        return
    console = Console(width=None if sys.stdout.isatty() else _PIPED_COLUMNS)
    console.print(_publishers(views))
    if found:
        console.print(_deliveries(tuple(each for _, each in found)))


def _publishers(views: tuple[PublisherView, ...]) -> Table:
    table = Table(box=None, padding=(0, 1), show_edge=False)
    for heading in ("publisher", "kind", "condition", "to come", "waiting", "dead", "why"):
        table.add_column(heading, overflow="fold")
    for view in views:
        state = view.state
        why = "" if state is None else state.stopped or (state.last_error if state.failures else "")
        counts = (str(each) for each in (view.counts.behind, view.counts.waiting, view.counts.dead))
        table.add_row(view.name, view.kind, view.condition.value, *counts, Text(_plain(why)))
    return table


def _deliveries(found: tuple[Delivery, ...]) -> Table:
    table = Table(box=None, padding=(0, 1), show_edge=False)
    for heading in ("id", "publisher", "message", "member", "type", "state", "tries", "why"):
        table.add_column(heading, no_wrap=heading == "id", overflow="fold")
    for each in found:
        why = f"behind {each.behind}" if each.behind else each.last_error
        table.add_row(
            each.id,
            each.publisher,
            each.message_id,
            f"{each.member_id} {each.sequence}",
            each.type.value,
            each.state.value,
            str(each.attempts),
            Text(_plain(why)),
        )
    return table


def _plain(text: str) -> str:
    """Without what would steer a terminal: the other side chooses some of it."""
    return "".join(char if char.isprintable() else "?" for char in text)


@deliveries.command("retry")
def deliveries_retry(ids: Ids, program: ProgramOption = "") -> None:
    """Send messages again at once, with all their tries; the same id and body.

    Example: tillpoints deliveries retry dlv_1f0c...
    """
    wiring, program_id = _ready(program)
    asked = [send_again(wiring, program_id=program_id, delivery_id=DeliveryId(each)) for each in ids]
    _report(ids, asked, "is on its way again")


@deliveries.command("give-up")
def deliveries_give_up(ids: Ids, program: ProgramOption = "") -> None:
    """Let a member's later messages go on without a dead letter; the consumer sees the gap.

    Example: tillpoints deliveries give-up dlv_1f0c...
    """
    wiring, program_id = _ready(program)
    asked = [give_up(wiring, program_id=program_id, delivery_id=DeliveryId(each)) for each in ids]
    _report(ids, asked, "is given up; what waited behind it goes out")


@deliveries.command("start")
def deliveries_start(publisher: PublisherArgument, program: ProgramOption = "") -> None:
    """Start a publisher again that stopped (a 410) or rests.

    Example: tillpoints deliveries start core
    """
    wiring, program_id = _ready(program)
    asked = start_again(wiring, program_id=program_id, publisher=publisher)
    _report([publisher], [asked], "tries again")


@deliveries.command("replay")
def deliveries_replay(
    publisher: PublisherArgument,
    since: Annotated[str, typer.Option(help="Of this moment and later, such as 2027-03-01T08:00Z.")] = "",
    until: Annotated[str, typer.Option(help="Before this moment.")] = "",
    ids: Annotated[
        list[str] | None, typer.Option("--id", help="This message (msg_...); may be repeated.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that it ever passed on.")] = False,
    program: ProgramOption = "",
) -> None:
    """Have what a publisher has passed on sent once more: a backfill, or after a loss at the other side.

    Messages keep their ids and bodies, so that a consumer that has them drops them.

    Example: tillpoints deliveries replay core --since 2027-03-01
    """
    if not (since or until or ids or everything):
        _end("Say which: --since, --until, --id or --all.", code=_WRONG_USAGE_EXIT)
    begin, end = _moment(since), _moment(until)
    wiring, program_id = _ready(program)
    if publisher not in {view.name for view in publisher_views(wiring, program_id=program_id)}:
        _end(f"There is no publisher {publisher!r}.", code=1)
    made = replay(
        wiring,
        program_id=program_id,
        publisher=publisher,
        since=begin,
        until=end,
        ids=[MessageId(each) for each in ids or ()],
    )
    what = "message is" if made == 1 else "messages are"
    Console(soft_wrap=True).print(f"{made} {what} on the way to {publisher} again.", markup=False)


@deliveries.command("new-secret")
def deliveries_new_secret() -> None:
    """Print a fresh secret for signing webhooks. Example: tillpoints deliveries new-secret > secret.txt."""
    typer.echo("whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode())


def _ready(program: str) -> tuple[Wiring, ProgramId]:
    wiring = ready_wiring()
    return wiring, chosen_program(wiring, program).id


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        _end(f"{text!r} is no moment: write it as 2027-03-01 or 2027-03-01T08:00Z.", code=_WRONG_USAGE_EXIT)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _report(names: list[str], asked: list[Asked], done: str) -> None:
    console = Console(soft_wrap=True)
    for name, each in zip(names, asked, strict=True):
        match each:
            case Asked.DONE:
                said = done
            case Asked.NO_SUCH:
                said = "is not known here"
            case Asked.NOT_NOW:
                said = "is no dead letter"
            case _:
                assert_never(each)
        console.print(f"{name} {said}.", markup=False, highlight=False)
    if any(each is not Asked.DONE for each in asked):
        raise typer.Exit(1)


def _end(sentence: str, *, code: int) -> NoReturn:
    Console(stderr=True, soft_wrap=True).print(sentence, markup=False)
    raise typer.Exit(code)
