"""The page that a link in a mail or text opens: sign in or join, and the address or number is one's own.

Looking at it changes nothing, however often: mail scanners open links before people do.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import IntegrityError

from api.auth import before_sign_in, check_csrf, session_account, start_session, wiring_of
from api.channel_words import address_text
from api.errors import ApiError
from api.pages.language import remember, said_to
from api.pages.render import page
from api.plain_text import PlainText
from api.routes.tokens import WRONG, sign_in
from api.throttle import Throttle
from pipeline.linking import (
    Linked,
    NameHolder,
    NotLinked,
    OpenLink,
    join,
    my_addresses,
    open_link,
    read_address,
    use_link,
)
from receipts.identity import Role
from receipts.inbound import AddressKind
from receipts.program import Account

router = APIRouter(include_in_schema=False, dependencies=[Depends(before_sign_in)])

PASSWORD_LEAST_CHARS = 10
"""Length is what counts: NIST SP 800-63B asks for 8 or more, and for no mixture of kinds."""
_PASSWORD_LEAST_DIFFERENT = 4
_NAME_MOST_CHARS = 100
_EMAIL_MOST_CHARS = 254
_PASSWORD_MOST_CHARS = 1024
_TAKEN_UP = "taken_up"

Action = Literal["link", "sign-in", "join"]


@dataclass(frozen=True, slots=True)
class Filled:
    """What was typed; the password is never sent back."""

    name: str = ""
    email: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a form did not go through, and whose form it was."""

    form: Action
    sentence: str
    status: HTTPStatus


_NOT_OURS = Trouble(
    "link",
    "This link is not one of ours, or a part of it was lost. Open it from the message again, or copy"
    " it whole. You can also send your receipt once more: you get a new link.",
    HTTPStatus.NOT_FOUND,
)
_TOO_MANY = "Too many tries. Try again in %(seconds)s seconds."
_TAKEN = (
    "You cannot join with this email address. If you have an account, sign in above; otherwise take"
    " another address."
)
_NO_NAME = "Tell us your name."
_NO_EMAIL = "Write your email address as name@example.com."
_SHORT = "Choose a password of at least %(count)s characters."
_GUESSED = "Choose a password that is harder to guess: a few words of your own are good."
_USED = "This link has been used. Links work once and not for long, to keep your account safe."
_OUT_OF_TIME = "This link is out of time. Links work once and not for long, to keep your account safe."
_NOT_A_MEMBER = "This account is not a member’s of %(program)s. Sign in with your own there."
_OTHER_PROGRAM = (
    "You are signed in as %(email)s, a member of another program. %(address)s can only be linked to a"
    " member’s account of %(program)s: sign out, and sign in as that member."
)
_OF_STAFF = (
    "You are signed in as %(email)s, %(role)s account. %(address)s can only be linked to a member’s account"
    " of %(program)s: sign out, and sign in as that member."
)
"""Said to staff, whose pages are English."""
SENTENCES = (
    _NOT_OURS.sentence,
    WRONG,
    _TOO_MANY,
    _TAKEN,
    _NO_NAME,
    _NO_EMAIL,
    _SHORT,
    _GUESSED,
    _USED,
    _OUT_OF_TIME,
    _NOT_A_MEMBER,
    _OTHER_PROGRAM,
)
"""What the pages say that stands in no template: translated where it is filled in, or by the template."""


@router.get("/join/{token}")
def show(request: Request, token: str) -> Response:
    """Open. What the link is for, and what to do with it."""
    found = open_link(wiring_of(request), token)
    if found is None:
        return _stopped(request, _NOT_OURS)
    return _standing(request, token, found)


