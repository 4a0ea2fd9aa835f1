"""Fetches the media of texts from the provider, and deletes them there.

Only ever asks the addresses that `ingest.sms.places` allows, over connections that `ingest.sms.guard` opens.
The HTTP client is httpcore rather than one of its friendlier users: it follows no redirect, reads no proxy
from the environment, keeps no cookie and unpacks nothing, so that every step of a fetch stands here.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import httpcore
import httpx

from ingest.sms.guard import AddressResolver, Deadline, DnsAddresses, ForbiddenAddressError, GuardedBackend
from ingest.sms.places import MediaPlaces, NotAllowed, Place
from receipts.errors import RefusedError, TransientError


class NotThereYetError(TransientError):
    """The provider has announced the media and does not have it yet, or is busy.

    Attributes:
        retry_after_s: how long to wait before the next try.
    """

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Fetched:
    """The media lies in the file that was asked for.

    Attributes:
        content_type: as the server declares it, to be believed no more than any sender's word.
    """

    size_bytes: int
    content_type: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The provider does not have it, and has had time enough."""


@dataclass(frozen=True, slots=True)
class TooLarge:
    """It ran over the limit; nothing is left of it.

    Attributes:
        max_bytes: the limit.
    """

    max_bytes: int


FetchAnswer = Fetched | Gone | TooLarge | NotAllowed


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """Where a fetch ends.

    Attributes:
        max_bytes: of one file; the door's own limit.
        total_s: for one try with all its redirects. 5 MB, the most that an MMS holds, take 40 s at 1 Mbit/s.
        step_s: for a connection, or between two pieces of an answer.
        redirects: the provider's own chains have one or two.
        waits_s: before each next try while the media is not there, and so how often it is tried: media
            appears within seconds of its webhook, or within the quarter hour of a bad day.
    """

    max_bytes: int = 20_000_000
    total_s: float = 60.0
    step_s: float = 10.0
    redirects: int = 3
    waits_s: tuple[float, ...] = (1.0, 3.0, 10.0, 30.0, 120.0, 600.0)


@dataclass(frozen=True, slots=True)
class MediaAccount:
    """Whose media it is; the token is never shown."""

    account_sid: str
    auth_token: str = field(repr=False)

    @property
    def authorization(self) -> bytes:
        """The header's value."""
        return b"Basic " + base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode())


_Headers = tuple[tuple[bytes, bytes], ...]

_NOT_THERE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_REDIRECTS = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)
_KEYS_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_DELETED = frozenset({HTTPStatus.OK, HTTPStatus.NO_CONTENT, *_NOT_THERE})
_TYPE_MAX_CHARS = 100


@functools.cache
def _public_authorities() -> ssl.SSLContext:
    """Made once in a process: to load all authorities takes longer than to fetch a photo."""
    return httpx.create_ssl_context(trust_env=False)


