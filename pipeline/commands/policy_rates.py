"""`policy rates`: how often the policy decides wrongly, by blind reviews."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console

from awarding.fraud.rates import Rate
from pipeline.commands.policy import policy
from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.sampling import policy_rates
from receipts.database.codec import to_json


@policy.command("rates")
def rates(
    program: ProgramOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Show how often what passes should not have, and what the policy declines should have been paid.

    Both come from receipts that were drawn for blind review, with 95 % intervals (Wilson). A policy draws the
    shares that its `sampling` says.
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    found = policy_rates(wiring, program_id=target.id)
    if as_json:
        typer.echo(json.dumps(to_json(found), ensure_ascii=False))
        return
    console = Console(soft_wrap=True)
    for name, rate in (("false approve", found.false_approve), ("false decline", found.false_decline)):
        console.print(f"{name}: {rate_words(rate)}", markup=False, highlight=False)
    console.print(f"{found.waiting} drawn receipts wait for an answer.", markup=False, highlight=False)
    for each in found.disagreed:
        console.print(
            f"  {each.receipt_id}: the policy decided {each.decided}, a person said {each.answer}",
            markup=False,
            highlight=False,
        )


def rate_words(rate: Rate) -> str:
    """The rate as people read it."""
    if not rate.looked_at:
        return "nothing was looked at yet"
    return (
        f"{rate.share:.1%} ({rate.wrong} of {rate.looked_at} looked at;"
        f" 95 % interval {rate.low:.1%} to {rate.high:.1%})"
    )
