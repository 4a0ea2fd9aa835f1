"""Access tokens for mail servers that take no passwords (XOAUTH2): from a refresh token, by an HTTPS POST."""

from __future__ import annotations

import json
import ssl
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from ingest.email.trouble import ServerError, TlsError, UnreachableError, WrongPasswordError, said

_TIMEOUT_S = 20.0
_ANSWER_BYTES = 65_536
"""A token answer is 1 to 3 kB; nothing larger is read."""
_LEAD_S = 120.0
"""A token is renewed this long before it ends, so that no login carries a stale one."""
_USUAL_LIFE_S = 3600.0
"""Google and Microsoft give an hour; assumed where the answer does not say."""
_OK = 200
_REFUSED = frozenset({400, 401, 403})


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """What the provider gave when the mailbox was authorised.

    Attributes:
        token_url: e.g. https://oauth2.googleapis.com/token or
            https://login.microsoftonline.com/TENANT/oauth2/v2.0/token.
        scope: e.g. https://mail.google.com/ (may be empty) or
            https://outlook.office.com/IMAP.AccessAsUser.All offline_access.
    """

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scope: str = ""
    ca_file: Path | None = None


class TokenSource:
    """Gives an access token that is good now; several threads may ask."""

    def __init__(self, client: OAuthClient) -> None:
        self._client = client
        self._refresh_token = client.refresh_token
        self._lock = threading.Lock()
        self._token = ""
        self._good_until = 0.0

    def access_token(self) -> str:
        """A token, from the last answer while it is good.

        Raises:
            WrongPasswordError: the provider refuses the refresh token or the client.
            UnreachableError: it does not answer.
            TlsError: the address is not https.
            ServerError: it answers nonsense.
        """
        with self._lock:
            if time.monotonic() >= self._good_until:
                self._token, life_s = self._fetch()
                self._good_until = time.monotonic() + max(0.0, life_s - _LEAD_S)
            return self._token

    def forget(self) -> None:
        """Fetch a new token next time: the mail server refused this one."""
        with self._lock:
            self._good_until = 0.0

    def _fetch(self) -> tuple[str, float]:
        client = self._client
        form = {
            "grant_type": "refresh_token",
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            "refresh_token": self._refresh_token,
            "scope": client.scope,
        }
        status, body = _post(client, {name: value for name, value in form.items() if value})
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            answer = {}
        if status in _REFUSED:
            why = said(answer.get("error_description") or answer.get("error") or f"status {status}")
            raise WrongPasswordError(
                f"{_host(client)} refuses to renew the mailbox's access ({why}): authorise the mailbox again,"
                " and put in the new refresh token (and client id and secret, if they changed)"
            )
        token = answer.get("access_token")
        if status != _OK or not isinstance(token, str) or not token:
            raise ServerError(
                f"{_host(client)} gave no access token (status {status}): is the token address right?"
            )
        renewed = answer.get("refresh_token")
        if isinstance(renewed, str) and renewed:  # Microsoft hands out a new one each time
            self._refresh_token = renewed
        life = answer.get("expires_in")
        return token, float(life) if isinstance(life, int | float) else _USUAL_LIFE_S


def _host(client: OAuthClient) -> str:
    return urlsplit(client.token_url).netloc


def _post(client: OAuthClient, form: dict[str, str]) -> tuple[int, bytes]:
    parts = urlsplit(client.token_url)
    loopback = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise TlsError(
            f"the token address {client.token_url} is not https: the secrets could be read on the way"
        )
    try:
        context = ssl.create_default_context(cafile=str(client.ca_file) if client.ca_file else None)
        with (
            httpx.Client(timeout=_TIMEOUT_S, verify=context, follow_redirects=False) as web,
            web.stream(
                "POST", client.token_url, data=form, headers={"Accept-Encoding": "identity"}
            ) as response,
        ):
            body = b""
            for piece in response.iter_raw():
                body += piece
                if len(body) > _ANSWER_BYTES:
                    break
            return response.status_code, body
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise UnreachableError(
            f"{_host(client)}, which renews the mailbox's access, does not answer ({error})"
        ) from error
