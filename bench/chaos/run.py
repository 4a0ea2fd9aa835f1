"""`python -m bench chaos`: PostgreSQL, a broker, S3, an API, workers, relays and a consumer under load.

Somebody is killed, asked to end, or stopped and let go on every few seconds, or something befalls what they
stand on: bells lost, doubled or out of order, the broker away, the database restarted or crashed, S3
failing, slow or its answers lost, a disk full, a clock moved. Afterwards everything is counted against
everything. Ends with 1 where something does not hold.

`--plant NAME` puts a fault into the processes that the run must find. `--roll-from COMMIT` begins with an
older program and rolls the present one out process by process meanwhile, back, and out again.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine

from bench.chaos.family import Family, Member, consumer, tillpoints
from bench.chaos.load import Load
from bench.chaos.people import add_people
from bench.chaos.planted import FAULTS
from bench.chaos.reconcile import Held, quiet, reconcile
from bench.chaos.rolling import Turns, code_of
from bench.chaos.world import World, a_world, clock_of
from fixtures.generator.dice import Dice
from pipeline.sample import CORE
from pipeline.settings import Settings
from pipeline.wiring import build
from tests.support.imap_server import free_port

SENDERS = 4
WORLD_SHARE = 0.25
"""Of all strikes, those that hit what the processes stand on."""
QUIET_WITHIN_S = 240.0
"""At most, after the last strike; sooner where nothing changes any more (`reconcile.STALLED_S`)."""
WARM_UP_S = 20.0
READY_WITHIN_S = 180.0


def run(words: Sequence[str]) -> int:
    """Do what the words say."""
    given = _words(words)
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="tillpoints-chaos-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with a_world(given.broker, given.files, folder) as world:
            return _run(given, console, folder, world)


def _words(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--a-second", type=float, default=2.0, help="purchases sent, at most")
    parser.add_argument("--every", type=float, default=2.5, help="seconds between two strikes, on average")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plant", choices=sorted(FAULTS), default="", help="a fault that must be found")
    parser.add_argument("--broker", choices=("redis", "rabbitmq"), default="redis")
    parser.add_argument(
        "--files",
        choices=("s3", "disk"),
        default="s3",
        help="S3, or a small disk that fills (root may mount it)",
    )
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--relays", type=int, default=2)
    parser.add_argument(
        "--roll-from",
        default="",
        metavar="COMMIT",
        help="begin with the program of that commit, and roll the present one out, back, and out again",
    )
    parser.add_argument("--log", type=Path, help="where the processes write")
    return parser.parse_args(words)


def _run(given: argparse.Namespace, console: Console, folder: Path, world: World) -> int:
    port = free_port()
    environment = {
        **world.environment,
        "TILLPOINTS_PORT": str(port),
        "TILLPOINTS_SECRET_KEY": "c" * 40,
        "TILLPOINTS_LEASE_S": "8",
        "TILLPOINTS_STAGE_TIMEOUT_S": "7",
        "TILLPOINTS_SWEEP_QUIET_S": "2",
        "TILLPOINTS_MAX_ATTEMPTS": "100",
        "TILLPOINTS_WORKER_PROCESSES": "1",
        "TILLPOINTS_LOG_LEVEL": "ERROR",
    }
    url = world.database.url
    people = _program(Settings(data_dir=folder / "data", database_url=url, secret_key="c" * 40))
    api, consumed = f"http://127.0.0.1:{port}", folder / "consumer.db"
    members = _members(given, world, consumer(api, CORE.email, CORE.password, consumed))
    old = code_of(given.roll_from, folder / "before") if given.roll_from else None
    ours = [member for member in members if member.name != "consumer"]
    for member in ours:
        member.code = old
    with (given.log or folder / "log").open("wb") as log:
        family, load = Family(members, environment, log), Load(api, people, given.a_second, given.seed)
        family.begin()
        try:
            _wait_for(api)
            senders = load.begin(SENDERS)
            if old is not None:
                turns = Turns(family, ours, old, given.minutes * 60)
                turns.begin()
            _strike(family, world, Dice(f"strikes-{given.seed}"), given)
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
    strikes = ", ".join(f"{what} {count}" for what, count in sorted((family.strikes + world.strikes).items()))
    console.print(f"{given.minutes:g} minutes; {strikes}")
    sent = load.sent
    standing = ", ".join(f"{state} {count}" for state, count in sorted(states.items()))
    console.print(f"{len(sent.purchases)} purchases sent as {len(sent.receipts)} receipts: {standing}")
    console.print(_table(found))
    return int(any(each.faults for each in found))


def _program(settings: Settings) -> list[tuple[str, str]]:
    wiring = build(settings)
    try:
        return add_people(wiring)
    finally:
        wiring.close()


def _members(given: argparse.Namespace, world: World, pulls: tuple[str, ...]) -> list[Member]:
    names = ["api", *(f"worker {number + 1}" for number in range(given.workers))]
    names += [f"relay {number + 1}" for number in range(given.relays)]
    members = [
        Member(name, tillpoints(name.split(" ")[0], clock=clock_of(world, name), planted=given.plant))
        for name in names
    ]
    return [*members, Member("consumer", pulls)]


def _strike(family: Family, world: World, dice: Dice, given: argparse.Namespace) -> None:
    """Strike until the time is over."""
    seconds, every_s = given.minutes * 60, given.every
    until = time.monotonic() + max(0.0, seconds)
    time.sleep(min(WARM_UP_S, max(0.0, seconds)))
    while time.monotonic() < until:
        time.sleep(dice.between(0.4, 1.6) * every_s)
        if dice.chance(WORLD_SHARE):
            world.strike(dice)
        else:
            family.strike(dice)
    world.calm()


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


def _table(found: Sequence[Held]) -> Table:
    table = Table("what must be 0", "found", "such as")
    for each in found:
        table.add_row(each.what, str(each.faults), each.note, style="red" if each.faults else "")
    return table
