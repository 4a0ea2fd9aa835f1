"""Mail that goes out: one message to one server, by the standard library's smtplib."""

from __future__ import annotations

import base64
import contextlib
import smtplib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as WIRE_FORM
from typing import assert_never

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
from receipts.errors import RefusedError

_PERMANENT = 500
"""SMTP codes from here on say never (RFC 5321, 4.2.1); those below say not now."""
_GOOD = 250
_SIGNED_IN = 235
_CHALLENGE = 334
_AUTH_CODES = frozenset({530, 534, 535, 538})
"""The server wants a login, or another one (RFC 4954)."""


@dataclass(frozen=True, slots=True)
class Route:
    """From where and to whom a mail travels (SMTP's own envelope), whatever its header says.

    Attributes:
        sender: where bounces go; empty is the null sender, to which no server sends anything back.
    """

    sender: str
    recipients: Sequence[str] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        """Refuse what would end the command line early.

        Raises:
            RefusedError: an address holds a control character, a space or an angle bracket.
        """
        for address in (self.sender, *self.recipients):
            if any(c.isspace() or not c.isprintable() or c in "<>" for c in address):
                raise RefusedError(f"{address!r} is no mail address")


class MailSender:
    """Sends through one server, connecting anew for each message."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    def check(self) -> None:
        """Connect and sign in, and send nothing.

        Raises:
            MailboxError: as `send`.
        """
        with self._signed_in():
            pass

    def send(self, message: EmailMessage, route: Route) -> None:
        """Hand the message to the server, which has then promised to deliver it.

        A connection that breaks between the text and the answer leaves open whether it was taken: it counts
        as not taken, and the message may arrive twice, under the same Message-ID.

        Raises:
            MailboxError: not now (a TransientError): not reached, not signed in, or a 4xx answer.
            RefusedError: the server refuses the recipient or the message for good.
        """
        data = message.as_bytes(policy=WIRE_FORM.clone(cte_type="7bit"))
        with self._signed_in() as smtp, self._translated("sending"):
            options = self._utf8_options(smtp, route)
            self._answered(*smtp.mail(route.sender, options), "the sender")
            for recipient in route.recipients:
                self._answered(*smtp.rcpt(recipient), recipient)
            self._answered(*smtp.data(data), "the message")

    def _utf8_options(self, smtp: smtplib.SMTP, route: Route) -> list[str]:
        addresses = "".join((route.sender, *route.recipients))
        if addresses.isascii():
            return []
        if not smtp.has_extn("smtputf8"):
            raise RefusedError(
                f"{self._server.where} knows no addresses with letters beyond ASCII (SMTPUTF8)"
            )
        smtp.command_encoding = "utf-8"
        return ["SMTPUTF8"]

    def _answered(self, code: int, words: bytes, what: str) -> None:
        where = self._server.where
        if code in {_GOOD, _GOOD + 1}:
            return
        if code in _AUTH_CODES:
            raise WrongPasswordError(f"{where} wants a login before it sends ({code} {said(words)}): set one")
        if code >= _PERMANENT:
            raise RefusedError(f"{where} refuses {what}: {code} {said(words)}")
        raise UnreachableError(
            f"{where} does not take {what} just now ({code} {said(words)}); it is tried again"
        )

    @contextlib.contextmanager
    def _signed_in(self) -> Iterator[smtplib.SMTP]:
        smtp = self._connect()
        try:
            self._sign_in(smtp)
            yield smtp
        finally:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        refuse_unencrypted(server)
        timeout_s = server.connect_timeout_s
        with self._translated("connecting"):
            if server.security is Security.TLS:
                context = tls_context(server)
                smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                    server.host, server.port, timeout=timeout_s, context=context
                )
            else:
                smtp = smtplib.SMTP(server.host, server.port, timeout=timeout_s)
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(server.read_timeout_s)
            if server.security is Security.STARTTLS:
                with self._translated("connecting"):
                    smtp.ehlo()
                    if not smtp.has_extn("starttls"):
                        raise TlsError(f"{server.where} does not offer STARTTLS: use security tls (port 465)")
                    smtp.starttls(context=tls_context(server))
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        login = self._server.login
        with self._translated("signing in"):
            smtp.ehlo_or_helo_if_needed()
            match login:
                case None:
                    pass
                case PasswordLogin(user, password):
                    smtp.login(user, password)
                case OAuthLogin(user, tokens):
                    text = f"user={user}\1auth=Bearer {tokens.access_token()}\1\1"
                    code, words = smtp.docmd("AUTH", "XOAUTH2 " + base64.b64encode(text.encode()).decode())
                    if code == _CHALLENGE:  # holds why not; an empty line asks for the refusal itself
                        code, words = smtp.docmd("")
                    if code != _SIGNED_IN:
                        tokens.forget()
                        raise smtplib.SMTPAuthenticationError(code, words)
                case _:
                    assert_never(login)

    @contextlib.contextmanager
    def _translated(self, doing: str) -> Iterator[None]:
        where = self._server.where
        with network_errors(self._server, doing):
            try:
                yield
            except smtplib.SMTPAuthenticationError as error:
                raise self._login_trouble(error.smtp_code, said(error.smtp_error)) from error
            except smtplib.SMTPNotSupportedError as error:
                raise ServerError(
                    f"{where} does not do what is asked ({said(error)}): it may take a login only when"
                    " encrypted (set smtp security to starttls or tls), or none at all (set no user)"
                ) from error
            except (smtplib.SMTPException, EOFError) as error:
                raise broken(self._server, doing, error) from error

    def _login_trouble(self, code: int, words: str) -> MailboxError:
        where = self._server.where
        if code < _PERMANENT:
            return UnreachableError(f"{where} lets nobody in just now ({code} {words})")
        user = self._server.login.user if self._server.login else ""
        return WrongPasswordError(
            f"{where} refuses the user {user} or the password ({code} {words}): correct them; Gmail wants an"
            " app password, and Microsoft 365 wants OAuth2 and SMTP AUTH switched on for the mailbox"
        )
