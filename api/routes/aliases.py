"""What reviewers taught about shops' prints: the list, one in full, and taking one back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from api import alias_models as models
from api import cursors
from api.auth import Allowed, Caller, wiring_of
from api.errors import documented, not_found
from api.plain_text import PlainText
from api.presenters import amount
from api.queries import KnownQuery
from pipeline.learned_views import (
    LearnedView,
    learned_counts,
    learned_page,
    learned_view,
    withdraw_alias,
)
from receipts.identity import Role

router = APIRouter(prefix="/v1/aliases", tags=["review"])

PAGE_DEFAULT = 50
PAGE_MOST = 200
SEARCH_MOST_CHARACTERS = 100

Reviewer = Annotated[Caller, Depends(Allowed(Role.REVIEWER, Role.ADMIN))]


def _alias(view: LearnedView) -> models.Alias:
    alias = view.alias
    choice = alias.choice
    return models.Alias(
        id=alias.id,
        shop=alias.shop.name,
        known_by=alias.print.kind.value,
        key=alias.print.key,
        printed=choice.printed,
        sku=choice.sku,
        product=view.answer,
        confirmations=choice.count,
        confirmed_at=choice.confirmed_at,
        confirmed_by=alias.author,
        receipt_id=alias.receipt_id,
        lowest=amount(choice.lowest),
        highest=amount(choice.highest),
        used_at=alias.used_at,
        disputed=bool(alias.others),
        rivals=[
            models.AliasRival(sku=other.sku, product=words, confirmations=count)
            for other, (words, count) in zip(alias.others, view.rivals, strict=True)
        ],
    )


@router.get(
    "",
    summary="List what reviewers taught",
    dependencies=[Depends(KnownQuery("search", "disputed", "cursor", "limit"))],
    responses=documented(
        HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY
    ),
)
def list_aliases(
    request: Request,
    caller: Reviewer,
    search: Annotated[
        PlainText,
        Query(max_length=SEARCH_MOST_CHARACTERS, description="Words of the shop, the print or the SKU."),
    ] = "",
    disputed: Annotated[bool, Query(description="Only prints that reviewers do not agree on.")] = False,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MOST)] = PAGE_DEFAULT,
) -> models.AliasPage:
    """Roles: reviewer, admin. The latest confirmed first."""
    wiring = wiring_of(request)
    found = learned_page(
        wiring,
        program_id=caller.program_id,
        search=search,
        disputed=disputed,
        before=cursors.decode(cursor),
        limit=limit + 1,
    )
    page = found[:limit]
    total, rivals = learned_counts(wiring, program_id=caller.program_id)
    return models.AliasPage(
        items=[_alias(each) for each in page],
        total=total,
        disputed=rivals,
        next_cursor=cursors.encode(page[-1].alias.last_event) if len(found) > limit else None,
    )


@router.get(
    "/{alias_id}",
    summary="See one thing that reviewers taught",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def get_alias(request: Request, caller: Reviewer, alias_id: str) -> models.Alias:
    """Roles: reviewer, admin. One that was withdrawn is not there any more."""
    view = learned_view(wiring_of(request), program_id=caller.program_id, alias_id=alias_id)
    if view is None:
        raise not_found("learned name")
    return _alias(view)


@router.post(
    "/{alias_id}/withdrawal",
    summary="Take back what reviewers taught",
    responses=documented(
        HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY
    ),
)
def withdraw(
    request: Request, caller: Reviewer, alias_id: str, asked: models.AliasWithdrawal
) -> models.AliasWithdrawn:
    """Roles: reviewer, admin. Its confirmations count no more, nor what was said with them of the same line.

    Lines are matched without it from now on. What was paid by it stays paid: see `tillpoints rematch`.
    """
    taken = withdraw_alias(
        wiring_of(request),
        program_id=caller.program_id,
        alias_id=alias_id,
        author=caller.account.id,
        reason=asked.reason,
    )
    if not taken:
        raise not_found("learned name")
    return models.AliasWithdrawn(id=alias_id)
