"""What the processes stand on, and what befalls it: the broker, the database, the files, the clocks."""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from bench.chaos.brokers import Broker, a_broker
from bench.chaos.weather import HOST, Weather, WeatherProxy, weather_before
from bench.fraud.own_postgres import OwnPostgres, own_postgres_server
from fixtures.generator.dice import Dice
from tests.support.weed import KEY, SECRET, S3Service, weed

BUCKET = "chaos"
READY_WITHIN_S = 60.0
LASTS_S = (2.0, 10.0)
"""Bad weather and a full disk, from and to: longer than a lease at times."""
DATABASE_AWAY_S = (0.0, 4.0)
DISK = "64m"
CLOCK_MOST_S = 45
"""How far a clock is moved, before or after: far beyond a lease, and within what a run waits at its end."""

Act = Callable[[Dice], None]


@dataclass
class World:
    """Everything but the processes.

    Attributes:
        environment: what tells the processes where it is.
        clocks: a file a process: how many seconds its clock is off.
        strikes: how often each thing was done.
    """

    database: OwnPostgres
    broker: Broker
    environment: dict[str, str]
    clocks: Path
    proxy: WeatherProxy | None = None
    disk: Path | None = None
    strikes: Counter[str] = field(default_factory=Counter)
    _later: list[threading.Timer] = field(default_factory=list)

    def strike(self, dice: Dice) -> None:
        """Let something happen; what lasts ends by itself."""
        acts = self._acts()
        what = dice.pick(sorted(acts))
        self.strikes[what] += 1
        acts[what](dice)

    def calm(self) -> None:
        """End what lasts, now."""
        for timer in self._later:
            timer.join()

    def _acts(self) -> Mapping[str, Act]:
        acts: dict[str, Act] = {
            "broker emptied": lambda _: self.broker.empty(),
            "bells doubled and shuffled": self.broker.double,
            "broker away": lambda _: self.broker.restart(),
            "database restarted": self._restart,
            "clock moved": self._move,
            "database crashed": lambda dice: self._restart(dice, at_once=True),
        }
        if self.proxy is not None:
            for weather in (Weather.FAILING, Weather.SLOW, Weather.CUT):
                acts[f"files: {weather.value}"] = partial(self._weather, weather)
        if self.disk is not None:
            acts["disk full"] = self._fill
        return acts

    def _restart(self, dice: Dice, *, at_once: bool = False) -> None:
        self.database.end(at_once=at_once)
        time.sleep(dice.between(*DATABASE_AWAY_S))
        self.database.start()

    def _weather(self, weather: Weather, dice: Dice) -> None:
        if self.proxy is not None:
            self.proxy.change(weather)
            self._after(dice, partial(self.proxy.change, Weather.FAIR))

    def _fill(self, dice: Dice) -> None:
        if self.disk is None:
            return
        ballast = self.disk / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as full:
            while True:
                full.write(bytes(2**16))
        self._after(dice, lambda: ballast.unlink(missing_ok=True))

    def _move(self, dice: Dice) -> None:
        clock = dice.pick(sorted(self.clocks.iterdir()))
        clock.write_text(str(dice.whole(-CLOCK_MOST_S, CLOCK_MOST_S)))

    def _after(self, dice: Dice, then: Callable[[], None]) -> None:
        timer = threading.Timer(dice.between(*LASTS_S), then)
        timer.start()
        self._later.append(timer)


@contextmanager
def a_world(broker: str, files: str, folder: Path) -> Iterator[World]:
    """PostgreSQL, a broker and a place for files that run until the end.

    Args:
        broker: `redis` or `rabbitmq`.
        files: `s3`, a SeaweedFS behind a proxy, or `disk`, a small one that fills, where we may mount one.
        folder: for what they keep.
    """
    with ExitStack() as parts:
        database = parts.enter_context(own_postgres_server())
        ringing = parts.enter_context(a_broker(broker, folder))
        world = World(database, ringing, {}, folder / "clocks")
        world.environment = {"TILLPOINTS_DATABASE_URL": database.url, "TILLPOINTS_BROKER_URL": ringing.url}
        data = folder / "data"
        data.mkdir()
        if files == "s3":
            service = parts.enter_context(weed(Path(parts.enter_context(tempfile.TemporaryDirectory()))))
            port = urlsplit(service.endpoint_url).port
            _make_bucket(service)
            world.proxy = parts.enter_context(weather_before(port or 0))
            world.environment |= {
                "TILLPOINTS_FILES_URL": f"s3://{BUCKET}/originals",
                "TILLPOINTS_S3_ENDPOINT_URL": f"http://{HOST}:{world.proxy.port}",
                **_access(),
            }
        elif _mounted(data):
            world.disk = data
            parts.callback(subprocess.run, ["umount", "-l", str(data)], check=False)
        world.environment["TILLPOINTS_DATA_DIR"] = str(data)
        world.clocks.mkdir()
        yield world


def clock_of(world: World, process: str) -> Path:
    """The file that says how far the process's clock is off."""
    clock = world.clocks / process.replace(" ", "-")
    clock.write_text("0")
    return clock


def _access() -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1"}


def _make_bucket(service: S3Service) -> None:
    """As soon as the service takes one."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    client = boto3.client(
        "s3",
        endpoint_url=service.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
    )
    until = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            client.create_bucket(Bucket=BUCKET)
            client.put_object(Bucket=BUCKET, Key="ready", Body=b"yes")
        except (BotoCoreError, ClientError):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return


def _mounted(folder: Path) -> bool:
    """Whether the folder is a small disk of its own now; only root may mount one."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603
    except FileNotFoundError:
        return False
