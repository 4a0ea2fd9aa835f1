"""A provider of OpenID Connect as small as one may be, on a socket of its own, which can be told to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CLIENT, SECRET = "tillpoints at work", "a secret: with a colon & more"
_ALGORITHM = jwt.algorithms.RSAAlgorithm


@dataclass
class SmallProvider:
    """Its people, keys and lies.

    Attributes:
        who: claims of whoever is signed in there.
        lie: what is done to the claims of the next tokens.
        forge: makes the next tokens from the claims, in place of an honest signature.
        documents: put over its description.
        asked: how often each path was.
        away: whether it answers 503.
        begun: what each browser came with.
    """

    issuer: str = ""
    who: dict[str, Any] = field(default_factory=dict)
    lie: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    forge: Callable[[dict[str, Any]], str] | None = None
    documents: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    away: bool = False
    begun: list[dict[str, str]] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _tokens: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rotate()

    def rotate(self) -> None:
        """Another key, with another name; the last one is gone."""
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.kid = secrets.token_hex(4)

    def behave(self) -> None:
        """No lie is left."""
        self.lie, self.forge, self.documents, self.away = lambda claims: claims, None, {}, False

    @property
    def public_pem(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def get(self, path: str, query: dict[str, str], authorization: str) -> tuple[int, dict[str, Any] | str]:
        match path:
            case "/.well-known/openid-configuration":
                return 200, self._description()
            case "/keys":
                shown = json.loads(_ALGORITHM.to_jwk(self.key.public_key()))
                return 200, {"keys": [{**shown, "kid": self.kid, "use": "sig"}, {"kty": "odd"}]}
            case "/authorize":
                code = secrets.token_hex(8)
                self._codes[code] = query
                self.begun.append(query)
                back = {"code": code, "state": query["state"], "iss": self.issuer}
                return 303, f"{query['redirect_uri']}?{urlencode(back)}"
            case "/me":
                return 200, self._tokens[authorization.removeprefix("Bearer ")]
        return 404, {}

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Good once, for the client, its secret and whoever began."""
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        client, _, secret = (unquote_plus(each) for each in pair.partition(":"))
        begun = self._codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        if (client, secret) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        if begun is None or begun["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if begun["code_challenge"] != challenge.rstrip(b"=").decode() or "openid" not in begun["scope"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": begun["nonce"]}
        access = secrets.token_hex(8)
        self._tokens[access] = dict(self.who)
        token = self._signed(self.lie({**claims, **self.who}))
        return 200, {"token_type": "Bearer", "access_token": access, "id_token": token}

    def _signed(self, claims: dict[str, Any]) -> str:
        if self.forge is not None:
            return self.forge(claims)
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": self.kid})

    def _description(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/me",
            "end_session_endpoint": f"{self.issuer}/leave",
            **self.documents,
        }


def _handler(provider: SmallProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            provider.asked[parts.path] = provider.asked.get(parts.path, 0) + 1
            authorization = self.headers.get("Authorization", "")
            self._answer(*((503, {}) if provider.away else provider.get(parts.path, query, authorization)))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*provider.token(form, self.headers.get("Authorization", "")))

        def _answer(self, status: int, said: dict[str, Any] | str) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            if isinstance(said, str):
                self.send_header("Location", said)
                body = b""
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@contextmanager
def small_provider() -> Iterator[SmallProvider]:
    """One that answers at `localhost`, which to a browser is another site than 127.0.0.1."""
    provider = SmallProvider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    provider.issuer = f"http://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield provider
    server.shutdown()
    server.server_close()
    thread.join(5)
