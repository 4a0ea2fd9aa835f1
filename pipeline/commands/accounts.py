"""`program add`, `account add`, `list`, `rename` and `password`."""

from __future__ import annotations

import secrets
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from sqlalchemy.exc import IntegrityError

from pipeline.accounts import RenameError, add_account, change_password, list_accounts, rename_account
from pipeline.clock import utc_now
from pipeline.commands.matching_wish import program_matching
from pipeline.commands.member import program_files
from pipeline.commands.points_terms import program_points
from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.commands.purchase_data import program_purchase_data
from pipeline.commands.status import program_status
from pipeline.linking import NotLinked, read_address
from receipts.database.repositories.programs import Programs
from receipts.identity import ProgramId, Role
from receipts.inbound import AddressKind
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


program.command("files")(program_files)
program.command("matching")(program_matching)
program.command("points")(program_points)
program.command("purchase-data")(program_purchase_data)
program.command("status")(program_status)


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


@account.command("list")
def account_list(program_id: ProgramOption = "") -> None:
    """Show who signs in, with what role, and which members have not proved their sign-in address.

    Example: tillpoints account list --program sunny
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program_id)
    console = Console(soft_wrap=True)
    for each in list_accounts(wiring, target.id):
        one = each.account
        row = f"{one.role.value:8} {one.email}  {one.name}"
        member = "" if one.member_id is None else f" ({one.member_id})"
        unproved = "" if each.proved else "  not proved"
        console.print(f"{row}{member}{unproved}", markup=False, highlight=False)


@account.command("rename")
def account_rename(
    old: Annotated[str, typer.Argument(help="The address that the account signs in with now.")],
    new: Annotated[str, typer.Argument(help="The one that it signs in with from now on.")],
) -> None:
    """Let an account sign in with another address: it keeps its password, points and linked addresses.

    Frees an address that someone else wrote as theirs. Tell who signs in there: we send them nothing.

    Example: tillpoints account rename anna@example.com anna.2@example.com
    """
    console = Console(stderr=True, soft_wrap=True)
    address = read_address(new)
    if isinstance(address, NotLinked) or address.kind is not AddressKind.EMAIL:
        console.print(f"{new} is no mail address. Write it as name@example.com.", markup=False)
        raise typer.Exit(_WRONG_USAGE_EXIT)
    try:
        renamed = rename_account(ready_wiring(), old, address.value)
    except RenameError as error:
        console.print(str(error), markup=False)
        raise typer.Exit(1) from error
    whose = f"{renamed.role.value} of {renamed.program_id}"
    member = "" if renamed.member_id is None else f", {renamed.member_id}"
    Console(soft_wrap=True).print(
        f"{renamed.name} ({whose}{member}) signs in as {renamed.email} now.", markup=False, highlight=False
    )


@account.command("link-provider")
def account_link_provider(
    email: Annotated[str, typer.Argument(help="The address that the account signs in with.")],
    subject: Annotated[str, typer.Argument(help="The person's `sub` at the provider.")],
) -> None:
    """Link an account to a person at the provider of OpenID Connect, for one that vouches for no address.

    Example: tillpoints account link-provider ada@example.com 9f0c1b52-7a2e-4b1f-8f57-2f2a0f6f8a11
    """
    from pipeline.provider.base import NoStaffError
    from pipeline.provider.staff import link_by_email

    wiring = ready_wiring()
    console = Console(stderr=True, soft_wrap=True)
    if wiring.provider is None:
        console.print("No provider is set: docs/sign-in.md says how.", markup=False)
        raise typer.Exit(_WRONG_USAGE_EXIT)
    try:
        linked = link_by_email(wiring, wiring.provider.settings, email, subject)
    except NoStaffError as error:
        console.print(str(error), markup=False)
        raise typer.Exit(1) from error
    Console(soft_wrap=True).print(
        f"{linked.email} is {subject} at {wiring.provider.settings.name} now.", markup=False, highlight=False
    )


@account.command("forget-second-step")
def account_forget_second_step(
    email: Annotated[str, typer.Argument(help="The address that the account signs in with.")],
) -> None:
    """Let an account sign in by its password alone, where app and recovery codes are lost; end its sessions.

    Be sure that whoever asks is whose account it is.

    Example: tillpoints account forget-second-step ada@example.com
    """
    from pipeline.second_step import forget_by_email

    found = forget_by_email(ready_wiring(), email)
    if found is None:
        Console(stderr=True, soft_wrap=True).print(
            f"There is no account {email}. `tillpoints account list` shows them.", markup=False
        )
        raise typer.Exit(1)
    Console(soft_wrap=True).print(
        f"{found.email} signs in by the password alone now.", markup=False, highlight=False
    )


@account.command("password")
def account_password(
    email: Annotated[str, typer.Argument(help="The address that the account signs in with.")],
) -> None:
    """Give an account a new password, where its own is forgotten, and print it, once.

    Be sure that whoever asks is whose account it is. Who is signed in already stays so.

    Example: tillpoints account password anna@example.com
    """
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    changed = change_password(ready_wiring(), email, password)
    if changed is None:
        Console(stderr=True, soft_wrap=True).print(
            f"There is no account {email}. `tillpoints account list` shows them.", markup=False
        )
        raise typer.Exit(1)
    Console(soft_wrap=True).print(f"{changed.email}, password: {password}", markup=False, highlight=False)
