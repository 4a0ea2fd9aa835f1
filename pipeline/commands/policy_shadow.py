"""`policy shadow`: what another policy would have made of past receipts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from pipeline.clock import utc_now
from pipeline.commands.policy import fail, policy, read_policy
from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.judging import policy_of, shadow_policy
from pipeline.shadow import Flip, Seen, Tally, shadow_run, tried_run
from pipeline.wiring import Wiring
from receipts.database.codec import to_json
from receipts.fraud import Risk
from receipts.program import Program

WAYS = {Risk.CLEAR: "pass", Risk.HOLD: "hold", Risk.DECLINE: "decline"}


@policy.command("shadow")
def policy_shadow(
    file: Annotated[
        Path | None, typer.Argument(help="JSON, as docs/fraud-policy.schema.json says; need not be imported.")
    ] = None,
    version: Annotated[
        int | None, typer.Option("--version", help="An imported version in place of FILE.")
    ] = None,
    tried: Annotated[
        bool, typer.Option("--tried", help="The verdicts that the tried policy gave beside the one in force.")
    ] = False,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only receipts sent on that day (UTC) or later."),
    ] = None,
    program: ProgramOption = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Each flip as one JSON object a line, the totals last.")
    ] = False,
) -> None:
    """Show which verdicts on past receipts another policy would flip, how many points and which members.

    It works on the evidence that was kept with each receipt; nothing is written and nobody is told. A receipt
    that could earn nothing either way is no flip.

    Example: tillpoints policy shadow policy.json --since 2026-10-01
    """
    if sum((file is not None, version is not None, tried)) != 1:
        raise typer.BadParameter("give a FILE, or --version, or --tried", param_hint="FILE")
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    start = None if since is None else since.replace(tzinfo=utc_now().tzinfo)
    console = Console(soft_wrap=True)
    tally = Tally()
    with Progress(transient=True, disable=not sys.stderr.isatty(), console=Console(stderr=True)) as progress:
        task = progress.add_task("Looking at receipts", total=None)
        for seen in _run(wiring, target, file, version, start):
            progress.advance(task)
            tally.add(seen)
            if isinstance(seen, Flip):
                said = json.dumps(to_json(seen), ensure_ascii=False) if as_json else _flip_line(seen)
                console.print(said, markup=False, highlight=False)
    if as_json:
        typer.echo(json.dumps(totals(tally), ensure_ascii=False))
        return
    for line in _total_lines(tally):
        console.print(line, markup=False, highlight=False)


def _run(
    wiring: Wiring, program: Program, file: Path | None, version: int | None, since: datetime | None
) -> Iterator[Seen]:
    if file is not None:
        candidate, _ = read_policy(file)
        return shadow_run(wiring, program_id=program.id, policy=candidate, since=since)
    with wiring.database.read() as session:
        found = shadow_policy(session, program) if version is None else policy_of(session, program, version)
    if found is None:
        named = "no policy is tried" if version is None else f"there is no policy version {version}"
        raise fail(f"In program {program.id} {named}; see `tillpoints policy list`.")
    if version is None:
        return tried_run(wiring, program_id=program.id, version=found.version, since=since)
    return shadow_run(wiring, program_id=program.id, policy=found, since=since)


def _flip_line(flip: Flip) -> str:
    person = f", a person has it: {flip.reviewed}" if flip.reviewed else ""
    return (
        f"{flip.receipt_id}  {flip.received_at.date()}  {WAYS[flip.before]} -> {WAYS[flip.after]}"
        f"  score {flip.score_before:.2f} -> {flip.score_after:.2f}"
        f"  {flip.points} points  {flip.member_id}{person}"
    )


def _total_lines(tally: Tally) -> Iterator[str]:
    for (before, after), count in sorted(tally.flips.items(), key=lambda each: -each[1].receipts):
        yield (
            f"{WAYS[before]} -> {WAYS[after]}: {count.receipts} receipts of {len(count.members)} members,"
            f" {count.points} points; a person had approved {count.approved} and declined {count.declined}"
        )
    flips = sum(count.receipts for count in tally.flips.values())
    yield f"{tally.looked_at} receipts looked at, {flips} verdicts would flip."
    if tally.not_kept:
        yield f"Of {tally.not_kept} nothing can be said: evidence, or this policy's verdict, was not kept."


def totals(tally: Tally) -> dict[str, Any]:
    """The counts as JSON."""
    return {
        "looked_at": tally.looked_at,
        "not_kept": tally.not_kept,
        "flips": [
            {
                "before": WAYS[before],
                "after": WAYS[after],
                "receipts": count.receipts,
                "members": len(count.members),
                "points": count.points,
                "approved_by_a_person": count.approved,
                "declined_by_a_person": count.declined,
            }
            for (before, after), count in tally.flips.items()
        ],
    }
