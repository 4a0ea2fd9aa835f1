"""The whole of it on one machine: PostgreSQL, Redis, the API, a relay, and as many workers as wanted."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import Engine, create_engine, text

from bench.chaos.brokers import a_broker
from bench.chaos.people import add_people
from bench.fraud.own_postgres import own_postgres_server
from fixtures.doors.plan import DoorsPlan, channels_file, dns_file, make_plan
from pipeline.sample_servers import doors_folder
from pipeline.settings import Settings
from pipeline.wiring import Wiring, build
from tests.support.imap_server import free_port

READY_WITHIN_S = 120.0
ENDED_WITHIN_S = 20.0
_TICKS = os.sysconf("SC_CLK_TCK")
_OPEN = "state IN ('received', 'read', 'matched', 'screened')"


@dataclass
class House:
    """What runs.

    Attributes:
        api: its address.
        people: address and password of each member.
        wiring: parts of our own in the same database, to put receipts in past the API.
        database_pid: of the server of the database, which is ours alone.
    """

    api: str
    people: list[tuple[str, str]]
    wiring: Wiring
    engine: Engine
    environment: dict[str, str]
    log: Path
    doors: DoorsPlan
    database_pid: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, role: str, name: str = "") -> None:
        """Start a process of this role."""
        with self.log.open("ab") as log:
            self.running[name or role] = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "pipeline.cli", role],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def end(self, *names: str) -> None:
        """End these; all where none is named."""
        ending = [self.running.pop(name) for name in names or tuple(self.running)]
        for process in ending:
            process.terminate()
        for process in ending:
            try:
                process.wait(ENDED_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def unfinished(self) -> int:
        """How many receipts are still on their way."""
        with self.engine.connect() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM receipts WHERE {_OPEN}")).scalar_one())  # noqa: S608

    def states(self) -> dict[str, int]:
        """How many receipts stand where."""
        with self.engine.connect() as connection:
            rows = connection.execute(text("SELECT state, count(*) FROM receipts GROUP BY state")).all()
        return {str(state): int(count) for state, count in rows}

    def beside_cpu_s(self, *names: str) -> float:
        """Seconds of the processor that the database and these took until now."""
        return cpu_s([*with_children(self.database_pid), *(pid for name in names for pid in self.pids(name))])

    def pids(self, name: str) -> list[int]:
        """The process and those under it."""
        return with_children(self.running[name].pid)


def with_children(pid: int) -> list[int]:
    """The process's id and those of all that it started."""
    found = [pid]
    for each in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [child for started in each.read_text().split() for child in with_children(int(started))]
    return found


def cpu_s(pids: Sequence[int]) -> float:
    """Seconds of the processor that these took, with children that ended."""
    spent = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        spent += sum(int(each) for each in fields[11:15])
    return spent / _TICKS


def memory_mb(pids: Sequence[int], which: str = "VmHWM") -> float:
    """Of the largest of these: the most it held (`VmHWM`), or what it holds now (`VmRSS`)."""
    held = [0]
    for pid in pids:
        status = Path(f"/proc/{pid}/status").read_text()
        held += [int(each) for each in re.findall(rf"{which}:\s+(\d+) kB", status)]
    return max(held) / 1024


@contextmanager
def a_house(folder: Path, *, doors: bool = False) -> Iterator[House]:
    """PostgreSQL, Redis, an API and a relay; workers are started by the caller.

    `doors`: also a mail server, a text provider and what fetches mails.
    """
    with ExitStack() as parts:
        database = parts.enter_context(own_postgres_server())
        broker = parts.enter_context(a_broker("redis", folder))
        port = free_port()
        environment = {
            "TILLPOINTS_DATABASE_URL": database.url,
            "TILLPOINTS_BROKER_URL": broker.url,
            "TILLPOINTS_DATA_DIR": str(folder / "data"),
            "TILLPOINTS_PORT": str(port),
            "TILLPOINTS_SECRET_KEY": "t" * 40,
            "TILLPOINTS_WORKER_PROCESSES": "1",
            "TILLPOINTS_LOG_LEVEL": "ERROR",
            # Limits are there to keep senders apart, and here they are to be as fast as they can.
            "TILLPOINTS_MAX_REQUESTS_OF_ADDRESS": "100000",
            "TILLPOINTS_MAX_REQUESTS_OF_MEMBER": "100000",
            "TILLPOINTS_MAX_REQUESTS_OF_PROGRAM": "100000",
            "TILLPOINTS_MAX_WAITING_RECEIPTS": "100000",
        }
        at_doors = doors_folder(Settings(data_dir=folder / "data"))
        plan = make_plan(at_doors, public_url=f"http://127.0.0.1:{port}")
        if doors:
            environment["TILLPOINTS_CHANNELS_FILE"] = str(channels_file(at_doors))
            environment["TILLPOINTS_DNS_FILE"] = str(dns_file(at_doors))
        wiring = build(Settings(data_dir=folder / "data", database_url=database.url, secret_key="t" * 40))
        parts.callback(wiring.close)
        house = House(
            f"http://127.0.0.1:{port}",
            add_people(wiring),
            wiring,
            create_engine(database.url),
            environment,
            folder / "log",
            plan,
            database.pid,
        )
        parts.callback(house.engine.dispose)
        parts.callback(house.end)
        if doors:
            house.start("sample-doors")
            house.start("mailbox")
        house.start("relay")
        house.start("api")
        _wait_for(house.api)
        yield house


def _wait_for(api: str) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        try:
            if httpx.get(f"{api}/healthz", timeout=5.0).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.3)
    raise TimeoutError(f"the API did not answer within {READY_WITHIN_S:.0f} s")
