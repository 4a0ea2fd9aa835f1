"""`inbox` and `address`: what came in by mail and text, and which addresses are whose."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any, NoReturn, assert_never

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import select

from pipeline.answers.undelivered import why_undelivered
from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.inbox_views import Again, InboxEntry, inbox_page, run_again
from pipeline.linking import NotLinked, link_directly, my_addresses, read_address, unlink
from pipeline.wiring import Wiring
from receipts.database.codec import to_json
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.database.tables import InboundRow
from receipts.identity import InboundId, MemberId, ProgramId
from receipts.inbound import Address, InboundMessage, InboundState, OutgoingMessage
from receipts.program import Program

inbox = typer.Typer(invoke_without_command=True)
address = typer.Typer(help="Which mail addresses and numbers are whose.", no_args_is_help=True)

_LIMIT = 30
_PIPED_COLUMNS = 100_000
"""Wider than any sentence, since there is no screen to fold it for."""
_WRONG_USAGE_EXIT = 2


@inbox.callback()
def inbox_list(
    context: typer.Context,
    state: Annotated[InboundState | None, typer.Option(help="Only those that stand there.")] = None,
    program: ProgramOption = "",
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest.")] = _LIMIT,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, one JSON object a line.")] = False,
) -> None:
    """List mails and texts that came in, newest first, with what became of each and why.

    A mail is called by its subject, a text by its first words.

    Example: tillpoints inbox --state failed
    """
    if context.invoked_subcommand is not None:
        return
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    entries = inbox_page(
        wiring,
        program_id=target.id,
        state=state,
        before=None,
        limit=limit,
    )
    if as_json:
        for entry in entries:
            typer.echo(json.dumps(_document(entry), ensure_ascii=False))
        return
    if not entries:
        Console(stderr=True).print("Nothing has come in." if state is None else "None stands there.")
        return
    Console(width=None if sys.stdout.isatty() else _PIPED_COLUMNS).print(_table(entries))


def _document(entry: InboxEntry) -> dict[str, Any]:
    document: dict[str, Any] = to_json(entry.message, InboundMessage)
    document["member_name"] = entry.member_name
    document["sentence"] = entry.sentence
    document["may_run_again"] = entry.may_run_again
    document["answers"] = [to_json(answer) for answer in entry.answers]
    return document


def _table(entries: tuple[InboxEntry, ...]) -> Table:
    table = Table(box=None, padding=(0, 1), show_edge=False)
    for heading in ("id", "came in", "via", "from", "about", "state", "why", "answers"):
        table.add_column(heading, no_wrap=heading == "id", overflow="fold")
    for entry in entries:
        message = entry.message
        cells = (
            message.id,
            message.came_at.isoformat(sep=" ", timespec="minutes"),
            message.via.value,
            message.sender or "nobody named",
            " ".join(message.subject.split()),
            message.state.value,
            " ".join(entry.sentence.split()),
            ", ".join(map(_answered, entry.answers)),
        )
        table.add_row(*(Text(_plain(cell)) for cell in cells))
    return table


def _answered(answer: OutgoingMessage) -> str:
    lost = why_undelivered(answer)
    return f"{answer.kind.value} {f'not delivered: {lost}' if lost else answer.state.value}"


def _plain(text: str) -> str:
    """Without what would steer a terminal: senders choose some of it."""
    return "".join(char if char.isprintable() else "?" for char in text)


@inbox.command("again")
def inbox_again(
    messages: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of messages (inb_...).")],
) -> None:
    """Have messages taken in anew, from what was stored.

    Of one that became receipts those that were refused are read again; what was used stays as it is.

    Example: tillpoints inbox again inb_1f0c...
    """
    wiring = ready_wiring()
    outcomes = [_again(wiring, each) for each in messages]
    if Again.NO_SUCH in outcomes:
        raise typer.Exit(1)


def _again(wiring: Wiring, inbound_id: str) -> Again:
    with wiring.database.read() as session:
        program_id = session.scalar(select(InboundRow.program_id).where(InboundRow.id == inbound_id))
    outcome = Again.NO_SUCH
    if program_id is not None:
        outcome = run_again(
            wiring, program_id=ProgramId(program_id), inbound_id=InboundId(inbound_id), asked_by=None
        )
    match outcome:
        case Again.ON_ITS_WAY:
            said = "is on its way again"
        case Again.NOT_NOW:
            said = (
                "waits already, or became receipts none of which was refused: those that failed are tried"
                " again by `tillpoints retry`, those that are held are decided by a reviewer"
            )
        case Again.NO_SUCH:
            said = "is no message's id"
        case _:
            assert_never(outcome)
    Console(soft_wrap=True).print(f"{inbound_id} {said}.", markup=False, highlight=False)
    return outcome


MemberArgument = Annotated[str, typer.Argument(help="The member's id (mem_...), or what they sign in with.")]
AddressArgument = Annotated[str, typer.Argument(help="A mail address, or a number with its country code.")]


@address.command("link")
def address_link(member: MemberArgument, written: AddressArgument, program: ProgramOption = "") -> None:
    """Link an address or number to a member, unasked: only what you know to be theirs.

    Example: tillpoints address link maya@example.com "+1 202 555 0123"
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    member_id = _member(wiring, target, member)
    found = _read(written)
    linked = link_directly(wiring, program_id=target.id, member_id=member_id, address=found)
    kept = f" Kept messages on their way now: {linked.taken_up}." if linked.taken_up else ""
    Console(soft_wrap=True).print(f"{found.value} is linked to {member_id}.{kept}", markup=False)


@address.command("unlink")
def address_unlink(member: MemberArgument, written: AddressArgument, program: ProgramOption = "") -> None:
    """What comes from the address or number is no longer the member's.

    Example: tillpoints address unlink maya@example.com "+1 202 555 0123"
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    member_id = _member(wiring, target, member)
    found = _read(written)
    mine = my_addresses(wiring, program_id=target.id, member_id=member_id)
    if found not in mine.linked:
        _end(f"{found.value} is not linked to {member_id}.", code=1)
    unlink(wiring, program_id=target.id, member_id=member_id, address=found)
    Console(soft_wrap=True).print(f"{found.value} is not linked to {member_id} any more.", markup=False)


@address.command("list")
def address_list(member: MemberArgument, program: ProgramOption = "") -> None:
    """Show what a member may send from, and their secret address.

    Example: tillpoints address list maya@example.com
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    mine = my_addresses(wiring, program_id=target.id, member_id=_member(wiring, target, member))
    console = Console(soft_wrap=True)
    for each in mine.linked:
        console.print(f"{each.kind.value:6} {each.value}", markup=False, highlight=False)
    if mine.secret_address:
        console.print(f"secret {mine.secret_address}", markup=False, highlight=False)


def _member(wiring: Wiring, program: Program, named: str) -> MemberId:
    """The member of that id, or who signs in with that address; ends the command otherwise."""
    with wiring.database.read() as session:
        account = Programs(session).account_by_email(named)
        member_id = MemberId(named) if account is None else account[0].member_id
        if member_id is None or ProgramData(session, program.id).member_name(member_id) is None:
            _end(f"Program {program.id} has no member {named}.", code=1)
    return member_id


def _read(written: str) -> Address:
    found = read_address(written)
    if isinstance(found, NotLinked):
        _end(found.sentence, code=_WRONG_USAGE_EXIT)
    return found


def _end(sentence: str, *, code: int) -> NoReturn:
    Console(stderr=True, soft_wrap=True).print(sentence, markup=False)
    raise typer.Exit(code)
