"""The evidence of a screening as it is kept, so that the verdict can be worked out again by pure code.

The receipt and its matches are artefacts of their own and are referred to by revision. Every other field of
`Evidence` is kept by its own type, whatever it is: a field that is added there needs nothing here.
"""

from __future__ import annotations

import math
from dataclasses import MISSING, dataclass, fields
from functools import cache, reduce
from operator import or_
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from awarding.fraud.evidence import Evidence, Unavailable
from receipts.database.codec import from_json, to_json
from receipts.match import Match
from receipts.receipt import Receipt

FORM = 1
"""The form of a snapshot; raised when a later one could not be read by the code of before."""

REFERRED = frozenset({"receipt", "matches"})
"""Fields that have an artefact of their own."""

_UNAVAILABLE, _VALUE = "unavailable", "value"


class SnapshotError(ValueError):
    """The kept evidence cannot be read by this release; the message says what of it."""


@dataclass(frozen=True, slots=True)
class Basis:
    """The revisions of the artefacts that a screening rests on; 0 where what it rests on is none yet."""

    reading: int = 0
    matching: int = 0


@cache
def _kinds() -> dict[str, Any]:
    """Each kept field's type, without `Unavailable`, which is kept under a name of its own."""
    hints = get_type_hints(Evidence)
    return {each.name: _without(hints[each.name]) for each in fields(Evidence) if each.name not in REFERRED}


def _without(annotation: Any) -> Any:  # noqa: ANN401  (a type expression)
    if get_origin(annotation) not in {Union, UnionType}:
        return annotation
    return reduce(or_, [each for each in get_args(annotation) if each is not Unavailable])


@cache
def _may_be_unavailable() -> frozenset[str]:
    hints = get_type_hints(Evidence)
    return frozenset(name for name in _kinds() if Unavailable in get_args(hints[name]))


def snapshot_of(evidence: Evidence, basis: Basis) -> dict[str, Any]:
    """The evidence as JSON.

    What cannot be kept (a number that is none) could not be shown to anyone either: it is kept as
    unavailable, and the check that needs it answers unknown.
    """
    kept = {name: _kept(name, getattr(evidence, name)) for name in _kinds()}
    snapshot: dict[str, Any] = {
        "form": FORM,
        "reading": basis.reading,
        "matching": basis.matching,
        "fields": kept,
    }
    if not basis.matching:
        # A reviewer's choice that is tried before it is made has no artefact yet.
        snapshot["matches"] = to_json(evidence.matches, tuple[Match, ...])
    if not basis.reading:
        snapshot["receipt"] = to_json(evidence.receipt)
    return snapshot


def _kept(name: str, value: Any) -> dict[str, Any]:  # noqa: ANN401  (a field's value)
    if isinstance(value, Unavailable):
        return {_UNAVAILABLE: to_json(value.reason, str)}
    try:
        stored = to_json(value, _kinds()[name])
        from_json(_kinds()[name], stored)
        if _is_finite(stored):
            return {_VALUE: stored}
        fault = "a number in it is none"
    except (PydanticSerializationError, ValidationError) as error:
        fault = str(error)
    if name not in _may_be_unavailable():
        raise ValueError(f"the evidence {name} cannot be kept: {fault}")
    return {_UNAVAILABLE: f"{name} could not be kept as evidence: {fault}"}


def _is_finite(value: Any) -> bool:  # noqa: ANN401  (JSON)
    match value:
        case float():
            return math.isfinite(value)
        case dict():
            return all(_is_finite(each) for each in value.values())
        case list():
            return all(_is_finite(each) for each in value)
        case _:
            return True


def evidence_of(snapshot: dict[str, Any], receipt: Receipt, matches: tuple[Match, ...]) -> Evidence:
    """The evidence as it was kept; a field that did not exist then has its default.

    Args:
        snapshot: as `snapshot_of` made it.
        receipt: of the reading that it names; one in the snapshot itself goes before.
        matches: of the matching that it names, the same way.

    Raises:
        SnapshotError: it is of a form, or holds a field, that this release does not know.
    """
    if snapshot["form"] != FORM:
        raise SnapshotError(f"it was kept in form {snapshot['form']}, and this release reads form {FORM}")
    kept = snapshot["fields"]
    kinds = _kinds()
    gone = sorted(set(kept) - set(kinds))
    if gone:
        raise SnapshotError(f"it holds {', '.join(gone)}, which this release does not know")
    new = [
        each.name
        for each in fields(Evidence)
        if each.name not in kept
        and each.name not in REFERRED
        and each.default is MISSING
        and each.default_factory is MISSING
    ]
    if new:
        raise SnapshotError(f"it does not hold {', '.join(new)}, which this release needs")
    try:
        values = {name: _value(kinds[name], entry) for name, entry in kept.items()}
        if "receipt" in snapshot:
            receipt = from_json(Receipt, snapshot["receipt"])
        if "matches" in snapshot:
            matches = from_json(tuple[Match, ...], snapshot["matches"])
    except ValidationError as error:
        raise SnapshotError(f"this release reads it otherwise: {error}") from error
    return Evidence(receipt=receipt, matches=matches, **values)


def _value(kind: Any, entry: dict[str, Any]) -> Any:  # noqa: ANN401  (a field's type and value)
    return Unavailable(entry[_UNAVAILABLE]) if _UNAVAILABLE in entry else from_json(kind, entry[_VALUE])
