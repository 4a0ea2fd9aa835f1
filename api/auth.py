"""Who is calling, and what their role lets them do.

Services and members' apps send a bearer JWT or a key; pages use a signed session cookie. Either way the
account is looked up again on every request, so that a removed or changed account is out at once. Each
route states its roles with an `Allowed`; each query is then bound to the caller's program and, for a
member, to that member.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any

import jwt
from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from api.errors import ApiError
from pipeline.accounts import find_account
from pipeline.clock import utc_now
from pipeline.keys import PREFIX, account_of_key
from pipeline.second_step import owes_second_step
from pipeline.wiring import Wiring
from receipts.database.acting import ACROSS, Acting, request_acts, request_found
from receipts.identity import AccountId, MemberId, ProgramId, Role
from receipts.program import Account

SESSION_COOKIE = "tillpoints_session"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"

JWT_AUDIENCE = "tillpoints"
PAGE_ROLES = frozenset({Role.MEMBER, Role.REVIEWER, Role.ADMIN})
"""A service is a program, not a person: it has tokens and no pages."""

PROVIDER_KEY = "provider"
"""In a session: the provider that said who it is."""
SECOND_STEP_OWED = "second_step_owed"
HALF_LIFE_S = 300
"""Five minutes to find the phone; then the password again."""

_GET_ONE = "Get a token from POST /v1/tokens."
_ALGORITHM = "HS256"
_CLOCK_SKEW_S = 10
_CSRF_BYTES = 24
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    bearerFormat="JWT",
    description="A token from `POST /v1/tokens`, or a key that an admin made on the pages (`tpk_...`).",
)
_cookie = APIKeyCookie(
    name=SESSION_COOKIE,
    auto_error=False,
    scheme_name="session",
    description=f"The pages' own sign-in; anything but a GET also needs the page's `{CSRF_HEADER}`.",
)


@dataclass(frozen=True, slots=True)
class Caller:
    """A known caller.

    Attributes:
        by_session: signed in on the pages, not by a token.
    """

    account: Account
    by_session: bool

    @property
    def program_id(self) -> ProgramId:
        """The only program whose rows this caller's queries may touch."""
        return self.account.program_id

    @property
    def only_member(self) -> MemberId | None:
        """The only member whose things the caller sees; None for those who see the whole program."""
        return self.account.member_id


class Allowed:
    """The dependency by which a route states its roles; gives the `Caller`.

    Raises:
        ApiError: 401 when nobody known is calling, 403 when the role may not, 429 when they ask too often.
    """

    def __init__(self, *roles: Role) -> None:
        self.roles = frozenset(roles)

    def __call__(
        self,
        request: Request,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
        _cookie: Annotated[str | None, Depends(_cookie)],  # read by the session; here for OpenAPI
    ) -> Caller:
        """The caller of this request."""
        if "authorization" in request.headers:
            caller = Caller(_account_of_token(request, bearer), by_session=False)
        else:
            caller = Caller(_account_of_session(request), by_session=True)
            if request.method not in _SAFE_METHODS:
                check_csrf(request, request.headers.get(CSRF_HEADER, ""))
        request_acts(Acting(caller.program_id))
        if caller.account.role not in self.roles:
            raise ApiError(HTTPStatus.FORBIDDEN, "not_allowed", "Your role may not do this.")
        _check_second_step(request, caller)
        request.app.state.rates.of_account(caller.account)
        return caller


def before_sign_in() -> None:
    """The dependency of routes without an `Allowed`: doors and checks, which find out whose something is."""
    request_acts(ACROSS)


class PageAllowed:
    """Like `Allowed` for pages: only a session counts, and forms carry their CSRF token as a field.

    With `before_second_step` the page is there for who owes the program a second step, too: to set it up.
    """

    def __init__(self, *roles: Role, before_second_step: bool = False) -> None:
        self.roles = frozenset(roles)
        self.before_second_step = before_second_step

    def __call__(self, request: Request) -> Caller:
        """The signed-in person."""
        caller = Caller(_account_of_session(request), by_session=True)
        request_acts(Acting(caller.program_id))
        if caller.account.role not in self.roles:
            raise ApiError(HTTPStatus.FORBIDDEN, "not_allowed", "This page is not for your account.")
        if not self.before_second_step:
            _check_second_step(request, caller)
        request.app.state.rates.of_account(caller.account)
        return caller


def _check_second_step(request: Request, caller: Caller) -> None:
    """Do nothing but for who owes the program a second step: they set it up before anything else.

    Who came by the provider owes it there, and so does whoever has no other way in.
    """
    by_provider = caller.by_session and PROVIDER_KEY in request.session
    if by_provider or signs_in_by_provider_only(request, caller.account):
        return
    if owes_second_step(wiring_of(request), caller.account):
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            SECOND_STEP_OWED,
            "Your program asks its staff to sign in by two steps. Set yours up on the page /second-step.",
        )


def wiring_of(request: Request) -> Wiring:
    """The wiring the app was made with."""
    wiring: Wiring = request.app.state.wiring
    return wiring


# Tokens


def issue_token(wiring: Wiring, account: Account) -> str:
    """A signed JWT for the account, good for `token_life_s` of the settings."""
    now = utc_now()
    claims: dict[str, Any] = {
        "iss": wiring.settings.resolved_public_url,
        "aud": JWT_AUDIENCE,
        "sub": account.id,
        "role": account.role.value,
        "program": account.program_id,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(seconds=wiring.settings.token_life_s)).timestamp()),
        "jti": secrets.token_hex(8),
    }
    if account.member_id is not None:
        claims["member"] = account.member_id
    return jwt.encode(claims, wiring.secret_key, algorithm=_ALGORITHM)


