"""Webhooks after Standard Webhooks 1.0.

The address is asked over `ingest.sms.guard`: a name is resolved once for each connection, every address of
the answer must be public, and the connection goes to that very address. httpcore follows no redirect, reads
no proxy from the environment, keeps no cookie and unpacks nothing.
"""

from __future__ import annotations

import email.utils
import functools
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import httpcore
import httpx
from standardwebhooks import Webhook

from ingest.sms.guard import AddressResolver, Deadline, DnsAddresses, ForbiddenAddressError, GuardedBackend
from pipeline.clock import utc_now
from pipeline.publishers.base import CONTENT_TYPE, Away, Closed, Failed, Outcome, Refused, Taken, body_of
from receipts.errors import TransientError
from receipts.message import Message
from receipts.spans import traceparent

ANSWER_MOST_BYTES = 64_000
"""An answer says yes or no; of a longer one no more is read."""
CONNECT_S = 5.0
_RESTING = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""Answers that ask us to throttle, whatever the message."""


@functools.cache
def _public_authorities() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a webhook goes, and what it is signed with."""

    url: str
    keys: tuple[str, ...]
    private: bool = False
    timeout_s: float = 15.0
    ca_file: Path | None = None
    parallel: int = 8


class WebhookPublisher:
    """Posts each message to one URL."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        resolver: AddressResolver | None = None,
        network: httpcore.NetworkBackend | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.parallel = endpoint.parallel
        self._endpoint = endpoint
        self._url = httpx.URL(endpoint.url)
        self._signers = tuple(Webhook(key) for key in endpoint.keys)
        self._resolver = resolver or DnsAddresses()
        self._network = network
        self._now = now

    def send(self, message: Message) -> Outcome:
        """Post it once."""
        body = body_of(message)
        try:
            response = self._ask("POST", self._headers(message, body), body)
        except ForbiddenAddressError as error:
            return Away(f"refused to go there: {error}")
        except TransientError as error:  # DNS
            return Away(str(error))
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            return Away(f"{self._url.host} cannot be reached: {error}")
        except httpcore.TimeoutException:
            return Failed(f"no whole answer within {self._endpoint.timeout_s:g} s")
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as error:
            return Failed(f"{self._url.host} did not answer as it should: {error}")
        return self._outcome(response)

    def check(self) -> str:
        """Connect, over TLS where the address says so, and send nothing.

        Raises:
            TransientError: it cannot be reached, or may not be.
        """
        backend = self._backend(Deadline(self._endpoint.timeout_s))
        host, port = self._url.host, self._url.port or (443 if self._url.scheme == "https" else 80)
        try:
            stream = backend.connect_tcp(host, port, timeout=CONNECT_S)
            try:
                if self._url.scheme == "https":
                    stream = stream.start_tls(self._context(), server_hostname=host, timeout=CONNECT_S)
            finally:
                stream.close()
        except (ForbiddenAddressError, httpcore.NetworkError, httpcore.TimeoutException, OSError) as error:
            raise TransientError(f"{host}: {error}") from error
        return f"{host} answers; {len(self._signers)} secrets sign"

    def close(self) -> None:
        """No connection is kept between messages: the address is looked at anew for each."""

    def _headers(self, message: Message, body: bytes) -> list[tuple[bytes, bytes]]:
        at = self._now().astimezone(UTC).replace(microsecond=0)
        text = body.decode()
        signatures = " ".join(signer.sign(message.id, at, text) for signer in self._signers)
        trace = traceparent() or ""
        return [
            (b"Content-Type", CONTENT_TYPE.encode()),
            (b"Content-Length", str(len(body)).encode()),
            (b"Accept-Encoding", b"identity"),
            (b"User-Agent", b"tillpoints"),
            (b"webhook-id", message.id.encode()),
            (b"webhook-timestamp", str(int(at.timestamp())).encode()),
            (b"webhook-signature", signatures.encode()),
            *([(b"traceparent", trace.encode())] if trace else ()),
        ]

    def _ask(self, method: str, headers: list[tuple[bytes, bytes]], body: bytes) -> httpcore.Response:
        limit_s = self._endpoint.timeout_s
        timeouts = {"connect": min(CONNECT_S, limit_s), "read": limit_s, "write": limit_s, "pool": limit_s}
        address = httpcore.URL(
            scheme=self._url.raw_scheme,
            host=self._url.raw_host,
            port=self._url.port,
            target=self._url.raw_path,
        )
        host = (b"Host", self._url.netloc)
        with (
            httpcore.ConnectionPool(
                ssl_context=self._context(), network_backend=self._backend(Deadline(limit_s))
            ) as pool,
            pool.stream(
                method, address, headers=[host, *headers], content=body, extensions={"timeout": timeouts}
            ) as response,
        ):
            read = 0
            for piece in response.iter_stream():
                read += len(piece)
                if read > ANSWER_MOST_BYTES:
                    break
            return response

    def _backend(self, deadline: Deadline) -> GuardedBackend:
        return GuardedBackend(
            resolver=self._resolver,
            deadline=deadline,
            free_host=self._url.host if self._endpoint.private else "",
            network=self._network,
        )

    def _context(self) -> ssl.SSLContext:
        if self._endpoint.ca_file is None:
            return _public_authorities()
        return ssl.create_default_context(cafile=str(self._endpoint.ca_file))

    def _outcome(self, response: httpcore.Response) -> Outcome:
        status = response.status
        headers = {name.lower(): value.decode("latin-1") for name, value in response.headers}
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return Taken()
        if status == HTTPStatus.GONE:
            return Closed("the receiver answered 410: it wants no messages any more")
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return Refused("the receiver answered 413: the message is too large for it")
        if status in _RESTING:
            wait_s = _retry_after_s(headers.get(b"retry-after", ""), self._now())
            return Away(f"the receiver answered {status}", wait_s)
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return Failed(
                f"the receiver answered {status}: redirects are not followed;"
                " write the final address in the publishers' file"
            )
        return Failed(f"the receiver answered {status}")


def _retry_after_s(value: str, now: datetime) -> float:
    """Seconds, or the time until a date (RFC 9110, 10.2.3); 0 where it says neither."""
    if value.strip().isdecimal():
        return float(value)
    try:
        then = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    if then.tzinfo is None:
        return 0.0
    return max(0.0, (then - now).total_seconds())
