"""The program's own data: the catalog that receipts are matched against, and the campaigns that pay."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request
from starlette.concurrency import run_in_threadpool

from api import models
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, FieldError, documented, not_found
from api.uploads import ReceivedFile, UploadLimits, receive_upload
from awarding.campaign_file import CampaignError, campaign_document, parse_campaign
from matching.catalog_file import CatalogError, load_catalog
from pipeline.catalogs import ShrinkingError, check_shrinking, import_catalog
from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.database.repositories.catalogs import content_of
from receipts.database.repositories.programs import CampaignVersionError, ProgramData, Programs
from receipts.identity import Role

router = APIRouter(prefix="/v1", tags=["program"])

CATALOG_MAX_BYTES = 100_000_000
"""A catalog of 100,000 products with aliases is about 20 MB of CSV."""

Admin = Annotated[Caller, Depends(Allowed(Role.ADMIN))]
Reader = Annotated[Caller, Depends(Allowed(Role.ADMIN, Role.REVIEWER, Role.SERVICE))]

_CATALOG_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "contentMediaType": "application/octet-stream",
                            "description": "CSV, JSON Lines or Parquet: sku, gtin, brand, name, size, "
                            "category, msrp, aliases ('|' between). Only sku and name are required.",
                        }
                    },
                }
            }
        },
    }
}


@router.get(
    "/catalog",
    summary="See which catalog is in force",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def get_catalog(request: Request, caller: Reader) -> models.CatalogInForce:
    """Roles: admin, reviewer, service."""
    with wiring_of(request).database.read() as session:
        data = ProgramData(session, caller.program_id)
        newest = data.newest_catalog()
        if newest is None:
            raise not_found("catalog")
        products = len(data.skus(newest[0]))
    return models.CatalogInForce(version=content_of(newest[1]), products=products)


@router.put(
    "/catalog",
    summary="Import a catalog",
    openapi_extra=_CATALOG_BODY,
    responses=documented(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.CONFLICT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)
async def put_catalog(
    request: Request,
    caller: Admin,
    force: Annotated[bool, Query(description="Even if a fifth of the products in force is missing.")] = False,
    effective: Annotated[date | None, Query(description="The first purchase day that it holds for.")] = None,
) -> models.CatalogInForce:
    """Roles: admin. The whole catalog anew; receipts that were matched before keep the one they had."""
    limits = UploadLimits(CATALOG_MAX_BYTES, CATALOG_MAX_BYTES, files_max=1)
    async with receive_upload(request, limits) as upload:
        if not upload.files:
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "no_file", "Send the catalog as the part named 'file'."
            )
        return await run_in_threadpool(
            _import_catalog, wiring_of(request), caller, upload.files[0], effective, force=force
        )


def _import_catalog(
    wiring: Wiring, caller: Caller, file: ReceivedFile, effective: date | None, *, force: bool
) -> models.CatalogInForce:
    if file.path is None:
        largest = CATALOG_MAX_BYTES // 1_000_000
        raise ApiError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"A catalog file may have at most {largest} MB."
        )
    with wiring.database.read() as session:
        program = Programs(session).find(caller.program_id)
    if program is None:
        raise LookupError(
            f"account {caller.account.id} names program {caller.program_id}, which is not there"
        )
    try:
        catalog = load_catalog(file.path, currency=program.currency, called=file.name)
    except CatalogError as error:
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "catalog_wrong", str(error)) from error
    try:
        if not force:
            check_shrinking(wiring, program.id, catalog, on=effective)
    except ShrinkingError as error:
        raise ApiError(HTTPStatus.CONFLICT, "catalog_shrinks", str(error)) from error
    made = import_catalog(wiring, program.id, catalog, effective_on=effective)
    return models.CatalogInForce(
        version=catalog.version, products=len(catalog.products), imported=made.created
    )


@router.get(
    "/campaigns",
    summary="List campaigns",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def list_campaigns(request: Request, caller: Reader) -> models.CampaignList:
    """Roles: admin, reviewer, service. Those in force, by id."""
    with wiring_of(request).database.read() as session:
        found = ProgramData(session, caller.program_id).campaigns()
    return models.CampaignList(
        items=[
            models.CampaignInForce(id=each.id, version=each.version, document=each.document) for each in found
        ]
    )


@router.post(
    "/campaigns",
    status_code=HTTPStatus.CREATED,
    summary="Import a campaign",
    responses=documented(
        HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY
    ),
)
def create_campaign(
    request: Request,
    caller: Admin,
    document: Annotated[dict[str, Any], Body(description="As docs/campaign.schema.json says.")],
) -> models.CampaignInForce:
    """Roles: admin. A new campaign, or a known one's next version. Repeated, it changes nothing."""
    try:
        campaign = parse_campaign(document)
    except CampaignError as error:
        errors = tuple(FieldError(location="body", message=problem) for problem in error.problems)
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "campaign_wrong", " ".join(error.problems), errors=errors
        ) from error
    kept = campaign_document(campaign)
    try:
        with wiring_of(request).database.write() as session:
            data = ProgramData(session, caller.program_id)
            data.import_campaign(campaign.id, campaign.version, kept, utc_now())
    except CampaignVersionError as error:
        raise ApiError(HTTPStatus.CONFLICT, "campaign_version", str(error)) from error
    return models.CampaignInForce(id=campaign.id, version=campaign.version, document=kept)
