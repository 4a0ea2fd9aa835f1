"""`policy`: what a program makes of the fraud checks' findings, as data and in versions."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from awarding.fraud.policy_file import CHECK_NAMES, FraudPolicy, PolicyError, parse_policy_text
from awarding.fraud.weigh import Grade
from pipeline.appeal import Asked, ask_for_a_person
from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.commands.shown import plain
from pipeline.policies import effective, give_role, import_policy, policy_list, policy_view
from receipts.database.codec import to_json
from receipts.database.repositories.policies import PolicyRole, PolicyVersionError
from receipts.identity import ReceiptId

policy = typer.Typer(help="What is made of the fraud checks' findings.", no_args_is_help=True)

_PIPED_COLUMNS = 100_000
"""Wider than any line, since there is no screen to fold it for."""

FileArgument = Annotated[Path, typer.Argument(help="JSON, as docs/fraud-policy.schema.json says.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Everything, as JSON.")]


def fail(message: str, code: int = 1) -> typer.Exit:
    """Say what was wrong; the caller raises what this gives."""
    Console(stderr=True, soft_wrap=True).print(message, markup=False, highlight=False)
    return typer.Exit(code)


def read_policy(file: Path) -> tuple[FraudPolicy, dict[str, Any]]:
    """The policy of a file; ends the command with every fault otherwise."""
    try:
        return parse_policy_text(file.read_text(encoding="utf-8"), where=file.name)
    except (PolicyError, OSError, UnicodeDecodeError) as error:
        raise fail(f"{file}: {error}") from error


@policy.command("import")
def policy_import(
    file: FileArgument,
    program: ProgramOption = "",
    use: Annotated[bool, typer.Option("--use", help="Put it in force at once.")] = False,
    shadow: Annotated[
        bool, typer.Option("--try", help="Try it beside the one in force: it judges and decides nothing.")
    ] = False,
) -> None:
    """Keep a version of the program's policy. Versions are never changed: a change is the next version.

    Example: tillpoints policy import policy.json --try
    """
    parsed, document = read_policy(file)
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    try:
        new = import_policy(wiring, program_id=target.id, policy=parsed, document=document, author=None)
    except PolicyVersionError as error:
        raise fail(f"{file}: {error}") from error
    console = Console(soft_wrap=True)
    console.print(
        f"Policy version {parsed.version} {'is kept' if new else 'was kept already'}.", markup=False
    )
    for wanted, role, said in (
        (use, PolicyRole.IN_FORCE, "is now in force: receipts screened from now on are judged by it"),
        (shadow, PolicyRole.SHADOW, "is now tried beside the one in force"),
    ):
        if wanted:
            give_role(wiring, program_id=target.id, role=role, version=parsed.version, author=None)
            console.print(f"Version {parsed.version} {said}.", markup=False)


@policy.command("list")
def policy_listed(program: ProgramOption = "", as_json: JsonOption = False) -> None:
    """List the program's policies, the newest first, and say which is in force and which is tried."""
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    views = policy_list(wiring, program_id=target.id)
    if as_json:
        typer.echo(json.dumps([to_json(view) for view in views], ensure_ascii=False))
        return
    table = Table(box=None, padding=(0, 1), show_edge=False)
    for heading in ("version", "", "imported", "by", "note"):
        table.add_column(heading, overflow="fold")
    for view in views:
        role = "in force" if view.in_force else "tried" if view.shadow else ""
        made = "built in" if view.created_at is None else view.created_at.date().isoformat()
        cells = (str(view.version), role, made, view.author, view.note)
        table.add_row(*(Text(plain(cell)) for cell in cells))
    Console(width=None if sys.stdout.isatty() else _PIPED_COLUMNS).print(table)


