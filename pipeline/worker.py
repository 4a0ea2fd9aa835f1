"""The worker: a Celery process that runs receipts as far as they go, takes messages in, and sends answers.

One process, one engine, one thread, and no pool of Celery's: a pool that shares a queue between its processes
waits for ever when one of them is killed while it listens. Several processes are several workers, each
started again by its supervisor (docs/decisions/0009).
"""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable

import psutil
import structlog
from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import worker_ready

from pipeline.alive import Pulse
from pipeline.answers.deliver import deliver
from pipeline.missed_texts import catch_up
from pipeline.queue import ADVANCE, CATCH_UP, DELETE_MEDIA, DELIVER, QUEUES, TAKE_IN, make_celery
from pipeline.runner import run
from pipeline.setting_words import WorkerRole
from pipeline.settings import Settings
from pipeline.takein.run import take_in
from pipeline.takein.text import delete_due_media
from pipeline.wiring import Wiring, build
from receipts.identity import InboundId, OutgoingId, ProgramId, ReceiptId

log = structlog.get_logger(__name__)

_SLACK_S = 20.0
"""Beyond the alarm at the end of a stage's time: a machine that is busy."""

_MEMORY_LIMIT_BYTES = 2_000_000_000
"""A worker that grew past 2 GB makes way for a fresh one; an engine takes about 0.7 GB (docs/reading.md)."""


def make_worker(wiring: Wiring) -> Celery:
    """The Celery application with its tasks, for a worker process."""
    app, pulse = make_celery(wiring.settings), worker_pulse(wiring.settings)

    def bounded(work: Callable[[str], object]) -> Callable[[str], None]:
        def task(target_id: str) -> None:
            # The default action of the alarm ends the process, whatever C code it is stuck in. The supervisor
            # starts another, and the lease runs out.
            signal.alarm(wiring.settings.stage_timeout_s)
            try:
                with pulse.busy():
                    work(target_id)
            finally:
                signal.alarm(0)
            _make_way_when_swollen()

        return task

    app.task(name=ADVANCE)(bounded(lambda target: run(wiring, ReceiptId(target), in_turn=True)))
    app.task(name=TAKE_IN)(bounded(lambda target: take_in(wiring, InboundId(target), in_turn=True)))
    app.task(name=DELIVER)(bounded(lambda target: deliver(wiring, OutgoingId(target), in_turn=True)))
    app.task(name=CATCH_UP)(bounded(lambda target: catch_up(wiring, ProgramId(target))))
    app.task(name=DELETE_MEDIA)(bounded(lambda target: delete_due_media(wiring, InboundId(target))))
    worker_ready.connect(lambda **_: pulse.beat_while_idle(), weak=False)
    return app


def worker_pulse(settings: Settings) -> Pulse:
    """A worker's sign of life: Celery waits for bells in its own loop, and the alarm ends a task in time."""
    return Pulse(settings, "worker", limit_s=settings.stage_timeout_s + _SLACK_S)


def _make_way_when_swollen() -> None:
    held = psutil.Process().memory_info().rss
    if held > _MEMORY_LIMIT_BYTES:
        log.warning("makes way for a fresh worker", megabytes=held // 1_000_000)
        os.kill(os.getpid(), signal.SIGTERM)


def work(settings: Settings) -> None:
    """Run one worker until it is told to stop."""
    # Celery warns of root because of pickled messages; ours are JSON and carry an id.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    wiring = build(settings, acts_across=True)
    role = settings.worker_role
    if role is not WorkerRole.LIGHT:
        _ = wiring.engine  # loaded now, so that the first member does not wait for it
    make_worker(wiring).worker_main(
        [
            "--quiet",  # no banner: the supervisor's output is for people
            "worker",
            "--pool=solo",
            f"--hostname=worker-{os.getpid()}@%h",
            f"--queues={','.join(QUEUES[role])}",
            # Celery's own lines say less than the runner's, which name the receipt, the stage and the time.
            "--loglevel=ERROR",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
    )
