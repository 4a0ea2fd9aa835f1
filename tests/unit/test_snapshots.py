"""The evidence as it is kept: every field of every type comes back as it was, whoever added it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import json
import re
import types
import warnings
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awarding.fraud.evidence import EarlierReceipt, Evidence, Unavailable
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.screen import screen
from awarding.purchase import purchase_facts
from pipeline.snapshots import REFERRED, Basis, SnapshotError, evidence_of, snapshot_of
from receipts.identity import MemberId, ReceiptId
from receipts.match import Match, MatchReason, MatchVerdict
from receipts.money import Currency, Money
from receipts.receipt import LineItem, Receipt, Retailer
from receipts.state import ReceiptState

AT = dt.datetime(2026, 3, 6, 9, 30, 0, 123456, tzinfo=dt.UTC)
USD = Currency("USD")
SIMPLE: dict[Any, list[Any]] = {
    bool: [True, False],
    int: [0, -7],
    float: [0.1, 1e-9],
    str: ["", "Größe 日本 \N{GRINNING FACE}"],
    bytes: [b"plain", b"\x00\xff"],
    Decimal: [Decimal("0.10"), Decimal(3)],
    dt.date: [dt.date(2026, 3, 5)],
    dt.time: [dt.time(14, 5)],
    dt.datetime: [AT],
    dt.timedelta: [dt.timedelta(seconds=1.5)],
    type(None): [None],
}


def samples(kind: Any) -> list[Any]:
    """Values of a type, at least one for each member of each union in it."""
    kind = getattr(kind, "__supertype__", kind)
    origin, inner = get_origin(kind), get_args(kind)
    if kind in SIMPLE:
        return SIMPLE[kind]
    if origin is Annotated:
        return samples(inner[0])
    if origin is Literal:
        return list(inner)
    if origin in {Union, types.UnionType}:
        return [value for each in inner for value in samples(each)]
    if origin is tuple and inner[-1] is not Ellipsis:
        return [tuple(samples(each)[0] for each in inner)]
    if origin in {tuple, frozenset}:
        return [origin(), *(origin([value]) for value in samples(inner[0])), origin(samples(inner[0])[:3])]
    if origin in {dict, Mapping}:
        return [{}, {key: value for key in samples(inner[0]) for value in samples(inner[1])}]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return list(kind)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _filled(kind)
    raise AssertionError(f"evidence of the type {kind} is kept by no test: give an example of it in SIMPLE")


def _filled(kind: type) -> list[Any]:
    hints = get_type_hints(kind, include_extras=True)
    each = {field.name: samples(hints[field.name]) for field in dataclasses.fields(kind) if field.init}
    usual = {name: values[-1] for name, values in each.items()}
    return [kind(**{**usual, name: value}) for name, values in each.items() for value in values] or [kind()]


def receipt(**change: Any) -> Receipt:
    line = LineItem(0, "MORN OATS", Decimal(1), None, Money(399, USD), None, None, 0.95)
    read = Receipt(
        retailer=Retailer(name="Corner Market", store="12"),
        date=dt.date(2026, 3, 5),
        time=dt.time(14, 5),
        currency=USD,
        receipt_number="TC 4471",
        subtotal=None,
        tax=None,
        total=Money(399, USD),
        items=(line,),
        is_refund=False,
        balanced=True,
        confidence=(),
    )
    return dataclasses.replace(read, **change)


MATCHES = (Match(0, MatchVerdict.NONE, None, None, 0.0, MatchReason.NO_CANDIDATE, ()),)


def evidence(read: Receipt | None = None, **change: Any) -> Evidence:
    clean = Evidence(
        receipt=read or receipt(),
        matches=MATCHES,
        receipt_id=ReceiptId("rcp_this"),
        member_id=MemberId("mem_ann"),
        submitted_at=AT,
        store_today=dt.date(2026, 3, 6),
        same_bytes=(),
        same_facts=(),
        receipts_today=1,
    )
    return dataclasses.replace(clean, **change)


def kept_and_read(given: Evidence, basis: Basis | None = None) -> Evidence:
    stored = json.loads(json.dumps(snapshot_of(given, basis or Basis(1, 1)), allow_nan=False))
    return evidence_of(stored, given.receipt, given.matches)


KEPT = sorted({field.name for field in dataclasses.fields(Evidence)} - REFERRED)


def shown(value: Any) -> str:
    """Numbers as they are typed; UTC is UTC, whichever library says it."""
    return re.sub(r"TzInfo\(\w+\)", "datetime.timezone.utc", repr(value))


@pytest.mark.parametrize("name", KEPT)
def test_every_field_comes_back_as_it_was_in_each_of_its_types(name: str) -> None:
    values = samples(get_type_hints(Evidence, include_extras=True)[name])
    assert values
    for value in values:
        back = getattr(kept_and_read(evidence(**{name: value})), name)
        assert (back, type(back)) == (value, type(value))
        if "frozenset" not in repr(value):
            assert shown(back) == shown(value), "1 and 1.0 and True are equal"


@pytest.mark.parametrize(
    "name", [each for each in KEPT if Unavailable in get_args(get_type_hints(Evidence)[each])]
)
def test_what_could_not_be_gathered_stays_so(name: str) -> None:
    missing = Unavailable("the index did not answer")
    assert getattr(kept_and_read(evidence(**{name: missing})), name) == missing


def test_what_cannot_be_kept_is_kept_as_unavailable() -> None:
    """A number that is none, and a value of another type than the field's."""
    for wrong in (float("nan"), float("inf"), "many"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            back = kept_and_read(evidence(receipts_today=wrong))
        assert isinstance(back.receipts_today, Unavailable)
        assert "receipts_today could not be kept" in back.receipts_today.reason
    with warnings.catch_warnings(), pytest.raises(ValueError, match="submitted_at cannot be kept"):
        warnings.simplefilter("ignore")
        snapshot_of(replace_unchecked(evidence(), "submitted_at", "noon"), Basis())


def replace_unchecked(given: Evidence, name: str, value: Any) -> Evidence:
    object.__setattr__(given, name, value)
    return given


def test_without_artefacts_receipt_and_matches_are_kept_inside() -> None:
    given = evidence()
    stored = json.loads(json.dumps(snapshot_of(given, Basis())))
    other = receipt(receipt_number="another")
    assert evidence_of(stored, other, ()) == given
    assert {"receipt", "matches"}.isdisjoint(snapshot_of(given, Basis(2, 3)))


def _drop(snapshot: dict[str, Any]) -> None:
    del snapshot["fields"]["receipts_today"]


def _add(snapshot: dict[str, Any]) -> None:
    snapshot["fields"]["seance"] = {"value": 1}


def _bend(snapshot: dict[str, Any]) -> None:
    snapshot["fields"]["receipts_today"] = {"value": "many"}


def _raise(snapshot: dict[str, Any]) -> None:
    snapshot["form"] = 99


@pytest.mark.parametrize(
    ("change", "said"),
    [(_drop, "receipts_today"), (_add, "seance"), (_bend, "reads it otherwise"), (_raise, "form 99")],
)
def test_what_this_release_cannot_read_is_said_and_not_guessed(
    change: Callable[[dict[str, Any]], None], said: str
) -> None:
    snapshot = snapshot_of(evidence(), Basis(1, 1))
    change(snapshot)
    with pytest.raises(SnapshotError, match=said):
        evidence_of(snapshot, receipt(), MATCHES)


def test_a_field_that_did_not_exist_then_has_its_default() -> None:
    snapshot = snapshot_of(evidence(), Basis(1, 1))
    del snapshot["fields"]["retailer_domains"]
    assert evidence_of(snapshot, receipt(), MATCHES).retailer_domains == frozenset()


EARLIER = st.builds(
    EarlierReceipt,
    receipt_id=st.sampled_from([ReceiptId("rcp_a"), ReceiptId("rcp_b")]),
    own=st.booleans(),
    facts=st.none() | st.just(purchase_facts(receipt())),
    state=st.sampled_from(ReceiptState),
    submitted_at=st.integers(-90, 9).map(lambda days: AT + dt.timedelta(days=days)),
    refused=st.booleans(),
)
LISTS = st.lists(EARLIER, max_size=3).map(tuple) | st.builds(Unavailable, st.text(max_size=9))
EVIDENCE = st.builds(
    evidence,
    st.builds(
        receipt,
        date=st.none() | st.dates(dt.date(2026, 1, 1), dt.date(2026, 4, 1)),
        balanced=st.booleans(),
        total=st.none() | st.integers(0, 999).map(lambda minor: Money(minor, USD)),
    ),
    same_bytes=LISTS,
    same_facts=LISTS,
    receipts_today=st.integers(1, 40) | st.builds(Unavailable, st.text(max_size=9)),
)
POLICY = st.builds(ScreenPolicy, window_days=st.integers(0, 60), max_receipts_per_day=st.integers(1, 30))


@settings(deadline=None, max_examples=30)
@given(EVIDENCE, POLICY)
def test_the_kept_evidence_gives_the_very_same_verdict(given_: Evidence, policy: ScreenPolicy) -> None:
    once = kept_and_read(given_)
    first = screen(once, policy)
    assert screen(kept_and_read(once), policy) == first