@router.post("/join/{token}")
def act(
    request: Request,
    token: str,
    do: Annotated[Action, Form()],
    name: Annotated[PlainText, Form(max_length=_NAME_MOST_CHARS)] = "",
    email: Annotated[PlainText, Form(max_length=_EMAIL_MOST_CHARS)] = "",
    password: Annotated[str, Form(max_length=_PASSWORD_MOST_CHARS)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Open. Links the address or number to who is signed in, signs in, or joins."""
    check_csrf(request, csrf_token)
    found = open_link(wiring_of(request), token)
    if found is None:
        return _stopped(request, _NOT_OURS)
    filled = Filled(" ".join(name.split()), email.strip(), password)
    account = session_account(request)
    if do == "link":
        return _link(request, token, found, account)
    if account is not None or not found.usable:  # an old page: whose account it would be is asked first
        return _standing(request, token, found)
    try:
        if do == "sign-in":
            account = _sign_in(request, found, filled)
            start_session(request, account)
            remember(request, account)
            return _link(request, token, found, account)
        account, linked = _join(request, token, found, filled)
    except ApiError as error:
        now = open_link(wiring_of(request), token) or found  # it may have been used at this very moment
        answer = _standing(
            request, token, now, trouble=Trouble(do, error.detail, error.status), filled=filled
        )
        answer.headers.update(error.headers)
        return answer
    start_session(request, account)
    remember(request, account)
    return _done(request, token, linked)


def _sign_in(request: Request, found: OpenLink, filled: Filled) -> Account:
    """Who signs in.

    Raises:
        ApiError: 401, 403 or 429: wrong password, no member of this program, or too many tries.
    """
    account = sign_in(request, email=filled.email, password=filled.password)
    if not _is_member(account, found):
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            "not_a_member",
            said_to(request, None, _NOT_A_MEMBER, program=found.program.name),
        )
    return account


def _join(request: Request, token: str, found: OpenLink, filled: Filled) -> tuple[Account, Linked]:
    """Who is new, with the link used.

    Raises:
        ApiError: 409, 422 or 429: the form has a mistake, the address is taken, or too many tries.
    """
    if (mistake := _mistake(request, filled)) is not None:
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "form_wrong", mistake)
    throttle: Throttle = request.app.state.link_throttle
    key = f"joining by {found.link.id}"
    if (wait_s := throttle.wait_s(key)) > 0:
        raise ApiError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too_many_attempts",
            said_to(request, None, _TOO_MANY, seconds=wait_s),
            headers={"Retry-After": str(wait_s)},
        )
    try:
        made = join(wiring_of(request), token, name=filled.name, email=filled.email, password=filled.password)
    except IntegrityError as error:
        throttle.failed(key)
        raise ApiError(HTTPStatus.CONFLICT, "not_joined", said_to(request, None, _TAKEN)) from error
    if isinstance(made, NotLinked):
        raise ApiError(HTTPStatus.CONFLICT, "not_joined", made.sentence)
    return made


def _mistake(request: Request, filled: Filled) -> str | None:
    """What to mend before joining; None where all is well."""
    if not filled.name:
        return said_to(request, None, _NO_NAME)
    email = read_address(filled.email)
    if isinstance(email, NotLinked) or email.kind is not AddressKind.EMAIL:
        return said_to(request, None, _NO_EMAIL)
    if len(filled.password) < PASSWORD_LEAST_CHARS:
        return said_to(request, None, _SHORT, count=PASSWORD_LEAST_CHARS)
    plain = filled.password.casefold()
    if plain in {email.value, filled.name.casefold()} or len(set(plain)) < _PASSWORD_LEAST_DIFFERENT:
        return said_to(request, None, _GUESSED)
    return None


def _link(request: Request, token: str, found: OpenLink, account: Account | None) -> Response:
    """Use the link for who is signed in; whoever may not, or comes too late, sees why."""
    if account is None or not _is_member(account, found) or not found.usable:
        return _standing(request, token, found)
    outcome = use_link(wiring_of(request), token, account)
    return _done(request, token, outcome)


def _done(request: Request, token: str, outcome: Linked | NotLinked) -> Response:
    """To the page that says how the link stands now."""
    if isinstance(outcome, Linked):
        request.session[_TAKEN_UP] = outcome.taken_up
    return RedirectResponse(f"/join/{token}", HTTPStatus.SEE_OTHER)


def _standing(
    request: Request,
    token: str,
    found: OpenLink,
    *,
    trouble: Trouble | None = None,
    filled: Filled | None = None,
) -> Response:
    """The page as the link and the person stand."""
    account = session_account(request)
    if account is not None and not _is_member(account, found):
        return _stopped(
            request,
            Trouble("link", _wrong_account(request, found, account), HTTPStatus.FORBIDDEN),
            found,
            token,
        )
    if account is not None and found.link.used and _has(request, account, found):
        return _page(request, "joined.html", found, account, taken_up=request.session.pop(_TAKEN_UP, 0))
    if not found.usable:
        gone = _USED if found.link.used else _OUT_OF_TIME
        return _stopped(request, Trouble("link", gone, HTTPStatus.GONE), found)
    free = found.link.address.kind is AddressKind.EMAIL and found.name_holder is NameHolder.NOBODY
    prefilled = found.link.address.value if free else ""
    return _page(
        request,
        "join.html",
        found,
        account,
        status=HTTPStatus.OK if trouble is None else trouble.status,
        token=token,
        trouble=trouble,
        filled=filled or Filled(email=prefilled),
        password_least=PASSWORD_LEAST_CHARS,
        join_url=found.join_url if found.join_url.startswith(("https://", "http://")) else "",
    )


def _page(
    request: Request,
    template: str,
    found: OpenLink,
    account: Account | None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    **context: object,
) -> Response:
    return page(
        request,
        template,
        account=account,
        program=found.program,
        status=status,
        found=found,
        address=found.link.address,
        **context,
    )


def _stopped(request: Request, trouble: Trouble, found: OpenLink | None = None, token: str = "") -> Response:
    return page(
        request,
        "join_stopped.html",
        account=session_account(request),
        program=None if found is None else found.program,
        status=trouble.status,
        trouble=trouble,
        found=found,
        token=token,
    )


def _is_member(account: Account, found: OpenLink) -> bool:
    return account.role is Role.MEMBER and account.program_id == found.program.id


def _has(request: Request, account: Account, found: OpenLink) -> bool:
    if account.member_id is None:
        return False
    mine = my_addresses(wiring_of(request), program_id=account.program_id, member_id=account.member_id)
    return found.link.address in mine.linked


def _wrong_account(request: Request, found: OpenLink, account: Account) -> str:
    values = {
        "email": account.email,
        "address": address_text(found.link.address),
        "program": found.program.name,
    }
    if account.role is Role.MEMBER:
        return said_to(request, account, _OTHER_PROGRAM, **values)
    whose = f"a {account.role.value}’s" if account.role is Role.REVIEWER else "a team’s"
    return said_to(request, account, _OF_STAFF, role=whose, **values)
