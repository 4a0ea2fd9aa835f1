"""A real SMTP server (aiosmtpd) that keeps what it is given."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.imap_server import HOST, PASSWORD, USER, free_port


@dataclass
class Mail:
    """One mail as it came over the wire."""

    sender: str
    recipients: list[str]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.raw, policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass
class SmtpSink:
    """The server; `answers` makes it refuse: recipient -> the whole answer line."""

    port: int
    mails: list[Mail] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        sender = (envelope.mail_from or "").removeprefix("<>")
        self.mails.append(Mail(sender, list(envelope.rcpt_tos), content))
        return "250 kept"


def _right_password(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    right = (
        isinstance(data, LoginPassword) and data.login == USER.encode() and data.password == PASSWORD.encode()
    )
    return AuthResult(success=right, handled=False)


@contextmanager
def run_smtp_sink(
    *, login: bool = False, starttls: tuple[Path, Path] | None = None, tls: tuple[Path, Path] | None = None
) -> Iterator[SmtpSink]:
    """The sink on a free port of this machine.

    Args:
        login: only those who know the user and password of the IMAP server may send.
        starttls: certificate and key; encryption must be switched on first.
        tls: certificate and key; encrypted from the first byte.
    """
    sink = SmtpSink(free_port())
    options: dict[str, Any] = {}
    if login:
        options |= {
            "authenticator": _right_password,
            "auth_required": True,
            "auth_require_tls": starttls is not None,
        }
    if starttls is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*starttls)
        options |= {"tls_context": context, "require_starttls": True}
    context = None
    if tls is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*tls)
    controller = Controller(
        sink, hostname=HOST, port=sink.port, ssl_context=context, enable_SMTPUTF8=True, **options
    )
    with warnings.catch_warnings():
        # The passwords of the tests guard nothing.
        warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")
        controller.start()
        try:
            yield sink
        finally:
            controller.stop()