class MediaFetcher:
    """Fetches and deletes media of one account."""

    def __init__(
        self,
        account: MediaAccount,
        *,
        places: MediaPlaces | None = None,
        limits: MediaLimits | None = None,
        resolver: AddressResolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
        network: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._account = account
        self._places = places or MediaPlaces.of()
        self._limits = limits or MediaLimits()
        self._resolver = resolver or DnsAddresses()
        self._ssl_context = ssl_context or _public_authorities()
        self._network = network

    def fetch(self, url: str, *, into: Path, attempt: int = 1) -> FetchAnswer:
        """One try of fetching `url` into the file `into`, which is there afterwards only if it was fetched.

        Args:
            url: of the webhook's form.
            into: where it goes.
            attempt: which try this is, from 1; after the last of `MediaLimits.waits_s` what is not there
                is `Gone`.

        Raises:
            NotThereYetError: worth another try after the time it names.
            TransientError: a server or DNS does not answer.
            RefusedError: the account's credentials are refused; the message names the setting.
        """
        place = self._places.api_place(url)
        if isinstance(place, NotAllowed):
            return place
        try:
            return self._followed(place, into, attempt)
        except ForbiddenAddressError as error:
            return NotAllowed(str(error))

    def delete(self, url: str) -> NotAllowed | None:
        """Delete the media at the provider; what is not there any more counts as deleted.

        Raises:
            TransientError: the provider does not answer; worth another try.
            RefusedError: the account's credentials are refused.
        """
        place = self._places.api_place(url)
        if isinstance(place, NotAllowed):
            return place
        try:
            with self._asked("DELETE", place, self._keys, Deadline(self._limits.total_s)) as response:
                status = response.status
        except ForbiddenAddressError as error:
            return NotAllowed(str(error))
        if status in _KEYS_REFUSED:
            raise _keys_refused(status)
        if status not in _DELETED:
            raise TransientError(f"the provider answered {status} to a deletion of media")
        return None

    @property
    def _keys(self) -> _Headers:
        return ((b"Authorization", self._account.authorization),)

    def _followed(self, place: Place, into: Path, attempt: int) -> FetchAnswer:
        deadline = Deadline(self._limits.total_s)
        keys = self._keys
        for _ in range(self._limits.redirects + 1):
            with self._asked("GET", place, keys, deadline) as response:
                if response.status not in _REDIRECTS:
                    return self._answer(response, bool(keys), into, attempt)
                following = self._places.file_place(_header(response, b"location"))
            if isinstance(following, NotAllowed):
                return following
            # What the API redirects to carries its own permission in its address.
            place, keys = following, ()
        return NotAllowed(f"more than {self._limits.redirects} redirects")

    @contextlib.contextmanager
    def _asked(
        self, method: str, place: Place, keys: _Headers, deadline: Deadline
    ) -> Iterator[httpcore.Response]:
        test = self._places.test_origin
        backend = GuardedBackend(
            resolver=self._resolver,
            deadline=deadline,
            free_host=place.host if (place.scheme, place.host, place.port) == test else "",
            network=self._network,
        )
        address = httpcore.URL(
            scheme=place.scheme.encode(),
            host=place.host.encode(),
            port=place.port,
            target=place.target.encode(),
        )
        step_s = self._limits.step_s
        timeouts = {"connect": step_s, "read": step_s, "write": step_s, "pool": step_s}
        headers = [*keys, (b"Accept-Encoding", b"identity"), (b"User-Agent", b"tillpoints")]
        with (
            _world_errors(place.host),
            httpcore.ConnectionPool(ssl_context=self._ssl_context, network_backend=backend) as pool,
            pool.stream(method, address, headers=headers, extensions={"timeout": timeouts}) as response,
        ):
            yield response

    def _answer(self, response: httpcore.Response, asked_api: bool, into: Path, attempt: int) -> FetchAnswer:
        status = response.status
        if status in _KEYS_REFUSED and asked_api:
            raise _keys_refused(status)
        if status == HTTPStatus.OK:
            return self._body(response, into, attempt)
        if status in _NOT_THERE:
            return self._not_there(f"the provider answered {status} for media", attempt)
        # A file host that refuses has let the permission in the address run out: the API gives a new one.
        wait_s = self._limits.waits_s[min(attempt, len(self._limits.waits_s)) - 1]
        raise NotThereYetError(f"the provider answered {status} for media", retry_after_s=wait_s)

    def _body(self, response: httpcore.Response, into: Path, attempt: int) -> FetchAnswer:
        most = self._limits.max_bytes
        declared = _header(response, b"content-length")
        if declared.isdecimal() and int(declared) > most:
            return TooLarge(most)
        size = 0
        whole = False
        try:
            with into.open("wb") as file:
                for piece in response.iter_stream():
                    size += len(piece)
                    if size > most:
                        return TooLarge(most)
                    file.write(piece)
            whole = size > 0
        finally:
            if not whole:
                into.unlink(missing_ok=True)
        if not whole:
            return self._not_there("the provider gave media without a byte", attempt)
        content_type = _header(response, b"content-type").split(";")[0].strip().lower()
        return Fetched(size, content_type[:_TYPE_MAX_CHARS])

    def _not_there(self, what: str, attempt: int) -> Gone:
        waits_s = self._limits.waits_s
        if attempt > len(waits_s):
            return Gone()
        raise NotThereYetError(what, retry_after_s=waits_s[attempt - 1])


def _keys_refused(status: int) -> RefusedError:
    return RefusedError(
        f"the provider answered {status}: check account_sid and auth_token in the program's text settings;"
        " the token may have been changed in the provider's console"
    )


def _header(response: httpcore.Response, name: bytes) -> str:
    values = [value for each, value in response.headers if each.lower() == name]
    return values[0].decode("latin-1") if values else ""


@contextlib.contextmanager
def _world_errors(host: str) -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise TransientError(f"{host} did not answer in time") from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise TransientError(f"{host} did not answer as it should: {error}") from error
