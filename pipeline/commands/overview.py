"""`status`: how it goes right now, for people without a dashboard."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console

from pipeline.failures import failure_groups
from pipeline.health import load, readiness
from pipeline.settings import load_settings
from pipeline.wiring import Wiring, build
from receipts.database.repositories.programs import Programs

_CAUSES_SHOWN = 5


def status(as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False) -> None:
    """Say how it goes: parts that do not answer, what waits and since when, what failed. Exits 1 on trouble.

    Example: tillpoints status
    """
    wiring = build(load_settings(), acts_across=True)
    known = _known(wiring)
    if as_json:
        typer.echo(json.dumps(known, ensure_ascii=False))
    else:
        console = Console(soft_wrap=True)
        for line in _lines(known):
            console.print(line, markup=False, highlight=False)
    if known["trouble"]:
        raise typer.Exit(1)


def _known(wiring: Wiring) -> dict[str, Any]:
    trouble = {part.name: part.trouble for part in readiness(wiring) if part.trouble}
    if "database" in trouble:  # nothing else can be asked then
        return {"trouble": trouble}
    standing = load(wiring)
    with wiring.database.read() as session:
        programs = Programs(session).all()
    failed = [
        {"program": program.id, "cause": each.key, "receipts": each.count, "what": each.cause}
        for program in programs
        for each in failure_groups(wiring, program.id)[:_CAUSES_SHOWN]
    ]
    return {
        "trouble": trouble,
        "receipts": {state.value: count for state, count in standing.receipts.items() if count},
        "oldest_untouched_s": round(standing.oldest_untouched_s),
        "mails_and_texts": {state.value: count for state, count in standing.inbound.items() if count},
        "oldest_message_s": round(standing.oldest_inbound_s),
        "answers": {state.value: count for state, count in standing.answers.items() if count},
        "outbox": standing.outbox,
        "outbox_oldest_s": round(standing.outbox_lag_s),
        "failed": failed,
    }


def _lines(known: dict[str, Any]) -> list[str]:
    lines = [f"WRONG {part}: {trouble}" for part, trouble in known["trouble"].items()]
    if "receipts" not in known:
        return lines
    return [
        *(lines or ["ok    every part answers"]),
        f"receipts         {_counts(known['receipts'])}; oldest untouched: {known['oldest_untouched_s']} s",
        f"mails and texts  {_counts(known['mails_and_texts'])};"
        f" oldest untouched: {known['oldest_message_s']} s",
        f"answers          {_counts(known['answers'])}",
        f"outbox           {known['outbox']} due; the oldest for {known['outbox_oldest_s']} s",
        *(
            f"failed           {each['program']} {each['receipts']} x {each['what'] or 'cause not kept'}"
            f" (tillpoints retry --cause {each['cause']} --program {each['program']})"
            for each in known["failed"]
        ),
    ]


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"
