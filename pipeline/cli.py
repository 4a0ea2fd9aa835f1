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

_COMMANDS: tuple[tuple[str, str, str, str], ...] = (
    ("read", "pipeline.commands.read", "read", "Read receipts from files."),
    (
        "unwrap",
        "pipeline.commands.unwrap",
        "unwrap",
        "Show what forwarded mails hold: the original's sender, date, subject and body, and what proves it.",
    ),
    (
        "match",
        "pipeline.commands.match",
        "match",
        "Say which catalog product each printed line is, how sure that is, and whether to ask.",
    ),
    (
        "explain",
        "pipeline.commands.explain",
        "explain",
        "Say what became of a receipt and why: read, matched, checked, decided, by which versions.",
    ),
    (
        "replay",
        "pipeline.commands.replay",
        "replay",
        "Work old verdicts of the fraud checks out again from the evidence kept, and say what differs.",
    ),
    (
        "serve",
        "pipeline.commands.run",
        "serve",
        "Run everything: API and pages, workers, relay and mailboxes, started again when one dies.",
    ),
    ("api", "pipeline.commands.run", "api", "Run the API and the pages alone."),
    ("worker", "pipeline.commands.run", "worker", "Run workers alone, a process each."),
    (
        "health",
        "pipeline.commands.health",
        "health",
        "Say whether this machine's processes of a role work, for health checks.",
    ),
    (
        "relay",
        "pipeline.commands.run",
        "relay",
        "Run the relay alone: it rings for workers, publishes messages, and sweeps.",
    ),
    (
        "mailbox",
        "pipeline.commands.mailbox",
        "mailbox",
        "Fetch the mail of all mailboxes alone, until stopped.",
    ),
    (
        "sample-doors",
        "pipeline.commands.sample_doors",
        "sample_doors",
        "Run the sample's mail server and text provider on this machine alone.",
    ),
    (
        "demo",
        "pipeline.commands.demo",
        "demo",
        "Send sample receipts of every kind and print what each was read as, matched, decided and earned.",
    ),
    ("catalog", "pipeline.commands.catalog", "catalog", "The manufacturer's catalog."),
    ("campaign", "pipeline.commands.earning", "campaign", "Campaigns: dates, retailers and earning rules."),
    ("activity", "pipeline.commands.earning", "activity", "What members do beside buying."),
    ("policy", "pipeline.commands.policy_group", "policy", "What is made of the fraud checks' findings."),
    ("program", "pipeline.commands.accounts", "program", "Programs: one for each manufacturer."),
    (
        "account",
        "pipeline.commands.accounts",
        "account",
        "Members, reviewers, admins and services that sign in.",
    ),
    ("member", "pipeline.commands.member", "member", "A member's data: export and erasure."),
    (
        "inbox",
        "pipeline.commands.inbox",
        "inbox",
        "List mails and texts that came in, newest first, with what became of each and why.",
    ),
    ("address", "pipeline.commands.inbox", "address", "Which mail addresses and numbers are whose."),
    (
        "aliases",
        "pipeline.commands.aliases",
        "aliases",
        "What reviewers taught about how shops print products.",
    ),
    (
        "rematch",
        "pipeline.commands.rematch",
        "rematch",
        "Show which past receipts would be matched otherwise today, and pay the difference.",
    ),
    (
        "redecide",
        "pipeline.commands.redecide",
        "redecide",
        "Show which past receipts today's rules would pay otherwise, and post the difference.",
    ),
    (
        "deliveries",
        "pipeline.commands.deliveries",
        "deliveries",
        "Messages to the core loyalty service: publishers, dead letters, sending again.",
    ),
    (
        "migrate",
        "pipeline.commands.migrate",
        "migrate",
        "Bring members, balances, tiers and history over from another loyalty system.",
    ),
    ("keys", "pipeline.commands.keys", "keys", "Keys that seal members' files."),
    ("books", "pipeline.commands.books", "books", "Are the books right, and what is owed to members."),
    (
        "backup",
        "pipeline.commands.backup",
        "backup",
        "Write every row and file, as of one moment, while everything runs.",
    ),
    (
        "restore",
        "pipeline.commands.backup",
        "restore",
        "Fill an empty database and file store from a backup.",
    ),
    (
        "status",
        "pipeline.commands.overview",
        "status",
        "Say how it goes: parts that do not answer, what waits and since when, what failed.",
    ),
    (
        "tables",
        "pipeline.commands.tables",
        "tables",
        "Bring the database's tables to this version's, as the role whose they are.",
    ),
    (
        "wall",
        "pipeline.commands.wall",
        "wall",
        "Show, raise or lower the database's wall between programs (PostgreSQL).",
    ),
    ("failures", "pipeline.commands.failures", "failures", "Show what failed on our side, by cause."),
    (
        "retry",
        "pipeline.commands.failures",
        "retry",
        "Try failed receipts again, from the stage that failed: some, all of a cause, or all.",
    ),
    (
        "doctor",
        "pipeline.commands.care",
        "doctor",
        "Check every part that the settings name, and say what is wrong. Exits 1 when something is.",
    ),
)


def _load(module: str, name: str) -> Callable[..., Any] | typer.Typer:
    loaded: Callable[..., Any] | typer.Typer = getattr(importlib.import_module(module), name)
    return loaded


def _register(wanted: str | None) -> None:
    # A command's imports take up to a second (OpenCV, Celery, FastAPI): only the one that was asked for is
    # imported, and none for the list of them all.
    for name, module, attribute, what_it_does in _COMMANDS:
        if name != wanted:
            app.command(name, help=what_it_does)(_listed)
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
    try:
        app()
    except (SettingsError, TransientError) as error:
        Console(stderr=True).print(str(error), markup=False)
        sys.exit(1)


def _listed() -> None:
    """Stands for a command that was not asked for."""


if __name__ == "__main__":
    main()
