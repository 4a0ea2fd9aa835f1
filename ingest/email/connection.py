"""Where a mail server is, how the connection is kept safe, and how we say who we are."""

from __future__ import annotations

import contextlib
import ipaddress
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingest.email.oauth import TokenSource
from ingest.email.security import Security as Security
from ingest.email.trouble import MailboxError, TlsError, UnreachableError, said

CONNECT_TIMEOUT_S = 15.0
"""A far server answers in a second; more than this and it is away."""
READ_TIMEOUT_S = 60.0
"""A busy server may think this long about a search in a large folder."""


@dataclass(frozen=True, slots=True)
class PasswordLogin:
    """A name and a password."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OAuthLogin:
    """A name and an access token (XOAUTH2), fetched when needed."""

    user: str
    tokens: TokenSource


Login = PasswordLogin | OAuthLogin


@dataclass(frozen=True, slots=True)
class MailServer:
    """One server to connect to.

    Attributes:
        login: None to send without signing in (an SMTP server inside one's own network).
        ca_file: certificates to trust beside the system's (PEM).
        allow_unencrypted: permits Security.NONE to a host that is not this machine.
    """

    host: str
    port: int
    security: Security
    login: Login | None
    ca_file: Path | None = None
    allow_unencrypted: bool = False
    connect_timeout_s: float = CONNECT_TIMEOUT_S
    read_timeout_s: float = READ_TIMEOUT_S

    @property
    def where(self) -> str:
        """The server as people write it."""
        return f"{self.host}:{self.port}"


def is_this_machine(host: str) -> bool:
    """Whether `host` never leaves this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_unencrypted(server: MailServer) -> None:
    """Raise unless the connection is encrypted, stays on this machine, or was explicitly permitted.

    Raises:
        TlsError: the password and the mail would be readable on the way.
    """
    if server.security is Security.NONE and not (server.allow_unencrypted or is_this_machine(server.host)):
        raise TlsError(
            f"{server.where} would be used without encryption, and the password could be read on the way:"
            " set its security to tls or starttls"
        )


def tls_context(server: MailServer) -> ssl.SSLContext:
    """A verifying context.

    Raises:
        TlsError: the certificates file cannot be used.
    """
    try:
        context = ssl.create_default_context()
        if server.ca_file is not None:
            context.load_verify_locations(server.ca_file)
        return context
    except OSError as error:
        raise TlsError(
            f"the certificates file {server.ca_file} cannot be used ({error}): it must hold PEM certificates"
        ) from error


def tls_trouble(server: MailServer, error: ssl.SSLError) -> TlsError:
    """The sentence for a handshake that failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return TlsError(
            f"the certificate of {server.where} cannot be trusted ({error.verify_message}): use the name that"
            " the certificate is for, or, for a server of your own, name its certificate as the CA file"
        )
    other = "starttls" if server.security is Security.TLS else "tls"
    return TlsError(
        f"no encrypted connection to {server.where} ({error.reason or error}): the port may want {other}"
        " (IMAP: 993 is tls, 143 is starttls; SMTP: 465 is tls, 587 is starttls)"
    )


HANDSHAKES = frozenset({"connecting", "STARTTLS"})
"""What is being done while a certificate is looked at."""


def broken(server: MailServer, doing: str, error: BaseException) -> UnreachableError:
    """The sentence for a connection that was there."""
    return UnreachableError(f"the connection to {server.where} broke while {doing} ({said(error)})")


@contextlib.contextmanager
def network_errors(server: MailServer, doing: str) -> Iterator[None]:
    """Give the network's own errors one of our names; a protocol's are for its client to name first.

    Raises:
        MailboxError: as it came; TlsError for a handshake; UnreachableError for all else.
    """
    try:
        yield
    except MailboxError:
        raise
    except ssl.SSLError as error:
        raise (tls_trouble(server, error) if doing in HANDSHAKES else broken(server, doing, error)) from error
    except TimeoutError as error:
        raise UnreachableError(
            f"{server.where} did not answer in time while {doing}; it is tried again"
        ) from error
    except OSError as error:
        raise UnreachableError(
            f"cannot reach {server.where} ({said(error.strerror or error)}):"
            " is the host's name right, and is the port open from here?"
        ) from error
