"""`redecide`: past receipts by the rules that hold today for their day, and posting the difference."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console

from pipeline.commands.past import (
    AdoptOption,
    ChangesAsJsonOption,
    SinceOption,
    UntilOption,
    first_moment,
    last_moment,
    shown_going,
)
from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.formats import signed
from pipeline.redecide import Redecided, adopt_redecided, redecisions
from pipeline.rematch import Outlook


def redecide(
    since: SinceOption = None,
    until: UntilOption = None,
    adopt_it: AdoptOption = False,
    take_it_back: Annotated[
        bool, typer.Option("--take-back", help="With --adopt: also receipts of which points are taken back.")
    ] = False,
    program: ProgramOption = "",
    as_json: ChangesAsJsonOption = False,
) -> None:
    """Show which past receipts today's rules for their day would pay otherwise, rule by rule.

    For a campaign that was mended after receipts were paid or declined by it: import the mended version, look
    here, and then post. Matches, fraud checks and what was known of the member stay those of then. With
    --adopt the difference is posted, by a message of its own; a receipt of which any points would fall
    changes only with --adopt --take-back. Running it again changes nothing; it may be stopped at any moment.

    A receipt that a person would have to look at is left alone, as is one that a reviewer declined.

    Example: tillpoints redecide --since 2026-10-01, and then the same with --adopt
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    start, end = first_moment(since), last_moment(until)
    console = Console(soft_wrap=True)
    tally = _Tally()
    for seen in shown_going(redecisions(wiring, target.id, since=start, until=end)):
        tally.seen += 1
        if seen is None:
            continue
        found, posted = seen, False
        if adopt_it:
            found, taken = adopt_redecided(wiring, seen, take_back=take_it_back)
            posted = taken is not None
        tally.add(found, posted=posted)
        if as_json:
            typer.echo(json.dumps(_document(found, posted=posted), ensure_ascii=False))
        else:
            console.print("\n".join(_rows(found, posted=posted)), markup=False, highlight=False)
    Console(stderr=as_json, soft_wrap=True).print(tally.sentence(), markup=False)


class _Tally:
    def __init__(self) -> None:
        self.seen = self.changed = self.gains = self.losses = self.asks = self.posted = self.left = 0

    def add(self, found: Redecided, *, posted: bool) -> None:
        self.changed += 1
        self.asks += found.outlook is Outlook.ASKS
        self.gains += found.gained
        self.losses += found.lost
        self.posted += posted
        self.left += not posted and found.outlook is not Outlook.ASKS

    def sentence(self) -> str:
        said = [
            f"{self.seen} receipts looked at, {self.changed} would be paid otherwise today:"
            f" {self.gains} points more, {self.losses} points less."
        ]
        if self.posted:
            said.append(f"Posted: the difference of {self.posted} receipts.")
        if self.left:
            said.append(
                f"{self.left} receipts are as they were: --adopt posts what is more, --adopt --take-back also"
                " what is less."
            )
        if self.asks:
            said.append(f"{self.asks} would need a person's look and are left as they are.")
        return " ".join(said)


def _rows(found: Redecided, *, posted: bool) -> list[str]:
    past = found.past
    done = "posted" if posted else "not posted"
    words = (
        "a person would have to look"
        if found.outlook is Outlook.ASKS
        else f"{signed(found.gained - found.lost)}, {done}"
    )
    changes = [*((rule, more) for rule, more in found.gains.items())]
    changes += [(rule, -less) for rule, less in found.losses.items()]
    return [
        f"{past.receipt_id}  {past.received_at.date()}  {words}",
        *(f"    {campaign}/{rule}  {signed(points)}" for (campaign, rule), points in changes),
    ]


def _document(found: Redecided, *, posted: bool) -> dict[str, Any]:
    return {
        "receipt_id": found.past.receipt_id,
        "received_at": found.past.received_at.isoformat(),
        "state": found.past.state.value,
        "points": found.past.points,
        "outlook": found.outlook.value,
        "gains": {f"{campaign}/{rule}": points for (campaign, rule), points in found.gains.items()},
        "losses": {f"{campaign}/{rule}": points for (campaign, rule), points in found.losses.items()},
        "posted": posted,
    }
