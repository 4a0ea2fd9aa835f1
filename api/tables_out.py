"""Tables for people and for files: how a value is written on a page, and the files themselves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from http import HTTPStatus

from fastapi import Response

from api.errors import ApiError
from pipeline.dashboard import money_value
from pipeline.formats import day, money, number
from pipeline.tables import NoParquetError, Table, Unit, Value, csv_lines, parquet_bytes
from receipts.money import Currency

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400
_NOTHING = "–"


def value_text(value: Value, unit: Unit, currency: Currency) -> str:
    """The value as a person reads it; a dash where there is nothing to say."""
    match value:
        case None:
            return _NOTHING
        case date():
            return day(value)
        case str():
            return value
        case Decimal() if unit is Unit.MONEY:
            return money(money_value(value, currency))
        case Decimal() if unit is Unit.SHARE:
            return f"{number(float(value * 100))} %"
        case Decimal():
            return number(float(value))
        case _:
            return _seconds(value) if unit is Unit.SECONDS else number(value)


def _seconds(value: int) -> str:
    if value < _MINUTE_S:
        return f"{value} s"
    if value < _HOUR_S:
        return f"{value // _MINUTE_S} min {value % _MINUTE_S} s"
    if value < _DAY_S:
        return f"{value // _HOUR_S} h {value % _HOUR_S // _MINUTE_S} min"
    return f"{value // _DAY_S} d {value % _DAY_S // _HOUR_S} h"


def days_of(first: str, last: str) -> tuple[date | None, date | None]:
    """Two days of an address; empty for no bound.

    Raises:
        ApiError: 422; one is no day, or they are the wrong way round.
    """
    found = []
    for text in (first, last):
        try:
            found.append(date.fromisoformat(text) if text.strip() else None)
        except ValueError as error:
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "day_wrong", f"“{text}” is no day: write it as 2026-03-05."
            ) from error
    start, end = found
    if start is not None and end is not None and start > end:
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "day_wrong",
            "The first day comes after the last one: exchange them.",
        )
    return start, end


def file_of(table: Table, form: str) -> Response:
    """The table as a file to be kept.

    Raises:
        ApiError: 404 for another form than CSV and Parquet; 501 where Parquet cannot be written here.
    """
    match form:
        case "csv":
            text = "".join(csv_lines(table.columns, table.rows))
            body, kind = text.encode(), "text/csv; charset=utf-8"
        case "parquet":
            try:
                body, kind = parquet_bytes(table), "application/vnd.apache.parquet"
            except NoParquetError as error:
                raise ApiError(HTTPStatus.NOT_IMPLEMENTED, "no_parquet", str(error)) from error
        case _:
            raise ApiError(HTTPStatus.NOT_FOUND, "not_found", "Files are to be had as csv and as parquet.")
    return Response(
        body,
        media_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{table.key}.{form}"'},
    )
