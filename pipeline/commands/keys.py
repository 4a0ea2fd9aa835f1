"""`keys`: the installation's keys, by which members' keys are sealed."""

from __future__ import annotations

import typer
from rich.console import Console

from pipeline.commands.programs import ready_wiring
from pipeline.settings import SettingsError

keys = typer.Typer(help="Keys that seal members' files: make one, change them, seal what is not yet.")

_BATCH = 500


@keys.command("new")
def new() -> None:
    """Print a key for the file that TILLPOINTS_MASTER_KEYS_FILE names, for its first line.

    Example: (tillpoints keys new; cat keys) > keys.new
    """
    from cryptography.fernet import Fernet

    typer.echo(Fernet.generate_key().decode())


@keys.command("rotate")
def rotate() -> None:
    """Seal every member's key anew by the first key of the file. The others may go out of it afterwards.

    Safe to run while everything runs, and to run again. Files stay as they are.

    Example: tillpoints keys rotate
    """
    from receipts.database.repositories.file_keys import rotate_keys

    wiring = ready_wiring()
    if (masters := wiring.store.masters) is None:
        raise SettingsError(_NO_KEYS)
    count, after = 0, ("", "")
    while True:
        with wiring.database.write() as session:
            done = rotate_keys(session, masters, after=after, limit=_BATCH)
        if not done:
            break
        count, after = count + len(done), done[-1]
    _say(f"{count} members' keys are sealed by the first key of the file.")


@keys.command("seal")
def seal() -> None:
    """Seal files that were stored before there were keys. Safe to run while everything runs, and again.

    Example: tillpoints keys seal
    """
    from pipeline.seal_older import seal_older

    wiring = ready_wiring()
    if wiring.store.masters is None:
        raise SettingsError(_NO_KEYS)
    sealed, missing = seal_older(wiring)
    _say(f"{sealed} files were sealed. {missing} that rows name are not in the store.")


_NO_KEYS = "there are no keys: set TILLPOINTS_MASTER_KEYS_FILE to a file with a line of `tillpoints keys new`"


def _say(words: str) -> None:
    Console(soft_wrap=True).print(words, markup=False, highlight=False)
