"""Asks a provider for JSON: over TLS, at public addresses, within a bound of time and of bytes.

The same way out as of webhooks and media: a name is resolved once for each connection, and the connection
goes to that very address. No redirect is followed, no proxy is read from the environment, no cookie is kept.
"""

from __future__ import annotations

import functools
import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpcore
import httpx

from ingest.sms.guard import Deadline, DnsAddresses, ForbiddenAddressError, GuardedBackend
from pipeline.provider.base import ProviderAwayError, ProviderSettings
from pipeline.settings import LOOPBACK
from receipts.errors import TransientError

ANSWER_MOST_BYTES = 262_144
"""Key sets of large providers are some 10 kB."""
TOTAL_S = 10.0
"""Somebody waits before an empty page."""
_STEP_S = 5.0
_FORM = "application/x-www-form-urlencoded"


@functools.cache
def _authorities(ca_file: Path | None) -> ssl.SSLContext:
    if ca_file is None:
        return httpx.create_ssl_context(trust_env=False)
    return ssl.create_default_context(cafile=str(ca_file))


def check_address(url: str, settings: ProviderSettings, what: str) -> httpx.URL:
    """The address taken apart.

    Raises:
        ProviderAwayError: whoever listens on the way could sign in; the message names `what`.
    """
    try:
        found = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ProviderAwayError(f"the provider's {what} is no address: {error}") from error
    near = found.scheme == "http" and found.host in LOOPBACK and found.host in settings.private_hosts
    if not found.host or found.userinfo or not (found.scheme == "https" or near):
        raise ProviderAwayError(f"the provider's {what} is not https, or not of the form https://host/path")
    return found


def ask(
    settings: ProviderSettings,
    url: str,
    what: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, dict[str, Any]]:
    """Status and JSON object of a GET, or of a POST where a form goes along; an empty one where it is none.

    Raises:
        ProviderAwayError: it cannot be reached, or may not be; the message names `what`.
    """
    address = check_address(url, settings, what)
    body = b"" if form is None else urlencode(form).encode()
    sent = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "tillpoints"}
    if form is not None:
        sent |= {"Content-Type": _FORM, "Content-Length": str(len(body))}
    sent |= headers or {}
    try:
        status, answer = _asked(settings, address, "GET" if form is None else "POST", sent, body)
    except ForbiddenAddressError as error:
        raise ProviderAwayError(
            f"refused to ask for the provider's {what}: {error}; TILLPOINTS_OIDC_PRIVATE_HOSTS may allow it"
        ) from error
    except (
        TransientError,  # DNS
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        OSError,
    ) as error:
        raise ProviderAwayError(f"the provider's {what} at {address.host} cannot be had: {error}") from error
    try:
        parsed = json.loads(answer)
    except (ValueError, RecursionError):
        parsed = None
    return status, parsed if isinstance(parsed, dict) else {}


def _asked(
    settings: ProviderSettings, address: httpx.URL, method: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, bytes]:
    backend = GuardedBackend(
        resolver=DnsAddresses(),
        deadline=Deadline(TOTAL_S),
        free_host=address.host if address.host in settings.private_hosts else "",
    )
    wire = httpcore.URL(
        scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=address.raw_path
    )
    sent = [(b"Host", address.netloc), *((name.encode(), value.encode()) for name, value in headers.items())]
    timeouts = {"connect": _STEP_S, "read": _STEP_S, "write": _STEP_S, "pool": _STEP_S}
    with (
        httpcore.ConnectionPool(ssl_context=_authorities(settings.ca_file), network_backend=backend) as pool,
        pool.stream(method, wire, headers=sent, content=body, extensions={"timeout": timeouts}) as response,
    ):
        read = b""
        for piece in response.iter_stream():
            read += piece
            if len(read) > ANSWER_MOST_BYTES:
                raise ProviderAwayError(f"{address.host} answers more than {ANSWER_MOST_BYTES} bytes")
        return response.status, read
