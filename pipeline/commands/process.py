"""How every process of the program begins."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.logs import set_up_logs
from pipeline.settings import Settings, load_settings
from pipeline.supervise import exit_with_parent

ExitWithParent = Annotated[
    bool, typer.Option("--exit-with-parent", hidden=True, help="End when standard input closes.")
]


def start(*, with_parent: bool) -> Settings:
    """The settings of a process that has just begun, with its log set up."""
    settings = load_settings()
    set_up_logs(settings.log_level)
    if with_parent:
        exit_with_parent()
    return settings
