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

LEASE_S = 90.0
"""A process that dies holds the mailbox this long. Twice what one command to a slow server may take."""
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
    """The lease on one mailbox, for one process."""

    def __init__(self, wiring: Wiring, program_id: ProgramId, name: str, lease_s: float) -> None:
        self._wiring = wiring
        self._program_id = program_id
        self._name = name
        self._lease_s = lease_s
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._kept_at = 0.0
        self.stop = threading.Event()

    @property
    def look_again_s(self) -> float:
        """How long to wait before asking again for a lease that another holds."""
        return self._lease_s / _KEEPS_A_LEASE

    def take(self) -> bool:
        """Take it; False where another holds it."""
        with self._wiring.database.write() as session:
            taken = Leases(session, utc_now()).take(self._name, self._owner, self._lease_s)
        self._kept_at = time.monotonic() if taken else 0.0
        return taken

    def give_back(self) -> None:
        """Let another have it at once."""
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
        """Renew the lease when it is time, and say that we live. Cheap: call it often.

        Raises:
            LeaseLostError: it is not ours any more.
            StoppedError: we are asked to stop.
        """
        if self.stop.is_set():
            raise StoppedError
        if time.monotonic() - self._kept_at < self._lease_s / _KEEPS_A_LEASE:
            return
        now = utc_now()
        with self._wiring.database.write() as session:
            if not Leases(session, now).renew(self._name, self._owner, self._lease_s):
                raise LeaseLostError
            Outbox(session, now).beat(heartbeat_name(self._program_id))
        self._kept_at = time.monotonic()

    def keep_unless_stopped(self) -> bool:
        """As `keep`, for a wait that ends in good order when told to stop: then True."""
        if self.stop.is_set():
            return True
        self.keep()
        return False
