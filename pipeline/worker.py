"""The worker: a Celery process whose one task runs a receipt as far as it goes."""

from __future__ import annotations

import warnings
from typing import Any

import structlog
from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import worker_process_init

from pipeline.queue import ADVANCE, QUEUE, make_celery
from pipeline.runner import run
from pipeline.settings import Settings
from pipeline.wiring import Wiring, build
from receipts.identity import ReceiptId

log = structlog.get_logger(__name__)

_CHILD_MEMORY_KB = 2_000_000
"""A child that grew past 2 GB is replaced after its task; one engine takes about 0.7 GB (docs/reading.md)."""


class _Process:
    """What one worker process holds. Built after the fork: connections and engines do not survive one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._wiring: Wiring | None = None

    def forget(self) -> None:
        """Drop what the parent process built."""
        self._wiring = None

    @property
    def wiring(self) -> Wiring:
        """This process's parts."""
        if self._wiring is None:
            self._wiring = build(self._settings)
        return self._wiring


def make_worker(settings: Settings) -> Celery:
    """The Celery application with its task, for a worker process."""
    app = make_celery(settings)
    process = _Process(settings)

    def advance(receipt_id: str) -> None:
        run(process.wiring, ReceiptId(receipt_id))

    def start(**_sender: Any) -> None:  # noqa: ANN401  (Celery's signal arguments)
        process.forget()
        warm_up(process.wiring)

    app.task(name=ADVANCE)(advance)
    worker_process_init.connect(start, weak=False)
    return app


def warm_up(wiring: Wiring) -> None:
    """Load the engine now, so that the first member does not wait for it."""
    _ = wiring.engine


def work(settings: Settings) -> None:
    """Run a worker until it is told to stop."""
    # Celery warns of root because of pickled messages; ours are JSON and carry an id.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    app = make_worker(settings)
    app.worker_main(
        [
            "--quiet",  # no banner: the supervisor's output is for people
            "worker",
            "--pool=prefork",
            f"--concurrency={settings.worker_processes}",
            f"--max-memory-per-child={_CHILD_MEMORY_KB}",
            f"--queues={QUEUE}",
            # Celery's own lines say less than the runner's, which name the receipt, the stage and the time.
            "--loglevel=WARNING",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
    )