def _unauthorised(detail: str, code: str = "not_signed_in") -> ApiError:
    return ApiError(HTTPStatus.UNAUTHORIZED, code, detail, headers={"WWW-Authenticate": "Bearer"})


def _account_of_token(request: Request, bearer: HTTPAuthorizationCredentials | None) -> Account:
    wiring = wiring_of(request)
    if bearer is None:
        raise _unauthorised(f"The Authorization header must read 'Bearer' and a token. {_GET_ONE}")
    if bearer.credentials.startswith(PREFIX):
        account = account_of_key(wiring, bearer.credentials)
        if account is None:
            raise _unauthorised(
                "The key is not known here, or was taken back. An admin makes another on the page of keys.",
                "key_invalid",
            )
        return account
    try:
        claims = jwt.decode(
            bearer.credentials,
            wiring.secret_key,
            algorithms=[_ALGORITHM],
            audience=JWT_AUDIENCE,
            issuer=wiring.settings.resolved_public_url,
            leeway=_CLOCK_SKEW_S,
            options={"require": ["exp", "iat", "iss", "aud", "sub", "role", "program"]},
        )
    except jwt.ExpiredSignatureError as error:
        raise _unauthorised(f"The token has expired. {_GET_ONE}", "token_expired") from error
    except jwt.InvalidTokenError as error:
        raise _unauthorised(f"The token is not valid here. {_GET_ONE}", "token_invalid") from error
    issued = datetime.fromtimestamp(int(claims["iat"]), UTC)
    account = find_account(wiring, AccountId(str(claims["sub"])), since=issued)
    told = (claims["role"], claims["program"], claims.get("member"))
    if account is None or told != (account.role.value, account.program_id, account.member_id):
        raise _unauthorised(f"The account has changed. {_GET_ONE}", "token_invalid")
    return account


# Sessions


def signs_in_by_provider_only(request: Request, account: Account) -> bool:
    """Whether no password lets this account in."""
    provider = wiring_of(request).provider
    return provider is not None and provider.settings.only and provider.settings.is_for(account)


def start_session(request: Request, account: Account, *, issuer: str = "") -> None:
    """Sign the browser in with a fresh session: nothing of the old one stays, its CSRF token included.

    `issuer` is the provider that said who it is; none where a password did.
    """
    request.session.clear()
    if issuer:
        request.session[PROVIDER_KEY] = issuer
    request.session["account"] = account.id
    request.session["since"] = int(utc_now().timestamp())
    request.session["csrf"] = secrets.token_urlsafe(_CSRF_BYTES)


def start_half(request: Request, account: Account) -> None:
    """Note that the password was right, and nothing more: a code is asked for next."""
    request.session.clear()
    request.session["half"] = account.id
    request.session["since"] = int(utc_now().timestamp())
    request.session["csrf"] = secrets.token_urlsafe(_CSRF_BYTES)


def half_signed_in(request: Request) -> Account | None:
    """Whose password was right a short while ago; None where nobody's was."""
    account_id, since = request.session.get("half"), request.session.get("since")
    if not isinstance(account_id, str) or not isinstance(since, int):
        return None
    started = datetime.fromtimestamp(since, UTC)
    if utc_now() - started > timedelta(seconds=HALF_LIFE_S):
        return None
    return find_account(wiring_of(request), AccountId(account_id), since=started)


def end_session(request: Request) -> None:
    """Sign the browser out."""
    request.session.clear()


def session_account(request: Request) -> Account | None:
    """The signed-in account; None when nobody is, or the session is over."""
    account_id = request.session.get("account")
    since = request.session.get("since")
    if not isinstance(account_id, str) or not isinstance(since, int):
        return None
    wiring = wiring_of(request)
    started = datetime.fromtimestamp(since, UTC)
    account = find_account(wiring, AccountId(account_id), since=started)
    if account is None or account.role not in PAGE_ROLES or not _door_is_open(request, account):
        return None
    request_found(account.program_id)
    age = utc_now() - started
    return account if age <= timedelta(seconds=wiring.settings.session_life_s) else None


def _door_is_open(request: Request, account: Account) -> bool:
    """Whether one may still come in by the door that this session came in by."""
    issuer = request.session.get(PROVIDER_KEY)
    if issuer is None:
        return not signs_in_by_provider_only(request, account)
    provider = wiring_of(request).provider
    return provider is not None and provider.settings.issuer == issuer and provider.settings.is_for(account)


def _account_of_session(request: Request) -> Account:
    account = session_account(request)
    if account is None:
        raise _unauthorised(f"Sign in, or send a token as 'Authorization: Bearer ...'. {_GET_ONE}")
    return account


def csrf_token(request: Request) -> str:
    """The session's token for forms; made on first need, so that the sign-in form has one too."""
    token = request.session.get("csrf")
    if not isinstance(token, str):
        token = secrets.token_urlsafe(_CSRF_BYTES)
        request.session["csrf"] = token
    return token


def check_csrf(request: Request, sent: str) -> None:
    """Do nothing when the form or header carries the session's token.

    Raises:
        ApiError: 403; the form was open too long or comes from another site.
    """
    known = request.session.get("csrf")
    if not isinstance(known, str) or not hmac.compare_digest(known.encode(), sent.encode()):
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            "csrf",
            "This form was open for too long, or was not opened here. Load the page again and send it anew.",
        )
