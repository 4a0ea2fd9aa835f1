"""Runs all publishers of a process, a thread each, so that none waits for another nor the relay for any."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import structlog

from pipeline.publishers.follow import Follower
from pipeline.wiring import Wiring
from receipts.errors import TransientError

log = structlog.get_logger(__name__)

_AFTER_TROUBLE_S = 5.0
_AFTER_A_BUG_S = 60.0
_JOIN_S = 25.0
"""A little longer than one try may take."""


def followers_of(wiring: Wiring) -> tuple[Follower, ...]:
    """One for each publisher that the file names.

    Raises:
        SettingsError: the file names a secret that is not there, or a library that is not installed.
    """
    return tuple(
        Follower(
            wiring.database,
            program_id,
            name,
            wiring.publisher_of(program_id, name),
            at_the_end=settings.start == "new",
        )
        for program_id, publishers in wiring.publishers.items()
        for name, settings in publishers.items()
    )


class PublisherThreads:
    """The threads of one process."""

    def __init__(self, followers: Sequence[Follower], *, poll_s: float, stop: threading.Event) -> None:
        self._stop = stop
        self._poll_s = poll_s
        self._threads = [
            threading.Thread(target=self._follow, args=(each,), name=each.lease_name, daemon=True)
            for each in followers
        ]

    def start(self) -> None:
        """Begin to publish."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until what is being sent is sent; call it once `stop` is set."""
        for thread in self._threads:
            thread.join(_JOIN_S)

    def _follow(self, follower: Follower) -> None:
        while not self._stop.is_set():
            wait_s = 0.0
            try:
                if follower.step() == 0:
                    wait_s = self._poll_s
            except TransientError as error:
                log.warning("the database does not answer", publisher=follower.lease_name, reason=str(error))
                wait_s = _AFTER_TROUBLE_S
            except Exception:  # a bug met by one publisher must not end it for good, nor the others
                log.exception("a publisher stumbled", publisher=follower.lease_name)
                wait_s = _AFTER_A_BUG_S
            if wait_s:
                self._stop.wait(wait_s)
        try:
            follower.release()
        except TransientError as error:
            log.warning("a publisher's lease could not be given back; it runs out", reason=str(error))
