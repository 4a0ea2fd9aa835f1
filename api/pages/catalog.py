"""The catalog's page: search, change a product, try a file before its import, and what is probably ours."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.auth import CSRF_FIELD, Caller, PageAllowed, check_csrf, wiring_of
from api.errors import ApiError, not_found
from api.pages.render import page
from api.plain_text import PlainText
from api.routes.program import CATALOG_MAX_BYTES
from api.tables_out import days_of, file_of, value_text
from api.uploads import ReceivedFile, UploadLimits, receive_upload
from matching.catalog_file import CatalogError, load_catalog
from pipeline.catalog_desk import (
    CatalogMovedError,
    NoSuchProductError,
    change_product,
    product_in_force,
    search_catalog,
)
from pipeline.catalog_preview import Preview, preview
from pipeline.catalogs import ShrinkingError, check_shrinking, import_catalog
from pipeline.dashboard_lists import probably_own, probably_own_table
from pipeline.steps.programs import program_of
from receipts.identity import Role

router = APIRouter(include_in_schema=False)

Admin = Annotated[Caller, Depends(PageAllowed(Role.ADMIN))]
FOUND, PROBABLY, IN_FILE = 20, 25, 100_000
EXAMPLES = 20
"""Findings shown under each heading of a report; the file's own report has all."""
_SAID = "said"


@router.get("/program/catalog")
def catalog_page(
    request: Request, caller: Admin, q: Annotated[PlainText, Query(max_length=200)] = ""
) -> Response:
    """Admins."""
    return _page(request, caller, words=q)


def _page(
    request: Request,
    caller: Caller,
    *,
    words: str = "",
    trouble: str = "",
    report: Preview | None = None,
    tried: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    wiring = wiring_of(request)
    currency = program_of(wiring, caller.program_id).currency
    probably = probably_own(wiring, caller.program_id, limit=PROBABLY)
    return page(
        request,
        "catalog.html",
        account=caller.account,
        status=status,
        said=request.session.pop(_SAID, ""),
        trouble=trouble,
        words=words,
        catalog=search_catalog(wiring, caller.program_id, words, limit=FOUND),
        most=FOUND,
        probably=probably_own_table(probably),
        examples_of=probably,
        report=report,
        tried=tried,
        examples=EXAMPLES,
        shown=lambda value, unit: value_text(value, unit, currency),
    )


@router.get("/program/catalog/probably-own")
def probably_own_file(
    request: Request, caller: Admin, form: Annotated[PlainText, Query(max_length=20)] = "csv"
) -> Response:
    """Admins. All lines that are probably the program's."""
    found = probably_own(wiring_of(request), caller.program_id, limit=IN_FILE)
    return file_of(probably_own_table(found), form)


@router.post("/program/catalog")
async def import_page(request: Request, caller: Admin) -> Response:
    """Admins. Tries a file, or imports it."""
    limits = UploadLimits(CATALOG_MAX_BYTES, CATALOG_MAX_BYTES, files_max=1)
    async with receive_upload(request, limits) as upload:
        check_csrf(request, upload.fields.get(CSRF_FIELD, ""))
        if not upload.files or not upload.files[0].size_bytes:
            return await run_in_threadpool(
                _page,
                request,
                caller,
                trouble="Choose the catalog’s file first: CSV, JSON Lines or Parquet.",
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
            )
        fields = dict(upload.fields)
        return await run_in_threadpool(_take, request, caller, upload.files[0], fields)


def _take(request: Request, caller: Caller, file: ReceivedFile, fields: dict[str, str]) -> Response:
    wiring = wiring_of(request)
    if file.path is None:
        largest = CATALOG_MAX_BYTES // 1_000_000
        raise ApiError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"A catalog file may have at most {largest} MB."
        )
    program = program_of(wiring, caller.program_id)
    try:
        effective: date | None = days_of(fields.get("effective", ""), "")[0]
        if fields.get("what") != "import":
            report = preview(wiring, program, file.path, on=effective)
            return _page(request, caller, report=report, tried=file.name)
        catalog = load_catalog(file.path, currency=program.currency, called=file.name)
        if "force" not in fields:
            check_shrinking(wiring, program.id, catalog, on=effective)
    except (ApiError, CatalogError, ShrinkingError) as error:
        said = error.detail if isinstance(error, ApiError) else str(error)
        return _page(request, caller, trouble=said, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    made = import_catalog(wiring, program.id, catalog, effective_on=effective)
    request.session[_SAID] = (
        f"{len(catalog.products)} products are in force."
        if made.created
        else "This very catalog is in force already; nothing was changed."
    )
    return RedirectResponse("/program/catalog", HTTPStatus.SEE_OTHER)


@router.get("/program/catalog/product")
def product_page(
    request: Request, caller: Admin, sku: Annotated[PlainText, Query(max_length=100)]
) -> Response:
    """Admins. One product, to be changed."""
    return _product(request, caller, sku)


def _product(request: Request, caller: Caller, sku: str, trouble: str = "") -> Response:
    try:
        number, product = product_in_force(wiring_of(request), caller.program_id, sku)
    except NoSuchProductError as error:
        raise not_found("product") from error
    return page(
        request,
        "catalog_product.html",
        account=caller.account,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK,
        number=number,
        product=product,
        trouble=trouble,
    )


@router.post("/program/catalog/product")
def change_product_page(
    request: Request,
    caller: Admin,
    sku: Annotated[PlainText, Form(max_length=100)] = "",
    catalog: Annotated[int, Form()] = 0,
    name: Annotated[PlainText, Form(max_length=500)] = "",
    brand: Annotated[PlainText, Form(max_length=200)] = "",
    size: Annotated[PlainText, Form(max_length=100)] = "",
    category: Annotated[PlainText, Form(max_length=200)] = "",
    gtin: Annotated[PlainText, Form(max_length=20)] = "",
    msrp: Annotated[PlainText, Form(max_length=20)] = "",
    aliases: Annotated[str, Form(max_length=20_000)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Admins. The product as changed is a new catalog's; receipts that were matched keep theirs."""
    check_csrf(request, csrf_token)
    fields = {"name": name, "brand": brand, "size": size, "category": category, "gtin": gtin}
    fields |= {"msrp": msrp, "aliases": aliases.replace("\r", "")}
    try:
        change_product(wiring_of(request), caller.program_id, sku, fields, number=catalog)
    except NoSuchProductError as error:
        raise not_found("product") from error
    except (CatalogError, CatalogMovedError) as error:
        return _product(request, caller, sku, trouble=str(error))
    request.session[_SAID] = f"{sku} is changed, for receipts matched from now on."
    return RedirectResponse(f"/program/catalog?q={quote(sku)}", HTTPStatus.SEE_OTHER)
