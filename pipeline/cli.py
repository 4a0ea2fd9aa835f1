"""The command line: `tillpoints COMMAND`, one file for each under `pipeline.commands`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

import typer
from rich.console import Console

from pipeline.settings import SettingsError
from receipts.errors import TransientError

app = typer.Typer(
    name="tillpoints",
    help="Receipts to points. Start with `tillpoints serve --sample`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

_COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("read", "pipeline.commands.read", "read"),
    ("unwrap", "pipeline.commands.unwrap", "unwrap"),
    ("match", "pipeline.commands.match", "match"),
    ("explain", "pipeline.commands.explain", "explain"),
    ("serve", "pipeline.commands.run", "serve"),
    ("api", "pipeline.commands.run", "api"),
    ("worker", "pipeline.commands.run", "worker"),
    ("relay", "pipeline.commands.run", "relay"),
    ("mailbox", "pipeline.commands.mailbox", "mailbox"),
    ("sample-doors", "pipeline.commands.sample_doors", "sample_doors"),
    ("demo", "pipeline.commands.demo", "demo"),
    ("catalog", "pipeline.commands.catalog", "catalog"),
    ("campaign", "pipeline.commands.programs", "campaign"),
    ("program", "pipeline.commands.accounts", "program"),
    ("account", "pipeline.commands.accounts", "account"),
    ("inbox", "pipeline.commands.inbox", "inbox"),
    ("address", "pipeline.commands.inbox", "address"),
    ("retry", "pipeline.commands.care", "retry"),
    ("doctor", "pipeline.commands.care", "doctor"),
)


def _load(module: str, name: str) -> Callable[..., Any] | typer.Typer:
    loaded: Callable[..., Any] | typer.Typer = getattr(importlib.import_module(module), name)
    return loaded


def _register(wanted: str | None) -> None:
    # One command's imports take up to a second (OpenCV, Celery, FastAPI): the others' are left alone.
    names = {name for name, _, _ in _COMMANDS}
    for name, module, attribute in _COMMANDS:
        if wanted in names and name != wanted:
            continue
        command = _load(module, attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)


def main() -> None:
    """Run the command of `sys.argv`."""
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    _register(arguments[0] if arguments else None)
    if len(app.registered_commands) == 1 and not app.registered_groups:
        app.callback()(_keep_command_names)
    try:
        app()
    except (SettingsError, TransientError) as error:
        Console(stderr=True).print(str(error), markup=False)
        sys.exit(1)


def _keep_command_names() -> None:
    """Receipts to points. Start with `tillpoints serve --sample`."""


if __name__ == "__main__":
    main()
