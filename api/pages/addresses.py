"""A member's page about mail and text: where to send to, and which addresses and numbers are theirs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal, assert_never

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import Caller, PageAllowed, check_csrf, wiring_of
from api.channel_words import address_text, our_number
from api.errors import ApiError
from api.pages.language import said_to
from api.pages.render import page
from api.plain_text import PlainText
from api.throttle import Throttle
from pipeline.linking import NotLinked, ask_to_link, my_addresses, renew_secret, unlink
from receipts.identity import MemberId, Role

router = APIRouter(include_in_schema=False)

_SAID = "said"
_REMOVED = "%(address)s is not linked to your account any more."
_NEVER_LINKED = "It was not linked to your account; nothing was changed."
_RENEWED = "You have a new secret address. The old one has stopped working."
_SENT = "We have sent a link to %(address)s. Open it there and confirm, and it is linked to your account."
_ASKED_OFTEN = "You have asked for several links. Use the last one, or try again in %(seconds)s seconds."
SENTENCES = (_REMOVED, _NEVER_LINKED, _RENEWED, _SENT, _ASKED_OFTEN)
"""What the page says that stands in no template: translated where it is said."""
_MOST_CHARS = 320

Member = Annotated[Caller, Depends(PageAllowed(Role.MEMBER))]
Action = Literal["add", "remove", "renew"]


def _self(caller: Caller) -> MemberId:
    if caller.only_member is None:
        raise LookupError(f"account {caller.account.id} has the role member and no member")
    return caller.only_member


@router.get("/addresses")
def show(request: Request, caller: Member) -> Response:
    """Members. How to send by mail and by text."""
    return _page(request, caller)


def _page(
    request: Request,
    caller: Caller,
    *,
    trouble: str = "",
    written: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    wiring = wiring_of(request)
    channels = wiring.channels_of(caller.program_id)
    return page(
        request,
        "addresses.html",
        account=caller.account,
        status=status,
        mine=my_addresses(wiring, program_id=caller.program_id, member_id=_self(caller)),
        numbers=() if channels.sms is None else tuple(map(our_number, channels.sms.numbers)),
        mail_can_be_added=channels.email is not None and bool(channels.email.smtp_host),
        number_can_be_added=channels.sms is not None,
        help=channels.help_contact,
        said=request.session.pop(_SAID, ""),
        trouble=trouble,
        written=written,
    )


@router.post("/addresses")
def change(
    request: Request,
    caller: Member,
    do: Annotated[Action, Form()],
    address: Annotated[PlainText, Form(max_length=_MOST_CHARS)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Members. Adds or removes an address or number, or renews the secret address."""
    check_csrf(request, csrf_token)
    try:
        request.session[_SAID] = _done(request, caller, do, address)
    except ApiError as error:
        answer = _page(request, caller, trouble=error.detail, written=address, status=error.status)
        answer.headers.update(error.headers)
        return answer
    return RedirectResponse("/addresses", HTTPStatus.SEE_OTHER)


def _done(request: Request, caller: Caller, do: Action, written: str) -> str:
    """Do it; what is said about it."""
    wiring, member_id = wiring_of(request), _self(caller)
    match do:
        case "add":
            return _ask(request, caller, written)
        case "remove":
            linked = my_addresses(wiring, program_id=caller.program_id, member_id=member_id).linked
            for each in linked:
                if each.value == written:
                    unlink(wiring, program_id=caller.program_id, member_id=member_id, address=each)
                    return said_to(request, caller.account, _REMOVED, address=address_text(each))
            return said_to(request, caller.account, _NEVER_LINKED)
        case "renew":
            renew_secret(wiring, program_id=caller.program_id, member_id=member_id)
            return said_to(request, caller.account, _RENEWED)
        case _:
            assert_never(do)


def _ask(request: Request, caller: Caller, written: str) -> str:
    """Send the link, slowed down: each one costs money, and may go to someone who never asked for it.

    Raises:
        ApiError: 422 for what cannot be linked, 429 while the member must wait.
    """
    throttle: Throttle = request.app.state.link_throttle
    name = f"links asked for by {caller.account.id}"
    wait_s = throttle.wait_s(name)
    if wait_s > 0:
        raise ApiError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too_many_attempts",
            said_to(request, caller.account, _ASKED_OFTEN, seconds=wait_s),
            headers={"Retry-After": str(wait_s)},
        )
    asked = ask_to_link(
        wiring_of(request), program_id=caller.program_id, member_id=_self(caller), written=written
    )
    throttle.failed(name)  # refused ones too: each is looked up, and most are guesses
    if isinstance(asked, NotLinked):
        raise _refused(asked)
    return said_to(request, caller.account, _SENT, address=address_text(asked))


def _refused(answer: NotLinked) -> ApiError:
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "not_linked", answer.sentence)
