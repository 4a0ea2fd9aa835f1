"""Options of the commands that go through past receipts and may post what they find."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress

from pipeline.clock import utc_now

_T = TypeVar("_T")

SinceOption = Annotated[
    datetime | None,
    typer.Option("--since", formats=["%Y-%m-%d"], help="Only receipts sent on that day (UTC) or later."),
]
UntilOption = Annotated[
    datetime | None,
    typer.Option("--until", formats=["%Y-%m-%d"], help="Only receipts sent on that day (UTC) or before."),
]
AdoptOption = Annotated[
    bool, typer.Option("--adopt", help="Post what they earn more. Without it nothing is written.")
]
ChangesAsJsonOption = Annotated[
    bool, typer.Option("--json", help="Each receipt that would change, one JSON object a line.")
]


def first_moment(day: datetime | None) -> datetime | None:
    """When the given day begins, in UTC."""
    return None if day is None else day.replace(tzinfo=utc_now().tzinfo)


def last_moment(day: datetime | None) -> datetime | None:
    """When the day after the given one begins, in UTC."""
    start = first_moment(day)
    return None if start is None else start + timedelta(days=1)


def shown_going(seen: Iterable[_T]) -> Iterator[_T]:
    """The same, with their number on a terminal's standard error meanwhile."""
    console = Console(stderr=True)
    with Progress(transient=True, disable=not sys.stderr.isatty(), console=console) as progress:
        task = progress.add_task("Looking at receipts", total=None)
        for each in seen:
            progress.advance(task)
            yield each
