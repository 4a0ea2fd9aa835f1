"""Only one process at a time looks after a mailbox: its lease, and the sign of life that goes with it."""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid

import structlog

from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.database.repositories.leases import Leases
from receipts.database.repositories.outbox import Outbox
from receipts.errors import TransientError
from receipts.identity import ProgramId

log = structlog.get_logger(__name__)

LEASE_S = 15.0
"""A process that dies holds the mailbox this long. It is renewed from a thread of its own, however long a
slow server keeps the work waiting, so that it need not be longer than the database may be silent."""
STUCK_S = 150.0
"""Work that has not come by for this long is stuck, and its lease runs out. More than twice what one command
to a slow server may take (`READ_TIMEOUT_S`)."""
_KEEPS_A_LEASE = 5.0
"""The lease is renewed, and the process says that it lives, five times in its length."""


class LeaseLostError(Exception):
    """Another process works on the mailbox now."""


class StoppedError(Exception):
    """We are asked to stop."""


def heartbeat_name(program_id: ProgramId) -> str:
    """Under which a program's mailbox says that it is being looked after."""
    return f"mailbox:{program_id}"


class MailboxLease:
    """The lease on one mailbox, for one process.

    A thread renews it while it is held and the work comes by `keep` now and then; killed with its process, it
    lets the lease run out within seconds.
    """

    def __init__(self, wiring: Wiring, program_id: ProgramId, name: str, lease_s: float) -> None:
        self._wiring = wiring
        self._program_id = program_id
        self._name = name
        self._lease_s = lease_s
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._came_by = 0.0
        self._kept_at = 0.0
        self._lost = threading.Event()
        self._given_back = threading.Event()
        self._renewing: threading.Thread | None = None
        self.stop = threading.Event()

    @property
    def look_again_s(self) -> float:
        """How long to wait before asking again for a lease that another holds."""
        return self._lease_s / _KEEPS_A_LEASE

    @property
    def is_stuck(self) -> bool:
        """Whether it is held and the work has not come by for too long."""
        held = self._renewing is not None and not self._given_back.is_set()
        return held and time.monotonic() - self._came_by > STUCK_S

    def take(self) -> bool:
        """Take it; False where another holds it."""
        self._end_renewing()
        with self._wiring.database.write() as session:
            taken = Leases(session, utc_now()).take(self._name, self._owner, self._lease_s)
        if taken:
            self._came_by = self._kept_at = time.monotonic()
            self._lost, self._given_back = threading.Event(), threading.Event()
            self._renewing = threading.Thread(
                target=self._renew, args=(self._lost, self._given_back), name=self._name, daemon=True
            )
            self._renewing.start()
        return taken

    def give_back(self) -> None:
        """Let another have it at once."""
        self._end_renewing()
        try:
            with self._wiring.database.write() as session:
                Leases(session, utc_now()).release(self._name, self._owner)
        except TransientError as error:
            log.warning("the mailbox's lease could not be given back; it runs out", reason=str(error))

    def beat(self) -> None:
        """Say that the mailbox is reached and looked after."""
        with self._wiring.database.write() as session:
            Outbox(session, utc_now()).beat(heartbeat_name(self._program_id))

    def keep(self) -> None:
        """Say that the work goes on, and now and then that we live. Cheap: call it often.

        Raises:
            LeaseLostError: it is not ours any more.
            StoppedError: we are asked to stop.
        """
        if self.stop.is_set():
            raise StoppedError
        if self._lost.is_set():
            raise LeaseLostError
        self._came_by = time.monotonic()
        if self._came_by - self._kept_at < self._lease_s / _KEEPS_A_LEASE:
            return
        self._renew_once()
        self.beat()
        self._kept_at = time.monotonic()

    def keep_unless_stopped(self) -> bool:
        """As `keep`, for a wait that ends in good order when told to stop: then True."""
        if self.stop.is_set():
            return True
        self.keep()
        return False

    def _renew_once(self) -> None:
        with self._wiring.database.write() as session:
            if not Leases(session, utc_now()).renew(self._name, self._owner, self._lease_s):
                raise LeaseLostError

    def _renew(self, lost: threading.Event, given_back: threading.Event) -> None:
        """Hold the lease while the work goes on; in a thread of its own."""
        while not given_back.wait(self._lease_s / _KEEPS_A_LEASE):
            if time.monotonic() - self._came_by > STUCK_S:
                log.error("the mailbox's work is stuck; its lease runs out", name=self._name)
                return
            try:
                self._renew_once()
            except LeaseLostError:
                lost.set()
                return
            except TransientError as error:
                log.warning("the mailbox's lease could not be renewed", reason=str(error))

    def _end_renewing(self) -> None:
        self._given_back.set()
        if self._renewing is not None:
            self._renewing.join()
            self._renewing = None
