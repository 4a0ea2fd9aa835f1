"""Back-pressure: a program that sends faster than its receipts are worked on is told to wait.

Asked before a body is read, so that a flood costs neither memory nor disk. Mails and texts are taken all the
same: their senders cannot be told to come again, and until they are taken in they are a row and a file.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from api.auth import Caller
from api.errors import ApiError
from pipeline.health import waiting_receipts
from pipeline.wiring import Wiring
from receipts.identity import ProgramId

RETRY_AFTER_S = 30
"""Long enough that those who were told to wait are no flood of their own; no measurement stands behind it."""
_COUNTED_FOR_S = 1.0
"""A count is this old at most; a flood is counted once a second and not at each request."""


@dataclass(frozen=True, slots=True)
class _Count:
    waiting: int
    at: float


class Pressure:
    """How many receipts wait, by program, as this process counted them last; thread-safe."""

    def __init__(self, wiring: Wiring, *, most: int) -> None:
        self._wiring = wiring
        self._most = most
        self._counts: dict[ProgramId, _Count] = {}
        self._lock = threading.Lock()

    def is_full(self, program_id: ProgramId) -> bool:
        """Whether as many of the program's receipts wait for a worker as may."""
        now = time.monotonic()
        with self._lock:
            known = self._counts.get(program_id)
        if known is None or now - known.at > _COUNTED_FOR_S:
            waiting = waiting_receipts(self._wiring, program_id, most=self._most)
            known = _Count(waiting, now)
            with self._lock:
                self._counts[program_id] = known
        return known.waiting >= self._most


async def ensure_room(request: Request, caller: Caller) -> None:
    """Do nothing while the caller's program may send more.

    Raises:
        ApiError: 429, with Retry-After.
    """
    pressure: Pressure = request.app.state.pressure
    if await run_in_threadpool(pressure.is_full, caller.program_id):
        raise ApiError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too_busy",
            "Very many receipts wait to be read just now. Nothing was taken; please send yours again in"
            " half a minute.",
            headers={"Retry-After": str(RETRY_AFTER_S)},
        )
