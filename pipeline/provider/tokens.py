"""Believes an ID token, or does not: OpenID Connect Core 1.0, section 3.1.3.7."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from typing import Any

import jwt

from pipeline.provider.base import NotBelievedError

ALGORITHMS: Mapping[str, str] = {
    "RS256": "RSA",
    "RS384": "RSA",
    "RS512": "RSA",
    "PS256": "RSA",
    "PS384": "RSA",
    "PS512": "RSA",
    "ES256": "EC",
    "ES384": "EC",
    "ES512": "EC",
    "EdDSA": "OKP",
}
"""What a token may be signed with, and the type of key that it takes. All are of two keys: neither a token
without a signature nor one that is signed with what everybody may read is looked at further."""
_CLOCK_SKEW_S = 30
_OLDEST_S = 600
"""A token is made when the code is handed in, moments before."""
SUBJECT_MAX = 255
_TOKEN_MAX = 16_384


class UnknownKeyError(NotBelievedError):
    """The token names a key that is not among those known: the provider may have made another since."""


def signing_keys(key_set: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The keys of a set (RFC 7517) that may sign."""
    keys = key_set.get("keys")
    found = (each for each in keys if isinstance(each, dict)) if isinstance(keys, list) else ()
    types = set(ALGORITHMS.values())
    return tuple(each for each in found if each.get("kty") in types and each.get("use", "sig") == "sig")


def checked_claims(
    token: str, keys: Iterable[Mapping[str, Any]], *, issuer: str, client_id: str, nonce: str, now_s: float
) -> dict[str, Any]:
    """The claims of a token that is the provider's, for us, of now and of this sign-in.

    Raises:
        UnknownKeyError: no known key is the one that it names.
        NotBelievedError: anything else is wrong with it; the message says what.
    """
    if len(token) > _TOKEN_MAX:
        raise NotBelievedError("the ID token is too long")
    claims = _verified(token, tuple(keys), issuer, client_id)
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and "azp" not in claims:
        raise NotBelievedError("the ID token is for several, and does not say who asked for it")
    if claims.get("azp", client_id) != client_id:
        raise NotBelievedError("the ID token was asked for by another client")
    if not isinstance(claims["nonce"], str) or not hmac.compare_digest(
        claims["nonce"].encode(), nonce.encode()
    ):
        raise NotBelievedError("the ID token is of another sign-in: its nonce is not ours")
    if now_s - float(claims["iat"]) > _OLDEST_S + _CLOCK_SKEW_S:
        raise NotBelievedError("the ID token was made too long ago")
    subject = claims["sub"]
    if not subject or len(subject) > SUBJECT_MAX or not subject.isprintable():
        raise NotBelievedError("the ID token names nobody")
    return claims


def _verified(token: str, keys: tuple[Mapping[str, Any], ...], issuer: str, client_id: str) -> dict[str, Any]:
    last: Exception | None = None
    for key in _candidates(token, keys):
        try:
            return jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=client_id,
                issuer=issuer,
                leeway=_CLOCK_SKEW_S,
                options={
                    "require": ["iss", "aud", "exp", "iat", "sub", "nonce"],
                    "enforce_minimum_key_length": True,
                },
            )
        except jwt.InvalidSignatureError as error:
            last = error  # without a name of its key, another one may have signed
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise NotBelievedError(f"the ID token does not hold: {error}") from error
    raise NotBelievedError("the ID token's signature is not the provider's") from last


def _candidates(token: str, keys: tuple[Mapping[str, Any], ...]) -> tuple[jwt.PyJWK, ...]:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise NotBelievedError("the ID token is none") from error
    algorithm, name = header.get("alg"), header.get("kid")
    kind = ALGORITHMS.get(algorithm) if isinstance(algorithm, str) else None
    if kind is None:
        raise NotBelievedError("the ID token is signed by no algorithm that is taken here")
    fitting = [each for each in keys if each["kty"] == kind and each.get("alg", algorithm) == algorithm]
    if name is not None:
        fitting = [each for each in fitting if each.get("kid") == name]
    found = []
    for each in fitting:
        try:
            found.append(jwt.PyJWK(dict(each), algorithm))
        except jwt.PyJWTError:
            continue  # a key of a form that we do not know is none of ours
    if not found:
        raise UnknownKeyError("the ID token is signed by a key that the provider does not show")
    return tuple(found)
