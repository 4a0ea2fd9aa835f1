"""`tillpoints replay`: old verdicts of the fraud checks, worked out again from the evidence that was kept."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console

from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.commands.shown import plain
from pipeline.replay import Outcome, replays
from receipts.database.codec import to_json
from receipts.identity import ReceiptId


def replay(
    receipts: Annotated[list[str], typer.Argument(metavar="RECEIPT...", help="Receipts' ids (rcp_...).")],
    program: ProgramOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Work verdicts of the fraud checks out again, and say whether each is what it was.

    Each screening of a receipt starts from the evidence that was kept with it and is judged by the policy
    that judged then, whatever is in force now. Nothing is written. Exits 1 when a verdict differs or cannot
    be worked out again, 2 when there is no such receipt.

    Example: tillpoints replay rcp_1f0c9e... rcp_77ab02...
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    console = Console(soft_wrap=True)
    missing = differs = False
    for name in receipts:
        found = replays(wiring, program_id=target.id, receipt_id=ReceiptId(name))
        if found is None:
            Console(stderr=True).print(f"Program {target.id} has no receipt {name}.", markup=False)
            missing = True
            continue
        if not found and not as_json:
            console.print(f"{name}: not screened yet.", markup=False)
        for each in found:
            differs |= each.outcome is not Outcome.SAME
            if as_json:
                typer.echo(json.dumps(to_json(each), ensure_ascii=False))
                continue
            which = f", screening {each.revision}" if len(found) > 1 else ""
            said = {
                Outcome.SAME: "same",
                Outcome.DIFFERS: "differs",
                Outcome.NOT_KEPT: "cannot be worked out again",
            }
            console.print(
                f"{name}{which}: {said[each.outcome]} (policy version {each.policy_version})",
                markup=False,
                highlight=False,
            )
            for difference in each.differences:
                console.print(plain(f"  {difference}"), markup=False, highlight=False)
    if missing:
        raise typer.Exit(2)
    if differs:
        raise typer.Exit(1)
