"""XOAUTH2: a token by HTTP from a refresh token, and Dovecot that asks the provider whether it is good."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from ingest.email.connection import OAuthLogin
from ingest.email.imap import Mailbox
from ingest.email.oauth import OAuthClient, TokenSource
from ingest.email.trouble import ServerError, TlsError, UnreachableError, WrongPasswordError
from tests.support.dovecot_server import run_dovecot
from tests.support.imap_server import HOST, USER, free_port

REFRESH, SECRET = "refresh-1", "the client's secret"


@dataclass
class Provider:
    """Gives tokens for the refresh token, and says of each whether it is good."""

    port: int = 0
    good: set[str] = field(default_factory=set)
    given: int = 0
    expires_in: int = 3600
    broken: bytes = b""

    def token(self, form: dict[str, str]) -> tuple[int, bytes]:
        if self.broken:
            return 200, self.broken
        if form.get("refresh_token") != REFRESH or form.get("client_secret") != SECRET:
            return 400, json.dumps(
                {"error": "invalid_grant", "error_description": "Token was revoked."}
            ).encode()
        assert form["grant_type"] == "refresh_token"
        self.given += 1
        token = f"access-{self.given}"
        self.good.add(token)
        return 200, json.dumps({"access_token": token, "expires_in": self.expires_in}).encode()

    def introspect(self, form: dict[str, str]) -> tuple[int, bytes]:
        active = form.get("token") in self.good
        return 200, json.dumps({"active": active, "user": USER}).encode()


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            answer = provider.token if self.path == "/token" else provider.introspect
            status, text = answer(form)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        provider.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield provider
        server.shutdown()
        thread.join()


def client(port: int, refresh_token: str = REFRESH) -> OAuthClient:
    return OAuthClient(f"http://{HOST}:{port}/token", "our id", SECRET, refresh_token)


def test_dovecot_lets_us_in_by_token(provider: Provider) -> None:
    tokens = TokenSource(client(provider.port))
    with run_dovecot(introspection_url=f"http://{HOST}:{provider.port}/introspect") as server:
        account = server.account_with(login=OAuthLogin(USER, tokens))
        for _ in range(2):
            with Mailbox(account) as mailbox:
                assert mailbox.select("INBOX").messages == 0
        assert provider.given == 1, "a good token is used again"
        provider.good.clear()
        with pytest.raises(WrongPasswordError, match="Authorise it again"):
            Mailbox(account)
        with Mailbox(account) as mailbox:
            assert mailbox.select("INBOX").messages == 0
        assert provider.given == 2, "a refused token is not used again"


def test_a_token_is_renewed_before_it_ends(provider: Provider) -> None:
    provider.expires_in = 100
    tokens = TokenSource(client(provider.port))
    assert [tokens.access_token(), tokens.access_token()] == ["access-1", "access-2"]


def test_a_revoked_refresh_token_says_so(provider: Provider) -> None:
    with pytest.raises(WrongPasswordError, match=r"Token was revoked.*authorise the mailbox again") as caught:
        TokenSource(client(provider.port, "revoked")).access_token()
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(client(provider.port))


@pytest.mark.parametrize("text", [b"<html>login</html>", b"[]", b"{}", b"x" * 1_000_000])
def test_nonsense_for_a_token(provider: Provider, text: bytes) -> None:
    provider.broken = text
    with pytest.raises(ServerError, match="no access token"):
        TokenSource(client(provider.port)).access_token()


def test_a_provider_that_is_away() -> None:
    with pytest.raises(UnreachableError, match="does not answer"):
        TokenSource(client(free_port())).access_token()


def test_secrets_are_not_sent_in_the_clear() -> None:
    with pytest.raises(TlsError, match="not https"):
        TokenSource(OAuthClient("http://login.example.com/token", "id", SECRET, REFRESH)).access_token()
