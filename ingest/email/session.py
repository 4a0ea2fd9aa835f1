"""A connection to an IMAP server, signed in; every failure gets one of our names."""

from __future__ import annotations

import contextlib
import imaplib
from collections.abc import Iterator
from typing import Self, assert_never

from ingest.email.connection import (
    MailServer,
    OAuthLogin,
    PasswordLogin,
    Security,
    broken,
    network_errors,
    refuse_unencrypted,
    tls_context,
)
from ingest.email.trouble import (
    MailboxError,
    ServerError,
    TlsError,
    UnreachableError,
    WrongPasswordError,
    said,
)
from ingest.email.wire import ORDINARY_BYTES, Wire

_LOGOUT_S = 2.0
_ANSWER_READS = 2.0
"""How many times as long as one read a whole answer may take: with 45 s, a part of 1 MB at 11 kB a second."""


class Session:
    """One connection, signed in, for one thread; after an error, close it and open another."""

    def __init__(self, server: MailServer) -> None:
        """Connect and sign in.

        Raises:
            MailboxError: UnreachableError, TlsError, WrongPasswordError, or ServerError for what is neither.
        """
        self._server = server
        self._wire = self._connect()
        try:
            self._sign_in()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connect(self) -> Wire:
        server = self._server
        refuse_unencrypted(server)
        context = None if server.security is Security.NONE else tls_context(server)
        with self._translated("connecting"):
            wire = Wire(
                server.host,
                server.port,
                tls=context if server.security is Security.TLS else None,
                connect_timeout_s=server.connect_timeout_s,
                read_timeout_s=server.read_timeout_s,
            )
        if server.security is Security.STARTTLS:
            try:
                with self._translated("STARTTLS"):
                    if not wire.has_capability("STARTTLS"):
                        raise TlsError(
                            f"{server.where} does not offer STARTTLS: use security tls (IMAP: port 993)"
                        )
                    wire.starttls(context)
            except BaseException:
                with contextlib.suppress(OSError):
                    wire.shutdown()
                raise
        return wire

    def _sign_in(self) -> None:
        login = self._server.login
        try:
            with self._translated("signing in"):
                match login:
                    case None:
                        raise WrongPasswordError(f"no user is set for {self._server.where}: set one")
                    case PasswordLogin(user, password):
                        self._sign_in_by_password(user, password)
                    case OAuthLogin(user, tokens):
                        self._wire.oauth2_login(user, tokens.access_token())
                    case _:
                        assert_never(login)
        except ServerError as error:
            if isinstance(login, OAuthLogin):
                login.tokens.forget()
            raise self._login_trouble(str(error)) from error

    def _sign_in_by_password(self, user: str, password: str) -> None:
        if self._wire.has_capability("LOGINDISABLED"):
            raise TlsError(
                f"{self._server.where} takes no password on an unencrypted connection:"
                " set security to tls (port 993) or starttls (port 143)"
            )
        if (user + password).isascii():
            self._wire.login(user, password)
        else:  # LOGIN has no characters but ASCII; PLAIN has UTF-8
            self._wire.plain_login(user, password)

    def _login_trouble(self, why: str) -> MailboxError:
        user = self._server.login.user if self._server.login else ""
        folded = why.casefold()
        if any(word in folded for word in ("[unavailable]", "[inuse]", "[limit]", "too many", "try again")):
            return UnreachableError(
                f"{self._server.where} lets nobody in just now ({why}); it is tried again"
            )
        if isinstance(self._server.login, OAuthLogin):
            return WrongPasswordError(
                f"{self._server.where} refuses the access token of {user} ({why}): is IMAP switched on for"
                " the account, and was the token given for IMAP and for this user? Authorise it again"
            )
        return WrongPasswordError(
            f"{self._server.where} refuses the user {user} or the password ({why}): correct them; Gmail,"
            " Yahoo and iCloud want an app password, and Microsoft 365 takes OAuth2 only"
        )

    @contextlib.contextmanager
    def _translated(self, doing: str, allow_bytes: int = ORDINARY_BYTES) -> Iterator[None]:
        """Give every failure of the libraries below one of our names, and set the next answer's budget."""
        if hasattr(self, "_wire"):
            self._wire.allow(allow_bytes, _ANSWER_READS * self._server.read_timeout_s)
        try:
            with network_errors(self._server, doing):
                yield
        except imaplib.IMAP4.readonly as error:
            raise ServerError(said(error)) from error
        except imaplib.IMAP4.abort as error:
            raise broken(self._server, doing, error) from error
        except imaplib.IMAP4.error as error:
            if isinstance(error.__context__, imaplib.IMAP4.abort):  # imapclient calls it a failed login
                raise broken(self._server, doing, error) from error
            raise ServerError(said(error)) from error
        # What a parser may trip over when a server sends anything at all.
        except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError) as error:
            nonsense = f"{self._server.where} answers nonsense while {doing} ({type(error).__name__})"
            raise ServerError(nonsense) from error

    def close(self) -> None:
        """Say goodbye if the server still listens, and hang up."""
        with contextlib.suppress(MailboxError, OSError), self._translated("signing out"):
            self._wire.socket().settimeout(_LOGOUT_S)
            self._wire.logout()
        with contextlib.suppress(OSError, ValueError):
            self._wire.shutdown()
