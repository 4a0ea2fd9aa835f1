"""`rematch`: past receipts with today's catalog and with what reviewers taught, and paying the difference."""

from __future__ import annotations

import json
from typing import Annotated, assert_never

import typer
from rich.console import Console

from pipeline.commands.past import AdoptOption, ChangesAsJsonOption, SinceOption, first_moment, shown_going
from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.formats import signed
from pipeline.rematch import LineChange, Outlook, Rematch, rematches
from pipeline.rematch_adopt import Adopted, adopt
from pipeline.rematch_shown import rematch_document
from pipeline.take_back import adopt_all
from receipts.match import MATCH_SENTENCES, MatchVerdict


def rematch(
    since: SinceOption = None,
    shop: Annotated[str, typer.Option(help="Only shops that have this in their name.")] = "",
    adopt_it: AdoptOption = False,
    take_it_back: Annotated[
        bool, typer.Option("--take-back", help="With --adopt: take back what was paid for other products.")
    ] = False,
    program: ProgramOption = "",
    as_json: ChangesAsJsonOption = False,
) -> None:
    """Show which past receipts would be matched otherwise today, line by line, and what they would earn more.

    With --adopt the difference is posted, as an award of its own: lines that were paid are never paid again.
    Where points would fall, that is shown first, and taken back only with --adopt --take-back. Running it
    again changes nothing; it may be stopped at any moment and started again.

    A receipt that a person would have to look at is left alone, as is one that a reviewer declined.

    Example: tillpoints rematch --since 2026-10-01, and then the same with --adopt
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    console = Console(soft_wrap=True)
    tally = _Tally()
    for seen in shown_going(rematches(wiring, program_id=target.id, since=first_moment(since), shop=shop)):
        tally.seen += 1
        if seen is None:
            continue
        found, posted = seen, Adopted.NOTHING_TO_POST
        if adopt_it and take_it_back and seen.falls:
            taken, left = adopt_all(wiring, seen)
            tally.taken += taken.points
            found = seen if left is None else left
        if adopt_it and found.outlook is Outlook.PAYS:
            posted, found = adopt(wiring, found)
        tally.add(found, posted)
        if as_json:
            typer.echo(json.dumps(rematch_document(found, posted), ensure_ascii=False))
        else:
            for line in _rows(found, posted):
                console.print(_plain(line), markup=False, highlight=False)
    Console(stderr=as_json, soft_wrap=True).print(tally.sentence(adopted=adopt_it), markup=False)


class _Tally:
    def __init__(self) -> None:
        self.seen = self.changed = self.pays = self.points = self.falls = self.asks = 0
        self.posted = self.posted_points = self.taken = 0

    def add(self, found: Rematch, posted: Adopted) -> None:
        self.changed += 1
        self.pays += found.outlook is Outlook.PAYS
        self.points += found.gains
        self.falls += found.falls
        self.asks += found.outlook is Outlook.ASKS
        if posted is Adopted.POSTED:
            self.posted += 1
            self.posted_points += found.gains

    def sentence(self, *, adopted: bool) -> str:
        said = [f"{self.seen} receipts looked at, {self.changed} would be matched otherwise today."]
        if self.pays and not adopted:
            said.append(f"{self.pays} of them would earn {self.points} points more: --adopt posts them.")
        if adopted:
            said.append(f"Posted: {self.posted_points} points on {self.posted} receipts.")
        if self.taken:
            said.append(f"Taken back: {self.taken} points.")
        elif self.falls:
            said.append(
                f"{self.falls} points were paid for lines that are not taken so any more; they stay unless"
                " --adopt --take-back takes them back."
            )
        if self.asks:
            said.append(f"{self.asks} would need a person's look and are left as they are.")
        return " ".join(said)


def _outlook_words(found: Rematch, posted: Adopted) -> str:
    if posted is Adopted.POSTED:
        return f"{signed(found.gains)} posted"
    match found.outlook:
        case Outlook.PAYS:
            return f"{signed(found.gains)}, not posted"
        case Outlook.NOTHING:
            return "no more points"
        case Outlook.FALLS:
            return f"{found.falls} points paid, which stay"
        case Outlook.ASKS:
            return "a person would have to look"
        case Outlook.REFUSED:
            return "declined by a reviewer, which stands"
        case _:
            assert_never(found.outlook)


def _rows(found: Rematch, posted: Adopted) -> list[str]:
    past = found.past
    head = f"{past.receipt_id}  {past.received_at.date()}  {found.retailer or '(no shop read)'}"
    return [f"{head}  {_outlook_words(found, posted)}", *(f"    {_line(line)}" for line in found.lines)]


def _line(line: LineChange) -> str:
    paid = f", {line.paid} points paid" if line.paid else ""
    was = _verdict(line.was, line.was_verdict)
    now = _verdict(line.now, line.now_verdict)
    return f"“{line.printed}”  was {was}{paid}; would be {now}. {MATCH_SENTENCES[line.now_reason]}"


def _verdict(sku: str | None, verdict: MatchVerdict) -> str:
    if sku is not None:
        return sku
    return "unsure" if verdict is MatchVerdict.ASK else "not ours"


def _plain(text: str) -> str:
    """Without what would steer a terminal: members' papers choose some of it."""
    return "".join(char if char.isprintable() else "?" for char in text)
