"""`failures` and `retry`: what failed on our side, by cause, and trying it again."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console

from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.failures import failure_groups, retry_failures
from pipeline.runner import retry as retry_receipt
from receipts.identity import ReceiptId

_WRONG_USAGE_EXIT = 2


def failures(
    program: ProgramOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Show what failed on our side, by cause, the most frequent first.

    Example: tillpoints failures
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    groups = failure_groups(wiring, target.id)
    if as_json:
        for each in groups:
            said = {
                "cause": each.key,
                "kind": each.kind.value,
                "after": each.stage_after,
                "what": each.cause,
                "receipts": each.count,
                "oldest": each.oldest.isoformat(),
                "newest": each.newest.isoformat(),
                "example": each.example,
            }
            typer.echo(json.dumps(said, ensure_ascii=False))
        return
    if not groups:
        _say("Nothing has failed.")
    for each in groups:
        _say(
            f"{each.key}  {each.count:7}  {each.kind.value:6}  after {each.stage_after}: {each.cause}"
            f"  ({each.oldest:%Y-%m-%d %H:%M} to {each.newest:%Y-%m-%d %H:%M} UTC, such as {each.example})"
        )
        _say(f"          {each.kind.advice}")


def retry(
    receipts: Annotated[list[str] | None, typer.Argument(help="Ids of failed receipts (rcp_...).")] = None,
    cause: Annotated[
        str, typer.Option(help="All that failed for this cause, as `tillpoints failures` names it.")
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="All that failed.")] = False,
    program: ProgramOption = "",
) -> None:
    """Try failed receipts again, from the stage that failed: some, all of a cause, or all.

    Example: tillpoints retry rcp_1f0c...
    """
    if [bool(receipts), bool(cause), every].count(True) != 1:
        Console(stderr=True).print(
            "Say which: ids of receipts, or --cause KEY, or --all.", markup=False, highlight=False
        )
        raise typer.Exit(_WRONG_USAGE_EXIT)
    wiring = ready_wiring()
    for receipt_id in receipts or ():
        again = retry_receipt(wiring, ReceiptId(receipt_id))
        said = "is on its way again" if again else "has not failed (or there is none of that id)"
        Console().print(f"{receipt_id} {said}.", markup=False, highlight=False)
    if receipts:
        return
    target = chosen_program(wiring, program)
    group = None
    if cause:
        group = next((each for each in failure_groups(wiring, target.id) if each.key == cause), None)
        if group is None:
            Console(stderr=True).print(
                f"Nothing has failed for the cause {cause}. `tillpoints failures` lists them.", markup=False
            )
            raise typer.Exit(1)
    _say(f"{retry_failures(wiring, target.id, group)} on their way again.")


def _say(words: str) -> None:
    Console(soft_wrap=True).print(words, markup=False, highlight=False)
