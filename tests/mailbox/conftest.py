"""Real IMAP servers for every test of the mailbox: pymap always, Dovecot where it is installed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pipeline.channels import MailboxSettings, load_channels
from pipeline.mailbox import MailboxWork, Pace
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.settings import Settings
from pipeline.wiring import Wiring, build
from receipts.identity import Sha256
from tests.support import commands
from tests.support.dovecot_server import run_dovecot
from tests.support.imap_server import HOST, PASSWORD, USER, ImapServer
from tests.support.pymap_server import run_pymap
from tests.support.ready import make_ready

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def pymap_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImapServer]:
    with run_pymap(tmp_path_factory.mktemp("pymap")) as server:
        yield server


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[ImapServer]:
    with run_dovecot() as server:
        yield server


@pytest.fixture(params=["pymap", "dovecot"])
def imap_server(request: pytest.FixtureRequest) -> ImapServer:
    """An empty mailbox, once on each server."""
    server: ImapServer = request.getfixturevalue(f"{request.param}_server")
    server.empty()
    return server


@dataclass
class Office:
    """A program with a mailbox: its data folder, database and settings."""

    wiring: Wiring
    folder: Path
    server: ImapServer
    root: Path = ROOT

    def settings(self, **changes: Any) -> MailboxSettings:
        told = {
            "address": "receipts@example.com",
            "imap_host": HOST,
            "imap_port": self.server.port,
            "imap_security": "none",
            "user": USER,
            "password": PASSWORD,
            "poll_s": 0.3,
        }
        return MailboxSettings.model_validate({**told, **changes})

    def work(self, *, lease_s: float = 5.0, message_again_s: float = 0.5, **changes: Any) -> MailboxWork:
        """The product's work, with pauses that a test can wait for."""
        pace = Pace(lease_s=lease_s, again_first_s=0.05, message_again_first_s=message_again_s)
        return MailboxWork(self.wiring, SAMPLE_PROGRAM.id, self.settings(**changes), pace=pace)

    def channels_file(self, **changes: Any) -> Path:
        """The settings as a file, for a process of its own."""
        told = self.settings(**changes).model_dump(mode="json", exclude_defaults=True)
        path = self.folder / "channels.toml"
        lines = [f"[program.{SAMPLE_PROGRAM.id}.email]"]
        lines += [f"{name} = {_toml(value)}" for name, value in told.items()]
        path.write_text("\n".join(lines) + "\n")
        assert load_channels(path)[SAMPLE_PROGRAM.id].email == self.settings(**changes)
        return path

    def environment(self, **changes: Any) -> dict[str, str]:
        return {
            **os.environ,
            "TILLPOINTS_DATA_DIR": str(self.folder),
            "TILLPOINTS_DATABASE_URL": self.wiring.settings.database_url,
            "TILLPOINTS_CHANNELS_FILE": str(self.channels_file(**changes)),
            "TILLPOINTS_LOG_LEVEL": "INFO",
            "PYTHONPATH": str(ROOT),
        }

    def command(self, *arguments: str, **changes: Any) -> subprocess.CompletedProcess[str]:
        """Run `tillpoints ARGUMENTS` to its end."""
        return commands.tillpoints(*arguments, environment=self.environment(**changes))

    def process(self, *arguments: str, **changes: Any) -> dict[str, Any]:
        """What `Popen` wants for `tillpoints ARGUMENTS`."""
        command = [sys.executable, "-m", "pipeline.cli", *arguments]
        return {"args": command, "env": self.environment(**changes), "cwd": ROOT}

    def rows(self, sql: str) -> list[Any]:
        with self.wiring.database.read() as session:
            return list(session.execute(text(sql)).all())

    def stored(self) -> list[bytes]:
        """The raw mails that were taken, in the order they came."""
        hashes = self.rows("SELECT raw_sha256 FROM inbound_messages ORDER BY received_at, id")
        return [self.wiring.store.read_bytes(Sha256(sha256)) for (sha256,) in hashes]

    def dead_leases_run_out(self) -> None:
        """As they do after a minute and a half. That a live process waits for it is tested beside this."""
        with self.wiring.database.write() as session:
            left = session.execute(text("UPDATE leases SET until = '2000-01-01 00:00:00'"))
            assert left.rowcount == 1, "whoever is killed at work leaves its lease behind"

    def subjects(self) -> list[str]:
        return sorted(
            raw.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode("ascii", "replace")
            for raw in self.stored()
        )

    def bells(self) -> int:
        """How many bells hang for a worker to take a mail in."""
        return int(self.rows("SELECT count(*) FROM outbox")[0][0])


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def make_office(folder: Path, server: ImapServer) -> Office:
    wiring = build(Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'tillpoints.db'}"))
    make_ready(wiring)
    return Office(wiring, folder, server)


@pytest.fixture
def office_at(tmp_path: Path) -> Iterator[Callable[[ImapServer], Office]]:
    """Makes an office for any server."""
    made: list[Office] = []

    def make(server: ImapServer) -> Office:
        folder = tmp_path / f"office-{len(made)}"
        folder.mkdir()
        made.append(make_office(folder, server))
        return made[-1]

    yield make
    for office in made:
        office.wiring.close()


@pytest.fixture
def office(office_at: Callable[[ImapServer], Office], imap_server: ImapServer) -> Office:
    """An office for an empty mailbox, once on each server."""
    return office_at(imap_server)


@pytest.fixture
def office_in_memory(imap_server: ImapServer) -> Iterator[Office]:
    """An office whose disk is memory, where there is such a thing: forcing to disk takes no time."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="tillpoints-", dir=memory if memory.is_dir() else None) as name:
        office = make_office(Path(name), imap_server)
        yield office
        office.wiring.close()
