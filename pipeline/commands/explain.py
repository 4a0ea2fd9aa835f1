"""`tillpoints explain`: one receipt's whole story, from the file to the ledger."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.commands.shown import plain
from pipeline.replay import Outcome, Replayed, replays
from pipeline.views import LineView, ReceiptView, receipt_view
from receipts.database.codec import to_json
from receipts.fraud import Finding, Risk, Screening
from receipts.identity import ReceiptId

_PIPED_COLUMNS = 100_000
"""Wider than any sentence, since there is no screen to fold it for."""


def explain(
    receipt: Annotated[str, typer.Argument(help="The receipt's id (rcp_...).")],
    program: ProgramOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as one JSON object.")] = False,
) -> None:
    """Say what became of a receipt and why: read, matched, checked, decided, by which versions.

    The verdict of the fraud checks is shown with the evidence, weight and share of each finding, and worked
    out again from the evidence that was kept, by the policy that judged then.

    Example: tillpoints explain rcp_1f0c9e... --json
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    view = receipt_view(wiring, program_id=target.id, receipt_id=ReceiptId(receipt))
    if view is None:
        Console(stderr=True).print(
            f"Program {target.id} has no receipt {receipt}. Ids stand on the receipt's page and in messages.",
            markup=False,
        )
        raise typer.Exit(1)
    replayed = replays(wiring, program_id=target.id, receipt_id=view.id) or ()
    if as_json:
        typer.echo(json.dumps(_document(view, replayed), ensure_ascii=False))
        return
    # Piped text is searched and cut by line: one sentence, one line.
    _print(Console(width=None if sys.stdout.isatty() else _PIPED_COLUMNS), view, replayed)


def _document(view: ReceiptView, replayed: tuple[Replayed, ...]) -> dict[str, Any]:
    document: dict[str, Any] = to_json(view)
    document["replays"] = [to_json(each) for each in replayed]
    return document


def _print(console: Console, view: ReceiptView, replayed: tuple[Replayed, ...]) -> None:
    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False)

    say(f"{view.id}  {view.file_name}  by {view.channel.value} from {view.member_name}")
    say(f"  state     {view.state.value}: {view.sentence}")
    if view.rejection_detail:
        say(f"  detail    {view.rejection_detail}")
    if view.failure:
        say(f"  failure   {view.failure}; try again with: tillpoints retry {view.id}")
    for reason in view.reasons:
        say(f"  because   {reason}")
    if view.receipt is not None:
        read = view.receipt
        when = " ".join(str(part) for part in (read.date, read.time) if part is not None)
        balanced = "adds up" if read.balanced else "does not add up"
        say(f"  read      {read.retailer.name or '(no shop read)'}, {when or '(no date read)'}")
        say(f"            total {read.total or '(not read)'} {read.currency}, {balanced}")
        console.print(_lines_table(view.lines))
    if view.screening is not None:
        for line in (*_screening_lines(view.screening), *_replay_lines(replayed[-1:])):
            say(plain(line))
    for outcome in view.outcomes:
        rule = f"{outcome.campaign_id}/{outcome.rule_id}"
        say(f"  rule      {rule}: {outcome.sentence} [{outcome.answer.value}]")
    if view.points is not None:
        say(f"  points    {view.points}")
    for kind, versions in view.versions.items():
        made_by = ", ".join(f"{name} {version}" for name, version in versions.items())
        say(f"  {kind:9} by {made_by}")


_RISK_WORDS = {Risk.CLEAR: "pass", Risk.HOLD: "hold", Risk.DECLINE: "decline"}
_REPLAY_WORDS = {
    Outcome.SAME: "worked out again from the evidence kept: the same",
    Outcome.DIFFERS: "worked out again from the evidence kept, it differs:",
    Outcome.NOT_KEPT: "cannot be worked out again:",
}


def _screening_lines(screening: Screening) -> Iterator[str]:
    """The verdict, then each finding with what it weighs and what it rests on."""
    by = f"by policy version {screening.policy_version}"
    score = f", score {screening.score:.2f}" if screening.weighed or screening.score else ""
    yield f"  verdict   {_RISK_WORDS[screening.risk]}{score}, {by}"
    weighed = {each.check: each for each in screening.weighed}
    for signal in screening.signals:
        if signal.finding is Finding.CLEAR:
            continue
        yield f"  {signal.finding.value:9} {signal.check}: {signal.reviewer_sentence}"
        said = weighed.get(signal.check)
        if said is not None:
            act = said.act.value
            yield f"            weighs {said.weight:.2f}, its share is {said.share:.2f}, does: {act}"
        for fact in signal.evidence:
            yield f"            {fact.name}: {fact.value}"
        if signal.related:
            yield f"            about {', '.join(signal.related)}"
    for signal in screening.signals:
        if signal.finding is Finding.CLEAR:
            # One line each: what a check found in order is read only where somebody asks.
            facts = "; ".join(f"{fact.name}: {fact.value}" for fact in signal.evidence)
            yield f"  clear     {signal.check}: {signal.reviewer_sentence}" + (f" ({facts})" if facts else "")


def _replay_lines(replayed: tuple[Replayed, ...]) -> Iterator[str]:
    for each in replayed:
        yield f"  replay    {_REPLAY_WORDS[each.outcome]}"
        yield from (f"            {difference}" for difference in each.differences)


def _lines_table(lines: tuple[LineView, ...]) -> Table:
    table = Table(box=None, padding=(0, 1), show_edge=False)
    for heading in ("printed", "qty", "amount", "product", "verdict", "p", "points"):
        table.add_column(heading, justify="left" if heading in {"printed", "product", "verdict"} else "right")
    for line in lines:
        table.add_row(
            line.item.description,
            f"{line.item.quantity:f}",
            str(line.item.net),
            "" if line.product is None else f"{line.product.name} {line.product.size}".strip(),
            "" if line.match is None else f"{line.match.verdict.value} ({line.match.reason.value})",
            "" if line.match is None else f"{line.match.probability:.2f}",
            str(line.points) if line.points else "",
        )
    return table
