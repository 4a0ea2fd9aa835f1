"""`mailbox`: fetches the mail of every program that has a mailbox."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from pipeline.logs import set_up_logs
from pipeline.mailbox import MailboxWork, configured, run_mailboxes
from pipeline.settings import SettingsError, load_settings
from pipeline.supervise import exit_with_parent, stop_on_signals
from pipeline.wiring import Wiring, build
from receipts.errors import TransientError


def mailbox(
    once: Annotated[
        bool, typer.Option("--once", help="Take what waits now, and end; exit 1 when a mailbox has trouble.")
    ] = False,
    with_parent: Annotated[
        bool, typer.Option("--exit-with-parent", hidden=True, help="End when standard input closes.")
    ] = False,
) -> None:
    """Fetch the mail of all mailboxes alone, until stopped. Example: tillpoints mailbox --once."""
    settings = load_settings()
    set_up_logs(settings.log_level)
    if with_parent:
        exit_with_parent()
    wiring = build(settings, acts_across=True)
    if not configured(wiring):
        raise SettingsError(
            "no program has a mailbox: name one in the file that TILLPOINTS_CHANNELS_FILE points to"
            " (docs/mail.md)"
        )
    wiring.database.migrate()
    if once:
        _once(wiring)
    else:
        run_mailboxes(wiring, stop_on_signals())


def _once(wiring: Wiring) -> None:
    console = Console(soft_wrap=True)
    sick = False
    for program_id, settings in configured(wiring).items():
        try:
            taken = MailboxWork(wiring, program_id, settings).once()
        except TransientError as error:
            sick = True
            console.print(f"{settings.address}: {error}", markup=False, highlight=False)
            continue
        sick = sick or taken.failed > 0
        console.print(
            f"{settings.address}: {taken.new} new, {taken.known_before} known before,"
            f" {taken.oversized} too large, {taken.gone} gone, {taken.failed} failed",
            markup=False,
            highlight=False,
        )
    if sick:
        raise typer.Exit(1)
