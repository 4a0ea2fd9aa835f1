"""The operator's page of failures: by cause, with a retry for one cause or for all."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import Caller, PageAllowed, check_csrf, wiring_of
from api.pages.render import page
from pipeline.failures import failure_groups, retry_failures
from receipts.identity import Role

router = APIRouter(include_in_schema=False)

MOST_AT_ONCE = 10_000
"""Sent back by one click; more take longer than a browser waits. The command has no such bound."""
_SAID = "failures_said"

Admin = Annotated[Caller, Depends(PageAllowed(Role.ADMIN))]


@router.get("/program/failures")
def failures(request: Request, caller: Admin) -> Response:
    """Admins. Causes, the most frequent first."""
    groups = failure_groups(wiring_of(request), caller.program_id)
    return page(
        request,
        "failures.html",
        account=caller.account,
        groups=groups,
        total=sum(each.count for each in groups),
        said=request.session.pop(_SAID, ""),
    )


@router.post("/program/failures/retry")
def retry(
    request: Request,
    caller: Admin,
    cause: Annotated[str, Form(max_length=20)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Admins. Sends receipts of a cause, or all where none is named, back to the stage that failed."""
    check_csrf(request, csrf_token)
    wiring = wiring_of(request)
    group = None
    if cause:
        known = {each.key: each for each in failure_groups(wiring, caller.program_id)}
        group = known.get(cause)
    if cause and group is None:
        said = "Nothing has failed for that cause any more; nothing was done."
    else:
        sent = retry_failures(wiring, caller.program_id, group, most=MOST_AT_ONCE)
        said = "1 receipt is on its way again." if sent == 1 else f"{sent} receipts are on their way again."
        if sent == MOST_AT_ONCE:
            said += " Press again for the rest, or use `tillpoints retry`."
    request.session[_SAID] = said
    return RedirectResponse("/program/failures", HTTPStatus.SEE_OTHER)
