"""`program add` and `account add`."""

from __future__ import annotations

import secrets
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from sqlalchemy.exc import IntegrityError

from pipeline.accounts import add_account
from pipeline.clock import utc_now
from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from receipts.database.repositories.programs import Programs
from receipts.identity import ProgramId, Role
from receipts.money import UnknownCurrencyError
from receipts.money import currency as currency_of
from receipts.program import Program

program = typer.Typer(help="Programs: one for each manufacturer.", no_args_is_help=True)
account = typer.Typer(help="Members, reviewers, admins and services that sign in.", no_args_is_help=True)

_PASSWORD_BYTES = 12
_WRONG_USAGE_EXIT = 2


@program.callback()
def _programs() -> None:
    """Programs: one for each manufacturer."""


@account.callback()
def _accounts() -> None:
    """Members, reviewers, admins and services that sign in."""


@program.command("add")
def program_add(
    program_id: Annotated[str, typer.Argument(help="A short name for URLs and messages, such as sunny.")],
    name: Annotated[str, typer.Option(help="As members see it.")],
    currency: Annotated[str, typer.Option(help="Of receipts that print none, ISO 4217.")] = "USD",
    time_zone: Annotated[str, typer.Option(help="IANA name; decides which day it is.")] = "UTC",
    window_days: Annotated[int, typer.Option(min=1, help="Older purchases are held.")] = 30,
    daily_receipts: Annotated[int, typer.Option(min=1, help="More from a member in a day are held.")] = 10,
) -> None:
    """Create a program. Example: tillpoints program add sunny --name "Sunny Mill Rewards"."""
    console = Console(stderr=True)
    try:
        ZoneInfo(time_zone)
        new = Program(
            ProgramId(program_id), name, currency_of(currency), time_zone, window_days, daily_receipts
        )
    except (UnknownCurrencyError, ZoneInfoNotFoundError, ValueError) as error:
        console.print(str(error), markup=False)
        raise typer.Exit(_WRONG_USAGE_EXIT) from error
    wiring = ready_wiring()
    try:
        with wiring.database.write() as session:
            Programs(session).add(new, utc_now())
    except IntegrityError as error:
        console.print(f"There is a program {program_id} already.", markup=False)
        raise typer.Exit(1) from error
    Console().print(
        f"Program {program_id} is there. Next: tillpoints catalog import FILE --program {program_id}",
        markup=False,
    )


@account.command("add")
def account_add(
    email: Annotated[str, typer.Argument(help="What they sign in with.")],
    role: Annotated[Role, typer.Option(help="What they may do (docs/api.md).")],
    name: Annotated[str, typer.Option(help="As others see it.")],
    program_id: ProgramOption = "",
) -> None:
    """Create an account and print its password, once. A member's account also makes the member.

    Example: tillpoints account add ruth@example.com --role reviewer --name "Ruth Okafor"
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program_id)
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    try:
        made = add_account(wiring, program_id=target.id, role=role, email=email, name=name, password=password)
    except IntegrityError as error:
        Console(stderr=True).print(f"There is an account {email} already.", markup=False)
        raise typer.Exit(1) from error
    member = "" if made.member_id is None else f" (member {made.member_id})"
    Console(soft_wrap=True).print(f"{made.email}{member}, password: {password}", markup=False)
