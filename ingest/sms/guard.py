"""The only way out to media: connections to public addresses of names that were resolved once, under a clock.

A server that fetches what a message names is a server that others would like to aim. So a name is resolved
here, once for each connection, every address of the answer is looked at, and the connection goes to that very
address: a name whose answer changes a moment later is never asked again. TLS still checks the certificate
against the name.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterable
from ssl import SSLContext
from typing import Protocol

import dns.exception
import dns.name
import dns.resolver
import httpcore

from receipts.errors import TransientError

_GLOBAL_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
"""All that is handed out of IPv6 (RFC 4291). Mapped, compatible, NAT64 and local addresses lie outside."""
_CARRYING_V4 = (
    ipaddress.IPv6Network("2001::/32"),  # Teredo, RFC 4380
    ipaddress.IPv6Network("2002::/16"),  # 6to4, RFC 3056: fetches from the IPv4 address in it
    ipaddress.IPv6Network("3fff::/20"),  # documentation, RFC 9637, later than some Pythons
)
_PUBLIC_AND_YET_INSIDE = (
    ipaddress.IPv4Network("168.63.129.16/32"),  # the host's services inside Azure
    ipaddress.IPv4Network("192.0.0.0/24"),  # protocols' own; some clouds keep their secrets there
    ipaddress.IPv4Network("192.88.99.0/24"),  # 6to4 relays, RFC 7526
)

_RESOLVE_LIFETIME_S = 5.0
"""For all tries of one name; resolvers that work answer in well under a second."""


class ForbiddenAddressError(Exception):
    """A name that resolves to where nothing of ours may go."""


class AddressResolver(Protocol):
    """Finds the addresses of a name."""

    def addresses(self, host: str) -> tuple[str, ...]:
        """IP addresses in the order to try them.

        Raises:
            TransientError: DNS did not answer, or says that there is no such name.
        """
        ...


class DnsAddresses:
    """Asks DNS, within a bound of time that `socket.getaddrinfo` does not have."""

    def __init__(self, *, lifetime_s: float = _RESOLVE_LIFETIME_S) -> None:
        self._lifetime_s = lifetime_s

    def addresses(self, host: str) -> tuple[str, ...]:
        """IPv4 first: more machines can reach it."""
        try:
            # Absolute, so that no search domain is ever appended.
            name = dns.name.from_text(host)
            answers = dns.resolver.Resolver().resolve_name(name, lifetime=self._lifetime_s)
            found = tuple(answers.addresses())
        except (dns.exception.DNSException, OSError) as error:
            raise TransientError(f"DNS gave no address of {host}: {error}") from error
        return tuple(sorted(found, key=lambda address: ":" in address))


def is_public(text: str) -> bool:
    """Whether `text` is an IP address of the public internet and of one machine there."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        return (
            address.scope_id is None
            and address in _GLOBAL_UNICAST_V6
            and address.is_global
            and not any(address in network for network in _CARRYING_V4)
        )
    return (
        address.is_global
        and not address.is_multicast
        and not any(address in network for network in _PUBLIC_AND_YET_INSIDE)
    )


class Deadline:
    """A moment by which all must be over."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self, most: float | None) -> float:
        """Seconds left, at most `most`.

        Raises:
            httpcore.ReadTimeout: none is.
        """
        left = self._at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for the whole answer is over")
        return left if most is None else min(left, most)


class GuardedBackend(httpcore.NetworkBackend):
    """Opens connections for httpcore: only to public addresses, and none outlives the deadline.

    Args of the constructor:
        free_host: a host of a test's own, which may lie anywhere; empty in earnest.
    """

    def __init__(
        self,
        *,
        resolver: AddressResolver,
        deadline: Deadline,
        free_host: str = "",
        network: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._resolver = resolver
        self._deadline = deadline
        self._free_host = free_host
        self._network = network or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve the name, look at every address, and connect to the first that answers."""
        troubles: list[str] = []
        for address in self._checked(host):
            try:
                stream = self._network.connect_tcp(
                    address,
                    port,
                    timeout=self._deadline.left(timeout),
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                troubles.append(f"{address}: {error}")
            else:
                return _TimedStream(stream, self._deadline)
        raise httpcore.ConnectError(f"{host} does not answer ({'; '.join(troubles) or 'it has no address'})")

    def _checked(self, host: str) -> tuple[str, ...]:
        if self._free_host and host == self._free_host:
            return (host,)
        found = self._resolver.addresses(host)
        inside = [address for address in found if not is_public(address)]
        if inside:
            # One such answer taints them all: whoever wrote it means harm, or the name is not what we think.
            raise ForbiddenAddressError(f"{host} resolves to {inside[0]}, which is not a public address")
        return found


class _TimedStream(httpcore.NetworkStream):
    """A connection on which no read or write goes past the deadline, however slowly the bytes drip."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
