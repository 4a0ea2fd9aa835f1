"""What a reviewer's form says."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from starlette.datastructures import FormData

from api.errors import ApiError
from api.plain_text import NOT_PLAIN, is_plain

SEARCH_MOST_CHARS = 200
NOT_OURS = "none"
ASK_FOR_PHOTO = "photo"
"""Declines this picture; the member may send a better one of the same receipt, which may pay."""
BETTER_PHOTO = (
    "We cannot read this picture well enough. Please send a better photo of the same receipt:"
    " flat, in good light, all of it in the frame."
)
_FIND, _WORDS = "find", "words-"
_CHOICE = "product-"
_SKU = "sku:"
_POSITION_MOST_DIGITS = 6


async def form_of(request: Request) -> FormData:
    """The form, which holds no files."""
    return await request.form(max_files=0)


def refuse_unplain(form: FormData) -> None:
    """Refuse characters that no page shows.

    Raises:
        ApiError: 422.
    """
    for name, value in form.items():
        if isinstance(value, str) and not is_plain(name + value):
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "not_plain_text", f"A field of the form: {NOT_PLAIN}"
            )


def approves(form: FormData) -> bool:
    """What was pressed.

    Raises:
        ApiError: 422 where none of the three was.
    """
    decision = form.get("decision")
    if decision not in ("approve", "decline", ASK_FOR_PHOTO):
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "no_decision",
            "Press Approve, Decline or Ask for a better photo to decide the case.",
        )
    return decision == "approve"


def choices(form: FormData) -> dict[int, str | None]:
    """The lines that the reviewer settled; the others stay as matched."""
    made: dict[int, str | None] = {}
    for name, value in form.items():
        position = name.removeprefix(_CHOICE)
        if not name.startswith(_CHOICE) or not isinstance(value, str) or not _is_position(position):
            continue
        if value == NOT_OURS:
            made[int(position)] = None
        elif value.startswith(_SKU):
            made[int(position)] = value.removeprefix(_SKU)
    return made


def words_sought(form: FormData) -> tuple[int, str]:
    """The line and the words; of another line where Enter pressed the first line's button, as browsers do.

    Raises:
        ApiError: 422 where no line was named.
    """
    pressed = str(form.get(_FIND, ""))
    typed = [name for name, value in form.items() if name.startswith(_WORDS) and str(value).strip()]
    asked = f"{_WORDS}{pressed}"
    name = asked if asked in typed or not typed else typed[0]
    position = name.removeprefix(_WORDS)
    if not _is_position(position):
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "no_line", "Press Search beside the line itself.")
    return int(position), str(form.get(name, ""))[:SEARCH_MOST_CHARS]


def _is_position(text: str) -> bool:
    # int() stops at what isdigit() takes: a superscript two, or thousands of digits.
    return text.isascii() and text.isdigit() and len(text) <= _POSITION_MOST_DIGITS