@policy.command("show")
def policy_show(
    version: Annotated[int | None, typer.Argument(help="Which version; without it the one in force.")] = None,
    program: ProgramOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show a version with everything that it leaves to the program and the product filled in."""
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    view = policy_view(wiring, program_id=target.id, version=version)
    if view is None:
        raise fail(f"Program {target.id} has no policy version {version}; see `tillpoints policy list`.")
    whole = effective(wiring, program_id=target.id, version=view.version)
    if as_json:
        typer.echo(json.dumps({**to_json(view), "effective": whole}, ensure_ascii=False))
        return
    console = Console(width=None if sys.stdout.isatty() else _PIPED_COLUMNS)
    role = ", in force" if view.in_force else ", tried beside the one in force" if view.shadow else ""
    console.print(plain(f"Policy version {view.version}{role}. {view.note}"), markup=False)
    for name, value in whole["thresholds"].items():
        if name != "version":
            console.print(f"  {name} {value}", markup=False, highlight=False)
    for name in ("hold_from", "decline_from"):
        value = whole["weights"][name]
        said = "never by the score alone" if value is None else f"score {value}"
        console.print(f"  {name} {said}", markup=False, highlight=False)
    for name, share in whole["sampling"].items():
        console.print(f"  blind review of {name} {share:.2%}", markup=False, highlight=False)
    console.print(_weights_table(whole["weights"]))


def _weights_table(weights: dict[str, Any]) -> Table:
    table = Table(box=None, padding=(0, 1), show_edge=False)
    for heading in ("check", *(grade.value for grade in Grade)):
        table.add_column(heading)
    rows = {"every check": weights["every_check"]}
    rows.update({name: weights["checks"][name] for name in sorted(weights["checks"]) if name in CHECK_NAMES})
    for name, says in rows.items():
        cells = (f"{says[grade.value]['weight']:g} {says[grade.value]['act']}" for grade in Grade)
        table.add_row(name, *cells)
    return table


@policy.command("use")
def policy_use(
    version: Annotated[int, typer.Argument(help="Which version; 1 is the built-in one.")],
    program: ProgramOption = "",
) -> None:
    """Put a version in force: receipts screened from now on are judged by it, earlier verdicts stand."""
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    if not give_role(wiring, program_id=target.id, role=PolicyRole.IN_FORCE, version=version, author=None):
        raise fail(f"Program {target.id} has no policy version {version}; see `tillpoints policy list`.")
    Console(soft_wrap=True).print(f"Policy version {version} is in force.", markup=False)


@policy.command("try")
def policy_try(
    version: Annotated[int | None, typer.Argument(help="Which version.")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Try none any more.")] = False,
    program: ProgramOption = "",
) -> None:
    """Try a version beside the one in force: each new receipt keeps its verdict, and it decides nothing.

    Example: tillpoints policy try 3, and later tillpoints policy shadow --tried
    """
    if (version is None) != stop:
        raise typer.BadParameter("name a version, or give --stop", param_hint="VERSION")
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    if not give_role(wiring, program_id=target.id, role=PolicyRole.SHADOW, version=version, author=None):
        raise fail(f"Program {target.id} has no policy version {version}; see `tillpoints policy list`.")
    said = "No policy is tried any more." if stop else f"Policy version {version} is tried beside it."
    Console(soft_wrap=True).print(said, markup=False)


@policy.command("look")
def policy_look(
    receipts: Annotated[list[str], typer.Argument(metavar="RECEIPT...", help="Receipts' ids (rcp_...).")],
    program: ProgramOption = "",
) -> None:
    """Have a person look at receipts that the policy declined: each becomes a case that waits for review."""
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    said = {
        Asked.OPENED: "waits for a reviewer now.",
        Asked.OPEN_BEFORE: "waits for a reviewer already.",
        Asked.NOT_DECLINED_BY_POLICY: "was not declined by the policy alone; nothing was changed.",
        Asked.NO_SUCH_RECEIPT: f"is no receipt of program {target.id}.",
    }
    wrong = False
    for name in receipts:
        asked = ask_for_a_person(
            wiring, program_id=target.id, receipt_id=ReceiptId(name), asked_by="the program's team"
        )
        wrong |= asked in {Asked.NOT_DECLINED_BY_POLICY, Asked.NO_SUCH_RECEIPT}
        Console(soft_wrap=True).print(f"{name} {said[asked]}", markup=False, highlight=False)
    if wrong:
        raise typer.Exit(1)
