"""Fraud policies: which judges, how often it is wrong, and what another would have made of past receipts."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import Caller, PageAllowed, check_csrf, wiring_of
from api.errors import not_found
from api.pages.render import page
from api.routes.policies import FLIPS_SHOWN, SHADOW_MOST, WAYS, VersionQuery
from awarding.fraud.policy_file import FraudPolicy, PolicyError, parse_policy_text
from pipeline.judging import policy_of
from pipeline.policies import effective, give_role, import_policy, policy_list, policy_view
from pipeline.sampling import policy_rates
from pipeline.shadow import ShadowReport, report_of, shadow_run
from pipeline.steps.programs import program_of
from receipts.database.repositories.policies import PolicyRole, PolicyVersionError
from receipts.identity import Role

router = APIRouter(include_in_schema=False)

DOCUMENT_MAX = 200_000
"""Characters; the whole built-in policy, written out, has some 10,000."""
_NAMED = "The policy as JSON"
_SAID = "said"

Admin = Annotated[Caller, Depends(PageAllowed(Role.ADMIN))]


@router.get("/program/policies")
def policies_page(request: Request, caller: Admin, version: VersionQuery = None) -> Response:
    """Admins. All versions, one of them in full, and the error rates of what was decided."""
    return _shown(request, caller, version=version)


def _shown(
    request: Request,
    caller: Caller,
    *,
    version: int | None = None,
    text: str = "",
    problems: tuple[str, ...] = (),
    report: ShadowReport | None = None,
) -> Response:
    wiring = wiring_of(request)
    view = policy_view(wiring, program_id=caller.program_id, version=version)
    if view is None:
        raise not_found("fraud policy")
    versions = policy_list(wiring, program_id=caller.program_id)
    return page(
        request,
        "policies.html",
        account=caller.account,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        said=request.session.pop(_SAID, ""),
        problems=problems,
        versions=versions,
        view=view,
        effective=effective(wiring, program_id=caller.program_id, version=view.version),
        rates=policy_rates(wiring, program_id=caller.program_id),
        text=text or _next_document(view.document, newest=versions[0].version),
        report=report,
        ways=WAYS,
    )


def _next_document(document: dict[str, object], *, newest: int) -> str:
    return json.dumps({**document, "version": newest + 1}, indent=2, ensure_ascii=False)


@router.post("/program/policies")
def write_policy(
    request: Request,
    caller: Admin,
    document: Annotated[str, Form(max_length=DOCUMENT_MAX)] = "",
    what: Annotated[str, Form(max_length=16)] = "shadow",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Admins. Tries a document on past receipts, or keeps it as a version."""
    check_csrf(request, csrf_token)
    try:
        policy, read = parse_policy_text(document, where=_NAMED)
        if what != "keep":
            return _shown(request, caller, text=document, report=_report(request, caller, policy))
        new = import_policy(
            wiring_of(request),
            program_id=caller.program_id,
            policy=policy,
            document=read,
            author=caller.account.id,
        )
    except PolicyError as error:
        return _shown(request, caller, text=document, problems=tuple(error.problems))
    except PolicyVersionError as error:
        return _shown(
            request, caller, text=document, problems=(f"{str(error)[:1].upper()}{str(error)[1:]}.",)
        )
    kept = "is kept" if new else "was kept already"
    request.session[_SAID] = f"Version {policy.version} {kept}. It judges nothing until it is put in force."
    return RedirectResponse(f"/program/policies?version={policy.version}", HTTPStatus.SEE_OTHER)


def _report(request: Request, caller: Caller, policy: FraudPolicy) -> ShadowReport:
    runs = shadow_run(wiring_of(request), program_id=caller.program_id, policy=policy)
    return report_of(runs, most=SHADOW_MOST, shown=FLIPS_SHOWN)


@router.get("/program/policies/shadow")
def shadow_page(request: Request, caller: Admin, version: VersionQuery = None) -> Response:
    """Admins. What a version that is kept would have made of past receipts."""
    wiring = wiring_of(request)
    program = program_of(wiring, caller.program_id)
    with wiring.database.read() as session:
        policy = None if version is None else policy_of(session, program, version)
    if policy is None:
        raise not_found("fraud policy")
    return _shown(request, caller, version=version, report=_report(request, caller, policy))


@router.post("/program/policies/role")
def give_role_page(
    request: Request,
    caller: Admin,
    version: Annotated[int, Form()],
    role: Annotated[str, Form(max_length=16)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Admins. Puts a version in force, tries it beside the one in force, or tries none any more."""
    check_csrf(request, csrf_token)
    roles = {
        "use": (PolicyRole.IN_FORCE, version, f"Version {version} judges what is screened from now on."),
        "try": (PolicyRole.SHADOW, version, f"Version {version} is tried beside the one in force."),
        "stop": (PolicyRole.SHADOW, None, "No version is tried any more."),
    }
    if role not in roles:
        raise not_found("role of a policy")
    given, of, said = roles[role]
    if not give_role(
        wiring_of(request), program_id=caller.program_id, role=given, version=of, author=caller.account.id
    ):
        raise not_found("fraud policy")
    request.session[_SAID] = said
    return RedirectResponse(f"/program/policies?version={version}", HTTPStatus.SEE_OTHER)
