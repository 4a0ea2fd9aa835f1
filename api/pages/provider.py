"""Signing staff in by their organisation's provider of OpenID Connect: there, and back."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import before_sign_in, end_session, start_session, wiring_of
from api.pages.account import provider_shown, safe_path
from api.pages.render import page
from pipeline.clock import utc_now
from pipeline.provider.base import Begun, NoStaffError, NotBelievedError, ProviderAwayError
from pipeline.provider.staff import LIFE_S, NOBODY, PASSED_ON, UNVERIFIED, account_of, spend
from pipeline.wiring import PROVIDER_BACK

router = APIRouter(include_in_schema=False, dependencies=[Depends(before_sign_in)])

_log = structlog.get_logger(__name__)
_KEY = "begun"
NONE = "Nobody signs in by a provider here. Sign in with your password."
AWAY = "Your organisation's sign-in does not answer. Try again in a minute."
NOT_BELIEVED = "This did not sign you in. Start again here, in this browser, and go on within ten minutes."
SENTENCES = (NONE, AWAY, NOT_BELIEVED, UNVERIFIED, PASSED_ON, NOBODY)


@router.get("/sign-in/provider")
def go_to_provider(request: Request, next: str = "/", again: str = "") -> Response:  # noqa: A002  (the form field's name)
    """Open. Notes in this browser what was begun, and leads to the provider."""
    provider = wiring_of(request).provider
    if provider is None:
        return _refused(request, NONE, HTTPStatus.NOT_FOUND)
    try:
        begun, address = provider.begin(ask_who=again == "1")
    except ProviderAwayError as error:
        _log.warning("provider away", why=str(error))
        return _refused(request, AWAY, HTTPStatus.SERVICE_UNAVAILABLE)
    request.session[_KEY] = {
        "state": begun.state,
        "nonce": begun.nonce,
        "verifier": begun.verifier,
        "at": int(utc_now().timestamp()),
        "next": safe_path(next[:1000]),
    }
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


@router.get(PROVIDER_BACK)
def come_back(request: Request) -> Response:
    """Open. Starts a fresh session for whoever the provider says it is, where an admin invited them."""
    wiring = wiring_of(request)
    provider = wiring.provider
    if provider is None:
        return _refused(request, NONE, HTTPStatus.NOT_FOUND)
    begun, after = _begun(request)
    try:
        if begun is None:
            raise NotBelievedError("this browser has begun no sign-in, or too long ago")
        answer = {name: request.query_params.get(name) for name in ("state", "code", "iss", "error")}
        identity = provider.finish(
            begun, {name: value for name, value in answer.items() if value is not None}
        )
        spend(wiring, begun)
        account = account_of(wiring, provider.settings, identity)
    except ProviderAwayError as error:
        _log.warning("provider away", why=str(error))
        return _refused(request, AWAY, HTTPStatus.SERVICE_UNAVAILABLE)
    except NotBelievedError as error:
        _log.warning("provider not believed", why=str(error))
        return _refused(request, NOT_BELIEVED, HTTPStatus.UNAUTHORIZED)
    except NoStaffError as error:
        _log.warning("nobody here", issuer=provider.settings.issuer)
        end_session(request)  # whoever was signed in here wanted to be somebody else
        return _refused(request, str(error), HTTPStatus.FORBIDDEN)
    start_session(request, account, issuer=provider.settings.issuer)
    return RedirectResponse(after, HTTPStatus.SEE_OTHER)


def _begun(request: Request) -> tuple[Begun | None, str]:
    """What this browser began, which it forgets with that; and where it wanted to go."""
    kept = request.session.pop(_KEY, None)
    if not isinstance(kept, dict) or utc_now().timestamp() - kept["at"] > LIFE_S:
        return None, "/"
    return Begun(kept["state"], kept["nonce"], kept["verifier"]), safe_path(kept["next"])


def _refused(request: Request, why: str, status: HTTPStatus) -> Response:
    return page(
        request,
        "sign_in.html",
        account=None,
        status=status,
        trouble=why,
        email="",
        next="/",
        **provider_shown(request, again=True),
    )
