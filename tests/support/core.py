"""The example core loyalty service, running, with the file that makes a program publish to it."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fixtures.core_service import Inbox
from tests.support.imap_server import dying_with_us, free_port, wait_for_port

SECRET = "whsec_" + base64.b64encode(b"j" * 32).decode()


@dataclass(frozen=True)
class Core:
    """Where it keeps its events, and the publishers file."""

    database: Path
    publishers: Path

    def received(self) -> int:
        """How many events it has applied."""
        inbox = Inbox(self.database)
        try:
            (count,) = inbox._database.execute("SELECT coalesce(sum(applied), 0) FROM events").fetchone()
            return int(count)
        finally:
            inbox.close()

    def points(self) -> dict[str, int]:
        """By member pending and available points together, of those that have any."""
        inbox = Inbox(self.database)
        try:
            assert inbox.gaps() == []
            return {member: sum(both) for member, both in inbox.balances().items() if sum(both)}
        finally:
            inbox.close()


@contextmanager
def core_service(folder: Path, program: str) -> Iterator[Core]:
    folder.mkdir()
    port, log, secret = free_port(), folder / "log", folder / "secret"
    secret.write_text(SECRET)
    core = Core(folder / "core.db", folder / "publishers.toml")
    core.publishers.write_text(
        f'[program.{program}.publisher.core]\nkind = "webhook"\nurl = "http://127.0.0.1:{port}/"\n'
        f'private = true\nsecrets = [{{file = "{secret}"}}]\n'
    )
    command = [sys.executable, "-m", "fixtures.core_service", "--database", str(core.database)]
    command += ["--secret-file", str(secret), "--port", str(port)]
    with log.open("ab") as said:
        process = subprocess.Popen(dying_with_us(command), stdout=said, stderr=said)
    try:
        wait_for_port(port, process, log)
        yield core
    finally:
        process.kill()
        process.wait()
