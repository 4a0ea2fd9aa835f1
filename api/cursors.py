"""Opaque page cursors. They are no secret and no permission: each query is bound to its caller anyway."""

from __future__ import annotations

import base64
import binascii
from http import HTTPStatus

from api.errors import ApiError

_LARGEST = 2**63 - 1
_MOST_DIGITS = len(str(_LARGEST))


def encode(number: int | None) -> str | None:
    """The cursor that stands for this number; None stays None."""
    return None if number is None else base64.urlsafe_b64encode(f"n{number}".encode()).decode().rstrip("=")


def decode(cursor: str | None) -> int | None:
    """The number of a cursor that `encode` made; None where none was sent.

    Raises:
        ApiError: 400 when it is not one of ours.
    """
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise _foreign() from error
    digits = text[1:]
    if text[:1] != "n" or not digits.isdigit() or len(digits) > _MOST_DIGITS or int(digits) > _LARGEST:
        raise _foreign()
    return int(digits)


def _foreign() -> ApiError:
    return ApiError(
        HTTPStatus.BAD_REQUEST,
        "cursor_unknown",
        "This cursor is not one of ours. Use `next_cursor` of the page before, as it is, or leave it out.",
    )
