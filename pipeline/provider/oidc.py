"""The authorization code flow with PKCE: OpenID Connect Core 1.0 and Discovery 1.0, RFC 7636, RFC 9207.

Documents and keys of the provider are kept for an hour. A token that names an unknown key has them
fetched anew, at most twice a minute: providers change their keys, and strangers may invent names of keys.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote_plus, urlencode

from pipeline.provider.base import (
    Begun,
    Identity,
    NotBelievedError,
    ProviderAwayError,
    ProviderSettings,
)
from pipeline.provider.tokens import UnknownKeyError, checked_claims, signing_keys
from pipeline.provider.web import ask, check_address

KEPT_S = 3600.0
KEYS_AGAIN_S = 30.0
AWAY_S = 5.0
"""So long nobody waits for a provider that has just not answered."""
SCOPE = "openid email"
_BYTES = 32
_EMAIL_MAX = 254


class Provider:
    """One provider; several threads may ask."""

    def __init__(
        self,
        settings: ProviderSettings,
        back: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """`back` is the address where browsers come back to."""
        self.settings = settings
        self._back = back
        self._clock = clock
        self._now_s = now_s
        self._lock = threading.Lock()
        self._documents: dict[str, Any] = {}
        self._keys: tuple[Mapping[str, Any], ...] = ()
        self._good_until = self._keys_fetched = self._away_until = float("-inf")

    def begin(self, *, ask_who: bool = False) -> tuple[Begun, str]:
        """What the browser keeps, and where it goes; with `ask_who` the provider is to ask who it is.

        Raises:
            ProviderAwayError: the provider does not answer.
        """
        documents = self._known()
        begun = Begun(*(secrets.token_urlsafe(_BYTES) for _ in range(3)))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest())
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self._back,
            "scope": SCOPE,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        if ask_who:
            asked["prompt"] = "select_account"
        address = documents["authorization_endpoint"]
        return begun, f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    def finish(self, begun: Begun, answer: Mapping[str, str]) -> Identity:
        """Who it is, from what the browser brought back in the address.

        Raises:
            NotBelievedError: it is not the answer to what was begun, or shows nobody.
            ProviderAwayError: the provider does not answer.
        """
        if not hmac.compare_digest(answer.get("state", "").encode(), begun.state.encode()):
            raise NotBelievedError("the state is not the one that this browser began with")
        documents = self._known()
        told = answer.get("iss")
        if told != self.settings.issuer and (
            told is not None or documents.get("authorization_response_iss_parameter_supported") is True
        ):
            raise NotBelievedError("the answer is of another provider")
        if "error" in answer or not answer.get("code"):
            raise NotBelievedError(f"the provider let nobody in: {answer.get('error', 'no code')[:100]!r}")
        tokens = self._tokens(documents, answer["code"], begun.verifier)
        claims = self._claims(str(tokens.get("id_token") or ""), begun.nonce)
        if "email" not in claims:
            claims = self._more(documents, tokens, claims)
        return Identity(self.settings.issuer, claims["sub"], _vouched(claims))

    def sign_out_address(self, after: str) -> str:
        """Where one signs out at the provider itself; empty where it has no such place, or is away."""
        try:
            place = self._known().get("end_session_endpoint")
        except ProviderAwayError:
            return ""
        if not isinstance(place, str):
            return ""
        asked = urlencode({"client_id": self.settings.client_id, "post_logout_redirect_uri": after})
        return f"{place}{'&' if '?' in place else '?'}{asked}"

    def check(self) -> str:
        """Ask for documents and keys; a sentence of what was found.

        Raises:
            ProviderAwayError: it does not answer, or not as it should.
        """
        self._known()
        return f"{self.settings.issuer} answers with {len(self._keys)} keys"

    def _known(self) -> dict[str, Any]:
        with self._lock:
            now = self._clock()
            if now >= self._good_until:
                if now < self._away_until:
                    raise ProviderAwayError("the provider did not answer a moment ago")
                try:
                    self._fetch(now)
                except ProviderAwayError:
                    self._away_until = now + AWAY_S
                    raise
            return self._documents

    def _fetch(self, now: float) -> None:
        place = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        status, found = ask(self.settings, place, "description")
        if status != HTTPStatus.OK:
            raise ProviderAwayError(f"the provider answers {status} at {place}: is the issuer right?")
        if found.get("issuer") != self.settings.issuer:
            # Exactly: a token's issuer is compared with it, and one of these is what an attacker would move.
            raise ProviderAwayError(
                f"the provider calls itself {str(found.get('issuer'))[:200]!r}:"
                " write TILLPOINTS_OIDC_ISSUER so"
            )
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            check_address(str(found.get(name) or ""), self.settings, name)
        if found.get("end_session_endpoint") is not None:
            check_address(str(found["end_session_endpoint"]), self.settings, "end_session_endpoint")
        self._documents = found
        self._fetch_keys(now)
        self._good_until = now + KEPT_S

    def _fetch_keys(self, now: float) -> None:
        status, found = ask(self.settings, self._documents["jwks_uri"], "jwks_uri")
        keys = signing_keys(found)
        if status != HTTPStatus.OK or not keys:
            raise ProviderAwayError(f"the provider's jwks_uri answers {status}, and shows {len(keys)} keys")
        self._keys, self._keys_fetched = keys, now

    def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        def checked() -> dict[str, Any]:
            return checked_claims(
                token,
                self._keys,
                issuer=self.settings.issuer,
                client_id=self.settings.client_id,
                nonce=nonce,
                now_s=self._now_s(),
            )

        try:
            return checked()
        except UnknownKeyError:
            with self._lock:
                now = self._clock()
                if now - self._keys_fetched >= KEYS_AGAIN_S:
                    self._fetch_keys(now)
            return checked()

    def _tokens(self, documents: Mapping[str, Any], code: str, verifier: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": verifier,
        }
        headers = {}
        client_id, secret = self.settings.client_id, self.settings.client_secret
        ways = documents.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if secret and "client_secret_basic" in ways:
            pair = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        else:
            form |= {"client_id": client_id} | ({"client_secret": secret} if secret else {})
        status, found = ask(
            self.settings, documents["token_endpoint"], "token_endpoint", form=form, headers=headers
        )
        if status != HTTPStatus.OK:
            why = f"{status}, {str(found.get('error', 'without a reason'))[:100]!r}"
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise ProviderAwayError(f"the provider's token_endpoint answers {why}")
            raise NotBelievedError(f"the provider took the code for nothing: {why}")
        return found

    def _more(
        self, documents: Mapping[str, Any], tokens: Mapping[str, Any], claims: dict[str, Any]
    ) -> dict[str, Any]:
        """The claims with those of the provider's page of the user, where it has one."""
        place, access = documents.get("userinfo_endpoint"), tokens.get("access_token")
        if not isinstance(place, str) or not isinstance(access, str) or not access.isascii():
            return claims
        headers = {"Authorization": f"Bearer {access}"}
        status, found = ask(self.settings, place, "userinfo_endpoint", headers=headers)
        if status != HTTPStatus.OK or found.get("sub") != claims["sub"]:
            raise NotBelievedError(f"the provider's userinfo_endpoint answers {status}, or of somebody else")
        return claims | {name: found[name] for name in ("email", "email_verified") if name in found}


def _vouched(claims: Mapping[str, Any]) -> str:
    """The address that the provider says it has verified; empty where it does not say so in as many words."""
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str):
        return ""
    plain = email.strip().lower()
    return plain if plain.isprintable() and "@" in plain and len(plain) <= _EMAIL_MAX else ""
