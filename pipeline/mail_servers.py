"""From a mailbox's settings to the servers that its mail comes from and leaves by."""

from __future__ import annotations

from ingest.email.connection import Login, MailServer, OAuthLogin, PasswordLogin
from ingest.email.oauth import OAuthClient, TokenSource
from pipeline.channels import MailboxSettings

SMTP_STEP_S = 8.0
"""For one step with the SMTP server. A conversation has up to ten, and a worker's alarm rings after 80 s."""


def imap_server(settings: MailboxSettings) -> MailServer:
    """Where mail is fetched."""
    return MailServer(
        host=settings.imap_host,
        port=settings.imap_port,
        security=settings.imap_security,
        login=_login(settings, settings.login, settings.password),
        ca_file=settings.ca_file,
    )


def smtp_server(settings: MailboxSettings) -> MailServer | None:
    """Where answers are handed over; None where the program has named no server."""
    if not settings.smtp_host:
        return None
    login = settings.smtp_login
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        login=None if login is None else _login(settings, *login),
        ca_file=settings.ca_file,
        connect_timeout_s=SMTP_STEP_S,
        read_timeout_s=SMTP_STEP_S,
    )


def _login(settings: MailboxSettings, user: str, password: str) -> Login:
    oauth = settings.oauth
    if oauth is None:
        return PasswordLogin(user, password)
    client = OAuthClient(
        token_url=oauth.token_url,
        client_id=oauth.client_id,
        client_secret=oauth.client_secret,
        refresh_token=oauth.refresh_token,
        scope=oauth.scope,
        ca_file=settings.ca_file,
    )
    return OAuthLogin(user, TokenSource(client))
