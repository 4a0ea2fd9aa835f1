"""How often one address, member or program may ask in a minute; who asks more is told when to come again.

Counted in this process, in memory, and not in the database as failed sign-ins are: it is asked at every
request, where a row to write would cost more than most answers, and it guards this process. With several
API processes each allows as much, so that the whole allows that many times the limit. What outlives a
process is guarded elsewhere: guessing by `api.throttle`, and a flood of receipts by `api.pressure`, both in
the database.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus

from fastapi import Request

from api.errors import ApiError
from receipts.identity import Role
from receipts.program import Account

WINDOW_S = 60.0
_NETWORK_BITS = 64
"""Of IPv6: what one customer has at least, and changes within at will."""
_FREE = ("/healthz", "/readyz", "/metrics", "/channels/")
"""What machines ask that watch over this one, and where a provider delivers all texts, signed."""


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Requests in a minute; 0 for no limit.

    Attributes:
        address: of an internet address, or an IPv6 network of 64 bits. Private ones are not counted: behind
            them is a proxy that was not named as trusted, and so everybody.
        member: of one member's account, by whatever device.
        program: of all accounts of a program together.
    """

    address: int
    member: int
    program: int


class Rates:
    """Counts of this minute and the one before, of which a part counts; thread-safe.

    Both are dropped as a whole, so that they hold no more than two minutes' names.
    """

    def __init__(self, limits: RateLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._minute = 0
        self._now: dict[str, int] = {}
        self._before: dict[str, int] = {}

    def of_address(self, address: str) -> None:
        """Count one request from there.

        Raises:
            ApiError: 429, with Retry-After.
        """
        name = _network(address)
        if name:
            self._count(name, self._limits.address)

    def of_account(self, account: Account) -> None:
        """Count one request by this account.

        Raises:
            ApiError: 429, with Retry-After.
        """
        if account.role is Role.MEMBER:
            self._count(f"member {account.id}", self._limits.member)
        self._count(f"program {account.program_id}", self._limits.program)

    def _count(self, name: str, most: int) -> None:
        if not most:
            return
        minute, part = divmod(self._clock(), WINDOW_S)
        with self._lock:
            self._turn(int(minute))
            earlier, so_far = self._before.get(name, 0), self._now.get(name, 0)
            counted = so_far + earlier * (1 - part / WINDOW_S)
            if counted < most:
                self._now[name] = so_far + 1
                return
        wait_s = _wait_s(earlier, so_far, most, part)
        raise ApiError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too_many_requests",
            f"There were more requests than are taken in a minute. Nothing was done; please wait {wait_s}"
            " seconds, then go on.",
            headers={"Retry-After": str(wait_s)},
        )

    def _turn(self, minute: int) -> None:
        if minute != self._minute:
            self._before = self._now if minute == self._minute + 1 else {}
            self._now, self._minute = {}, minute


def _wait_s(earlier: int, so_far: int, most: int, part: float) -> int:
    """Until one more is taken, as counts are weighed."""
    if so_far < most:
        return math.floor(WINDOW_S * (1 - (most - so_far) / max(1, earlier)) - part) + 1
    return math.floor(2 * WINDOW_S - part - WINDOW_S * most / so_far) + 1


@lru_cache(maxsize=10_000)
def _network(address: str) -> str:
    """What is counted for an address; empty for one that is not of the internet."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            network = ipaddress.ip_network((found, _NETWORK_BITS), strict=False)
            return f"address {network}" if found.is_global else ""
        found = found.ipv4_mapped
    return f"address {found}" if found.is_global else ""


async def ensure_rate(request: Request) -> None:
    """Count the request for its address, before anything else is done for it.

    Raises:
        ApiError: 429, with Retry-After.
    """
    if request.client is not None and not request.url.path.startswith(_FREE):
        rates: Rates = request.app.state.rates
        rates.of_address(request.client.host)
