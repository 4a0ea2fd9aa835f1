"""The dashboard: what members buy, where, with what, and how fast they get their points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from markupsafe import Markup

from api.auth import Caller, PageAllowed, wiring_of
from api.errors import ApiError
from api.pages import charts
from api.pages.render import page
from api.plain_text import PlainText
from api.tables_out import days_of, file_of, value_text
from pipeline.dashboard import LISTED_IN_FILES, Asked, Report, dashboard
from pipeline.dashboard_lists import PURCHASE_COLUMNS, choices, purchases
from pipeline.tables import Table, Value, csv_lines
from receipts.identity import Role

router = APIRouter(include_in_schema=False)

Admin = Annotated[Caller, Depends(PageAllowed(Role.ADMIN))]
Text = Annotated[PlainText, Query(max_length=200)]


def asked_of(
    first: Text = "", last: Text = "", retailer: Text = "", product: Text = "", segment: Text = ""
) -> Asked:
    """The filter of the address.

    Raises:
        ApiError: 422, a day is none.
    """
    start, end = days_of(first, last)
    return Asked(start, end, retailer, product, segment.strip())


Filter = Annotated[Asked, Depends(asked_of)]


@router.get("/program/dashboard")
def dashboard_page(request: Request, caller: Admin, asked: Filter) -> Response:
    """Admins."""
    wiring = wiring_of(request)
    report = dashboard(wiring, caller.program_id, asked)
    return page(
        request,
        "dashboard.html",
        account=caller.account,
        report=report,
        asked=asked,
        choices=choices(wiring, caller.program_id),
        drawn={table.key: chart for table in report.tables if (chart := _chart(table))},
        shown=lambda value, unit: value_text(value, unit, report.currency),
        query=_query(asked),
    )


def _query(asked: Asked) -> str:
    parts = {
        "first": "" if asked.first is None else asked.first.isoformat(),
        "last": "" if asked.last is None else asked.last.isoformat(),
        "retailer": asked.retailer,
        "product": asked.sku,
        "segment": asked.segment,
    }
    return urlencode({name: value for name, value in parts.items() if value})


def _number(value: Value) -> int | Decimal:
    return value if isinstance(value, int | Decimal) else 0


def _chart(table: Table) -> Markup:
    rows = table.rows
    match table.key:
        case "days":
            return charts.columns(
                [(row[0], int(_number(row[1]))) for row in rows if isinstance(row[0], date)]
            )
        case "channels":
            return charts.bars([(f"{row[0]}, {row[1]}", _number(row[2])) for row in rows])
        case "products":
            return charts.bars([(str(row[1]), _number(row[5])) for row in rows])
        case "retailers":
            return charts.bars([(str(row[0]), _number(row[3])) for row in rows])
        case "companions":
            return charts.bars([(str(row[0]), _number(row[1])) for row in rows])
        case "prices":
            series: dict[str, list[tuple[str, Decimal]]] = {}
            for sku, month, _lines, price in rows:
                series.setdefault(str(sku), []).append((str(month), Decimal(_number(price))))
            return charts.lines(list(series.items()))
        case _:
            return Markup()


@router.get("/program/dashboard/file")
def dashboard_file(
    request: Request, caller: Admin, asked: Filter, table: Text = "", form: Text = "csv"
) -> Response:
    """Admins. One table of the page as a file: whole, where the page shows the first rows."""
    wiring = wiring_of(request)
    if table == "purchases" and form == "csv":
        rows = purchases(wiring, caller.program_id, asked)
        return StreamingResponse(
            _encoded(csv_lines(PURCHASE_COLUMNS, rows)),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="purchases.csv"'},
        )
    if table == "purchases":
        kept = tuple(purchases(wiring, caller.program_id, asked))
        return file_of(Table("purchases", "Purchases", PURCHASE_COLUMNS, kept), form)
    report = dashboard(wiring, caller.program_id, asked, listed=LISTED_IN_FILES)
    return file_of(_table(report, table), form)


def _encoded(lines: Iterable[str]) -> Iterator[bytes]:
    for line in lines:
        yield line.encode()


def _table(report: Report, name: str) -> Table:
    try:
        return report.table(name)
    except KeyError as error:
        raise ApiError(HTTPStatus.NOT_FOUND, "not_found", f"The dashboard has no table “{name}”.") from error
