"""A correction as a form sends it: fields with one name a line, in the order of the page."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from http import HTTPStatus

from starlette.datastructures import FormData

from api.errors import ApiError
from pipeline.corrected import LINES_MOST, Correction, FixedLine

_DIGITS_MOST = 20
_NEW = "new"
_POSITION_MOST_DIGITS = 6


def correction_of(form: FormData) -> Correction:
    """What the reviewer typed; an empty field stays as read.

    Raises:
        ApiError: 422 for what is no date or number; the sentence says which.
    """
    columns = [form.getlist(name) for name in ("line", "description", "quantity", "amount")]
    if len({len(column) for column in columns}) != 1 or len(columns[0]) > LINES_MOST:
        raise _wrong("The lines came incomplete. Reload the case and correct it again.")
    removed = {_position(str(value)) for value in form.getlist("removed")}
    lines = []
    for row in zip(*columns, strict=True):
        where, words, quantity, amount = (str(value).strip() for value in row)
        position = None if where == _NEW else _position(where)
        if position in removed or (position is None and not (words or amount)):
            continue
        lines.append(FixedLine(position, words, _number(quantity or "1"), _number(amount)))
    day, total = str(form.get("date", "")).strip(), str(form.get("total", "")).strip()
    return Correction(
        retailer=str(form.get("retailer", "")).strip() or None,
        date=_day(day) if day else None,
        total=_number(total) if total else None,
        lines=tuple(lines),
        removed=frozenset(removed),
    )


def _position(text: str) -> int:
    # int() stops at what isdigit() takes: a superscript two, or thousands of digits.
    if not (text.isascii() and text.isdigit() and len(text) <= _POSITION_MOST_DIGITS):
        raise _wrong("A line came without its place. Reload the case and correct it again.")
    return int(text)


def _number(text: str) -> Decimal:
    try:
        if len(text) > _DIGITS_MOST:
            raise InvalidOperation
        return Decimal(text.replace(",", "."))
    except InvalidOperation as error:
        raise _wrong(f"“{text[:_DIGITS_MOST]}” is no number. Type it as 12.90.") from error


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise _wrong(f"“{text[:_DIGITS_MOST]}” is no day. Type it as 2026-05-31.") from error


def _wrong(sentence: str) -> ApiError:
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "wrong_correction", sentence)
