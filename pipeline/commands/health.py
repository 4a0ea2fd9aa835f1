"""`health`: whether the processes of one role on this machine work, for the health checks of containers."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer
from rich.console import Console

from pipeline.alive import signs
from pipeline.settings import load_settings


class Role(Enum):
    """Processes that have no door to knock at; of the API `/healthz` is asked."""

    WORKER = "worker"
    RELAY = "relay"
    MAILBOX = "mailbox"


def health(role: Annotated[Role, typer.Argument(help="Which process.")]) -> None:
    """Say whether this machine's processes of a role work. Exits 1 when one hangs or none runs.

    Example: tillpoints health worker
    """
    found = signs(load_settings(), role.value)
    console = Console(soft_wrap=True, highlight=False)
    for each in found:
        said = f"hangs; a beat is due within {each.limit_s:.0f} s" if each.hangs else "works"
        console.print(f"{role.value} {each.pid} {said}, last heard of {each.age_s:.0f} s ago", markup=False)
    if not found:
        console.print(
            f"no {role.value} runs here: start `tillpoints {role.value}`, or see in its log why it ended",
            markup=False,
        )
    if not found or any(each.hangs for each in found):
        raise typer.Exit(1)
