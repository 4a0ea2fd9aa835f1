"""`campaign preview` and `activity tell`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, assert_never

import typer
from rich.console import Console

from awarding.campaign_file import CampaignError, read_campaigns
from pipeline.activities import Counted, Event, InTheFuture, NoSuchMember, OtherEvent, tell
from pipeline.campaign_preview import CampaignPreview, preview
from pipeline.clock import utc_now
from pipeline.commands.programs import ProgramOption, campaign, chosen_program, ready_wiring
from receipts.campaign import Campaign
from receipts.identity import MemberId

activity = typer.Typer(help="What members do beside buying.", no_args_is_help=True)


@campaign.command("preview")
def campaign_preview(
    files: Annotated[list[Path], typer.Argument(help="JSON, as docs/campaign.schema.json says.")],
    program: ProgramOption = "",
    days: Annotated[int, typer.Option("--days", min=1, help="Receipts of the last so many days.")] = 90,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what campaigns would have paid for past receipts. Nothing is put in force.

    Example: tillpoints campaign preview summer.json --days 30
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    parsed: list[Campaign] = []
    try:
        for file in files:
            parsed.extend(read_campaigns(file))
    except (CampaignError, OSError, ValueError) as error:
        Console(stderr=True, soft_wrap=True).print(f"{error}", markup=False, highlight=False)
        raise typer.Exit(1) from error
    found = preview(wiring, target.id, parsed, since=utc_now() - timedelta(days=days))
    if as_json:
        Console().print_json(json.dumps(asdict(found)))
    else:
        _show(found, days)


def _show(found: CampaignPreview, days: int) -> None:
    out = Console()
    out.print(
        f"Of {found.looked_at:,} receipts of the last {days} days {found.receipts:,} would have earned"
        f" {found.points:,} points, for {found.members:,} members; the largest {found.largest:,}.",
        markup=False,
    )
    for rule in found.rules:
        out.print(
            f"  {rule.campaign_id}/{rule.rule_id}: {rule.receipts:,} receipts, {rule.points:,} points",
            markup=False,
        )


@activity.command("tell")
def activity_tell(
    member: Annotated[str, typer.Argument(help="The member's id.")],
    event: Annotated[str, typer.Argument(help="Such as signup or profile_completed.")],
    event_id: Annotated[
        str, typer.Option("--id", help="Your own id of the event: told twice it counts once.")
    ],
    program: ProgramOption = "",
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Today if left out.")
    ] = None,
) -> None:
    """Tell of something that a member did, and say what it earned.

    Example: tillpoints activity tell mem_9f0c signup --id crm-4711
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    day: date | None = None if on is None else on.date()
    found = tell(wiring, target.id, Event(MemberId(member), event, event_id, day))
    match found:
        case Counted(counted, created):
            again = "" if created else " It was told before, and is not counted again."
            Console().print(f"{event} earned {counted.points:,} points.{again}", markup=False)
            for outcome in counted.outcomes:
                Console().print(f"  {outcome['sentence']}", markup=False)
            return
        case NoSuchMember():
            problem = f"The program has no member {member}."
        case InTheFuture(today):
            problem = f"That day is yet to come: it is {today} in the program's time zone."
        case OtherEvent(other):
            problem = f"The id {event_id} names {other.event} of {other.member_id}; use an id of its own."
        case _:
            assert_never(found)
    Console(stderr=True).print(problem, markup=False)
    raise typer.Exit(1)
