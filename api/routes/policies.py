"""Fraud policies: versions, which one judges, which is tried, and what another makes of the past."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request

from api import policy_models as models
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, FieldError, documented, not_found
from awarding.fraud.policy_file import (
    BUILT_IN_VERSION,
    VERSION_MAX,
    FraudPolicy,
    PolicyError,
    parse_policy,
)
from awarding.fraud.rates import Rate
from pipeline.judging import policy_of
from pipeline.policies import PolicyView, effective, give_role, import_policy, policy_list, policy_view
from pipeline.sampling import policy_rates
from pipeline.shadow import Flip, report_of, shadow_run
from pipeline.steps.programs import program_of
from receipts.database.repositories.policies import PolicyRole, PolicyVersionError
from receipts.fraud import Risk
from receipts.identity import Role

router = APIRouter(prefix="/v1/fraud-policies", tags=["program"])

SHADOW_MOST = 20_000
"""Receipts that one request looks at, the oldest first: 7 to 21 CPU seconds (docs/fraud.md)."""
FLIPS_SHOWN = 100

Admin = Annotated[Caller, Depends(Allowed(Role.ADMIN))]
VersionQuery = Annotated[int | None, Query(ge=BUILT_IN_VERSION, le=VERSION_MAX)]
VersionPath = Annotated[int, Path(ge=BUILT_IN_VERSION, le=VERSION_MAX)]

WAYS: dict[Risk, models.WayName] = {Risk.CLEAR: "pass", Risk.HOLD: "hold", Risk.DECLINE: "decline"}
_REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def _shape(view: PolicyView, whole: dict[str, Any] | None = None) -> models.PolicyVersion:
    return models.PolicyVersion(
        version=view.version,
        note=view.note,
        document=view.document,
        effective=whole,
        imported_by=view.author,
        imported_at=view.created_at,
        in_force=view.in_force,
        tried=view.shadow,
    )


def _found(request: Request, caller: Caller, version: int) -> models.PolicyVersion:
    wiring = wiring_of(request)
    view = policy_view(wiring, program_id=caller.program_id, version=version)
    if view is None:
        raise not_found("fraud policy")
    return _shape(view, effective(wiring, program_id=caller.program_id, version=version))


def _parsed(document: dict[str, Any]) -> FraudPolicy:
    try:
        return parse_policy(document)
    except PolicyError as error:
        errors = tuple(FieldError(location="body", message=problem) for problem in error.problems)
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "policy_wrong", " ".join(error.problems), errors=errors
        ) from error


@router.get("", summary="List fraud policies", responses=documented(*_REFUSALS))
def list_policies(request: Request, caller: Admin) -> models.PolicyList:
    """Roles: admin. Every version, the newest first and the built-in one last."""
    views = policy_list(wiring_of(request), program_id=caller.program_id)
    return models.PolicyList(items=[_shape(view) for view in views])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    summary="Import a fraud policy",
    responses=documented(*_REFUSALS, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def create_policy(
    request: Request,
    caller: Admin,
    document: Annotated[dict[str, Any], Body(description="As docs/fraud-policy.schema.json says.")],
) -> models.PolicyVersion:
    """Roles: admin. Kept as a version of its own and not yet in force. Repeated, it changes nothing."""
    policy = _parsed(document)
    try:
        import_policy(
            wiring_of(request),
            program_id=caller.program_id,
            policy=policy,
            document=document,
            author=caller.account.id,
        )
    except PolicyVersionError as error:
        raise ApiError(HTTPStatus.CONFLICT, "policy_version", str(error)) from error
    return _found(request, caller, policy.version)


@router.put(
    "/in-force",
    summary="Put a fraud policy in force",
    responses=documented(*_REFUSALS, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def put_in_force(request: Request, caller: Admin, asked: models.PolicyRoleRequest) -> models.PolicyVersion:
    """Roles: admin. Receipts screened from now on are judged by it; earlier verdicts stand."""
    _give(request, caller, PolicyRole.IN_FORCE, asked.version)
    return _found(request, caller, asked.version)


@router.put(
    "/tried",
    summary="Try a fraud policy",
    responses=documented(*_REFUSALS, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def put_tried(request: Request, caller: Admin, asked: models.PolicyTrialRequest) -> models.PolicyList:
    """Roles: admin. Each new receipt keeps its verdict beside the real one, and it decides nothing."""
    _give(request, caller, PolicyRole.SHADOW, asked.version)
    return list_policies(request, caller)


def _give(request: Request, caller: Caller, role: PolicyRole, version: int | None) -> None:
    if not give_role(
        wiring_of(request),
        program_id=caller.program_id,
        role=role,
        version=version,
        author=caller.account.id,
    ):
        raise not_found("fraud policy")


@router.post(
    "/shadow-runs",
    summary="Try a fraud policy on past receipts",
    responses=documented(*_REFUSALS, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def run_shadow(request: Request, caller: Admin, asked: models.ShadowRequest) -> models.ShadowReport:
    """Roles: admin. Which verdicts would flip, how many points, which members. Nothing is written."""
    wiring = wiring_of(request)
    runs = shadow_run(
        wiring,
        program_id=caller.program_id,
        policy=_asked_policy(request, caller, asked),
        since=None if asked.since is None else dt.datetime.combine(asked.since, dt.time(), tzinfo=dt.UTC),
    )
    found = report_of(runs, most=SHADOW_MOST, shown=FLIPS_SHOWN)
    return models.ShadowReport(
        looked_at=found.tally.looked_at,
        not_kept=found.tally.not_kept,
        complete=found.complete,
        flips=[
            models.ShadowCount(
                before=WAYS[before],
                after=WAYS[after],
                receipts=count.receipts,
                members=len(count.members),
                points=count.points,
                approved_by_a_person=count.approved,
                declined_by_a_person=count.declined,
            )
            for (before, after), count in found.tally.flips.items()
        ],
        examples=[_flip(each) for each in found.examples],
    )


def _asked_policy(request: Request, caller: Caller, asked: models.ShadowRequest) -> FraudPolicy:
    if (asked.document is None) == (asked.version is None):
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "no_policy", "Give either `document` or `version`, and not both."
        )
    if asked.document is not None:
        return _parsed(asked.document)
    wiring = wiring_of(request)
    program = program_of(wiring, caller.program_id)
    with wiring.database.read() as session:
        found = policy_of(session, program, asked.version or BUILT_IN_VERSION)
    if found is None:
        raise not_found("fraud policy")
    return found


def _flip(seen: Flip) -> models.ShadowFlip:
    return models.ShadowFlip(
        receipt_id=seen.receipt_id,
        member_id=seen.member_id,
        received_at=seen.received_at,
        before=WAYS[seen.before],
        after=WAYS[seen.after],
        score_before=seen.score_before,
        score_after=seen.score_after,
        points=seen.points,
        reviewed=seen.reviewed,
    )


@router.get("/rates", summary="See how often the policy is wrong", responses=documented(*_REFUSALS))
def get_rates(request: Request, caller: Admin) -> models.Rates:
    """Roles: admin. From the answers to blind reviews, with 95 % intervals."""
    found = policy_rates(wiring_of(request), program_id=caller.program_id)
    return models.Rates(
        false_approve=_rate(found.false_approve),
        false_decline=_rate(found.false_decline),
        waiting=found.waiting,
        disagreed=[
            models.Disagreement.model_validate(
                {
                    "receipt_id": each.receipt_id,
                    "decided": each.decided,
                    "answer": each.answer,
                    "note": each.note,
                }
            )
            for each in found.disagreed
        ],
    )


def _rate(rate: Rate) -> models.RateShape:
    return models.RateShape(
        wrong=rate.wrong,
        looked_at=rate.looked_at,
        share=rate.share if rate.looked_at else None,
        low=rate.low,
        high=rate.high,
    )


@router.get(
    "/{version}",
    summary="See a fraud policy",
    responses=documented(*_REFUSALS, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def get_policy(request: Request, caller: Admin, version: VersionPath) -> models.PolicyVersion:
    """Roles: admin. With all that it leaves to the program and the product filled in."""
    return _found(request, caller, version)
