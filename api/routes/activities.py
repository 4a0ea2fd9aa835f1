"""What members do beside buying, and what the core loyalty service says of them, as earning rules ask it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated, Any, assert_never

from fastapi import APIRouter, Body, Depends, Header, Query, Request, Response
from pydantic import Field

from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, FieldError, documented, not_found
from api.idempotency import parse_key
from api.models import Shape
from awarding.campaign_file import CampaignError, parse_campaign
from pipeline.activities import Counted, Event, InTheFuture, NoSuchMember, OtherEvent, tell
from pipeline.campaign_preview import preview
from pipeline.clock import utc_now
from pipeline.standing import UnknownMember, WrongBirthday, keep_standing, standing_of
from pipeline.status import MovedByRules
from receipts.identity import MemberId, Role

router = APIRouter(prefix="/v1", tags=["earning"])

Teller = Annotated[Caller, Depends(Allowed(Role.SERVICE, Role.ADMIN))]
Admin = Annotated[Caller, Depends(Allowed(Role.ADMIN))]
_Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="Stands for the event's id where the body names none."),
]
_Name = Annotated[str, Field(min_length=1, max_length=200)]


class ActivityToTell(Shape):
    """Something that a member did."""

    member_id: str
    event: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$", examples=["signup", "profile_completed"])]
    id: Annotated[
        str | None,
        Field(min_length=1, max_length=200, description="The sender's own: the same again counts once."),
    ] = None
    happened_on: Annotated[
        date | None, Field(description="In the program's time zone; today if left out.")
    ] = None


class ActivityCounted(Shape):
    """The event as it was counted, with the answers of the rules about it."""

    id: str
    event_id: str
    member_id: str
    event: str
    happened_on: date
    points: int
    rules: list[dict[str, Any]]


class Standing(Shape):
    """What earning rules know of a member."""

    birthday: Annotated[
        str | None, Field(pattern=r"^\d{2}-\d{2}$", description="Month and day.", examples=["03-06"])
    ] = None
    segments: Annotated[list[_Name], Field(max_length=500, default_factory=list)]
    tier: Annotated[str | None, Field(max_length=200, description="Null or empty for none.")] = None
    badges: Annotated[list[_Name], Field(max_length=500, default_factory=list)]


class StandingToKeep(Standing):
    """What the core service says; badges are added and never taken."""

    since: Annotated[
        date | None, Field(description="From which purchase day on tier and badges count; today if left out.")
    ] = None


@router.post(
    "/activities",
    summary="Tell of an activity",
    status_code=HTTPStatus.CREATED,
    responses=documented(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)
def tell_activity(
    request: Request, response: Response, caller: Teller, activity: ActivityToTell, key: _Key = None
) -> ActivityCounted:
    """Roles: service, admin. Told again under its id it answers as before, with 200, and pays nothing."""
    event_id = activity.id or parse_key(key)
    if event_id is None:
        raise ApiError(
            HTTPStatus.BAD_REQUEST,
            "event_id_missing",
            "Name the event by its id in the body, or send an Idempotency-Key: told twice it counts once.",
        )
    event = Event(MemberId(activity.member_id), activity.event, event_id, activity.happened_on)
    found = tell(wiring_of(request), caller.program_id, event)
    match found:
        case NoSuchMember():
            raise not_found("member")
        case InTheFuture(today):
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "day_to_come",
                f"happened_on is yet to come: it is {today} in the program's time zone.",
            )
        case OtherEvent(other):
            raise ApiError(
                HTTPStatus.CONFLICT,
                "other_event",
                f"The id {event_id} names {other.event} of another member or another event; use a new id.",
            )
        case Counted(counted, created):
            response.status_code = HTTPStatus.CREATED if created else HTTPStatus.OK
            return ActivityCounted(
                id=counted.id,
                event_id=counted.event_id,
                member_id=counted.member_id,
                event=counted.event,
                happened_on=counted.happened_on,
                points=counted.points,
                rules=list(counted.outcomes),
            )
        case _:
            assert_never(found)


class RulePreviewed(Shape):
    """One rule: how many receipts it would have paid, and how many points."""

    campaign_id: str
    rule_id: str
    receipts: int
    points: int


class CampaignPreviewed(Shape):
    """What the campaign would have paid for past receipts."""

    looked_at: Annotated[int, Field(description="Receipts that another campaign might pay.")]
    receipts: Annotated[int, Field(description="Of those, how many would have earned.")]
    points: int
    members: int
    largest: Annotated[int, Field(description="Points of the receipt that would have earned most.")]
    rules: list[RulePreviewed]


@router.post(
    "/campaigns/preview",
    summary="Preview a campaign on past receipts",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def preview_campaign(
    request: Request,
    caller: Admin,
    document: Annotated[dict[str, Any], Body(description="As docs/campaign.schema.json says.")],
    days: Annotated[int, Query(ge=1, le=366, description="Receipts of the last so many days.")] = 90,
) -> CampaignPreviewed:
    """Roles: admin. Nothing is put in force, and nothing is paid."""
    try:
        campaign = parse_campaign(document)
    except CampaignError as error:
        errors = tuple(FieldError(location="body", message=problem) for problem in error.problems)
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "campaign_wrong", " ".join(error.problems), errors=errors
        ) from error
    since = utc_now() - timedelta(days=days)
    found = preview(wiring_of(request), caller.program_id, [campaign], since=since)
    return CampaignPreviewed.model_validate(asdict(found))


@router.get(
    "/members/{member_id}/facts",
    summary="See what earning rules know of a member",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def get_facts(request: Request, caller: Teller, member_id: str) -> Standing:
    """Roles: service, admin."""
    found = standing_of(wiring_of(request), caller.program_id, MemberId(member_id))
    if isinstance(found, UnknownMember):
        raise not_found("member")
    return Standing(
        birthday=found.birthday,
        segments=list(found.segments),
        tier=found.tier or None,
        badges=list(found.badges),
    )


@router.put(
    "/members/{member_id}/facts",
    summary="Say what earning rules may know of a member",
    responses=documented(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)
def put_facts(request: Request, caller: Teller, member_id: str, facts: StandingToKeep) -> Standing:
    """Roles: service, admin. Birthday, segments and tier are replaced; a changed tier keeps its day."""
    found = keep_standing(
        wiring_of(request),
        caller.program_id,
        MemberId(member_id),
        birthday=facts.birthday,
        segments=tuple(facts.segments),
        tier=facts.tier or "",
        badges=tuple(facts.badges),
        since=facts.since,
    )
    match found:
        case UnknownMember():
            raise not_found("member")
        case WrongBirthday(text):
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "birthday_wrong",
                f"{text} is no day of the year; write MM-DD.",
            )
        case MovedByRules(what):
            raise ApiError(
                HTTPStatus.CONFLICT,
                "moved_by_rules",
                f"The program's status document moves {what}; leave that out, or change the document.",
            )
        case _:
            return get_facts(request, caller, member_id)
