"""Frozen values to JSON and back, by their own types."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter

_T = TypeVar("_T")
_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401  (a type expression, which may be a union)
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def to_json(value: Any, kind: Any = None) -> Any:  # noqa: ANN401
    """JSON values only; `kind` where the value's own class does not say all (unions, tuples)."""
    return _storable(_adapter(type(value) if kind is None else kind).dump_python(value, mode="json"))


def storable_text(text: str) -> str:
    """The text without what PostgreSQL cannot store: NUL, and halves of characters that have two."""
    return text.replace("\x00", "").encode("utf-8", errors="ignore").decode()


def _storable(value: Any) -> Any:  # noqa: ANN401
    match value:
        case str():
            return storable_text(value)
        case dict():
            return {storable_text(name): _storable(item) for name, item in value.items()}
        case list():
            return [_storable(item) for item in value]
        case _:
            return value


def from_json(kind: type[_T], value: Any) -> _T:  # noqa: ANN401
    """The value that `to_json` was given.

    Raises:
        pydantic.ValidationError: the JSON is not of that type.
    """
    result: _T = _adapter(kind).validate_python(value)
    return result
