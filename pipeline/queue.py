"""Celery, the only executor. The broker is a bell: a lost or doubled message changes nothing."""

from __future__ import annotations

from typing import Any

from celery import Celery

from pipeline.setting_words import WorkerRole
from pipeline.settings import Settings

ADVANCE = "tillpoints.advance"
"""Work on this receipt as far as it goes."""

TAKE_IN = "tillpoints.take_in"
"""Take in this mail or text."""

DELIVER = "tillpoints.deliver"
"""Send this answer."""

DELETE_MEDIA = "tillpoints.delete_media"
"""Delete this text's media at the provider."""

CATCH_UP = "tillpoints.catch_up"
"""Ask the provider for texts of this program whose webhook never came."""

QUEUE = "receipts"
"""Bells for receipts whose picture must be read; also what a relay from before there were four sends."""
LIGHT = "receipts.light"
"""Bells for e-receipts, and for what is left of a receipt whose picture was read."""
INBOUND = "inbound"
"""Bells for mails and texts to take in."""
ANSWERS = "answers"
"""Bells for mails and texts to send."""

QUEUES: dict[WorkerRole, tuple[str, ...]] = {
    WorkerRole.ALL: (QUEUE, LIGHT, INBOUND, ANSWERS),
    WorkerRole.PICTURES: (QUEUE,),
    WorkerRole.LIGHT: (LIGHT, INBOUND, ANSWERS),
}
"""What a worker of each role listens to. It asks them in turn, so that none waits for another to be empty."""


def make_celery(settings: Settings) -> Celery:
    """A Celery application for these settings; without a broker URL, files in the data folder."""
    app = Celery("tillpoints", broker=settings.broker_url or "filesystem://", set_as_current=False)
    options: dict[str, Any] = {}
    if not settings.broker_url:
        folder = settings.data_dir / "queue"
        control = settings.data_dir / "queue-control"
        for path in (folder, control):
            path.mkdir(parents=True, exist_ok=True)
        options = {
            "data_folder_in": str(folder),
            "data_folder_out": str(folder),
            "control_folder": str(control),
            "polling_interval": settings.relay_poll_s,
        }
    app.conf.update(
        broker_transport_options=options,
        broker_connection_retry_on_startup=True,
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        # Early, not late: the database's lease decides who works, and the sweeper rings again.
        task_acks_late=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        enable_utc=True,
        timezone="UTC",
    )
    return app


class Bell:
    """Rings for what waits. Used by the relay alone, inside the transaction that removes the outbox row."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def ring(self, task: str, target_id: str, *, queue: str = QUEUE) -> None:
        """Put the id of what waits on the queue, for this task.

        Raises:
            kombu.exceptions.OperationalError: the broker did not answer.
        """
        self._app.send_task(task, args=[target_id], queue=queue, retry=False)
