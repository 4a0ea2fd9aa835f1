"""A campaign as a form: the common kinds of rules in fields, every other as its JSON, and back.

Nothing of a document is lost on the way: a rule that its fields could not give back exactly is shown as JSON,
and what a campaign has beside the form's own fields is one more piece of JSON.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from receipts.conditions import Period, Weekday

RULES_MOST = 100
BANDS_MOST = 5
"""Steps of one rule that the form has room for."""
_DIGITS_MOST = 12
_NAME_OF_FIELD = re.compile(r"rule-(\d{1,3})-([a-z_]+(?:-\d)?)")
_ID_MOST = 60


class RuleKind(Enum):
    """The kinds of rules that the form has fields for, and the one that stands for all others."""

    AMOUNT = "amount"
    PRODUCT = "product"
    TIMES = "times"
    FIRST = "first"
    REACHED = "reached"
    JSON = "json"


KIND_WORDS: dict[RuleKind, str] = {
    RuleKind.AMOUNT: "Points for each amount spent",
    RuleKind.PRODUCT: "Fixed points for each piece of a product",
    RuleKind.TIMES: "Multiplied points in a time window",
    RuleKind.FIRST: "Points for a member’s first purchase",
    RuleKind.REACHED: "Points when a receipt reaches a sum",
    RuleKind.JSON: "Another kind of rule, as JSON",
}
WEEKDAYS = tuple(each.value for each in Weekday)
PERIODS = {
    Period.DAY.value: "a day",
    Period.WEEK.value: "a week",
    Period.MONTH.value: "a month",
    Period.YEAR.value: "a year",
    Period.EVER.value: "in all",
}


@dataclass(frozen=True, slots=True)
class RuleFields:
    """One rule as its fields say."""

    kind: RuleKind
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CampaignFields:
    """The form as it is filled in.

    Attributes:
        head: the campaign's own fields by name; `rest` is a JSON object of what has no field.
    """

    head: Mapping[str, str]
    rules: tuple[RuleFields, ...]


@dataclass(slots=True)
class Written:
    """What the form says as a document, and what is wrong with it before anybody reads it as a campaign."""

    document: dict[str, Any]
    faults: dict[str, str] = field(default_factory=dict)


# From what the browser sent


def fields_sent(items: Iterable[tuple[str, str]]) -> CampaignFields:
    """The form as it was sent: rules by their numbers, counted anew from 0; empty steps are left out."""
    head: dict[str, str] = {}
    rules: dict[int, dict[str, str]] = {}
    for name, value in items:
        if found := _NAME_OF_FIELD.fullmatch(name):
            own = rules.setdefault(int(found[1]), {})
            # Boxes of one name are sent one by one.
            own[found[2]] = (
                f"{own[found[2]]} {value}" if found[2] == "weekdays" and found[2] in own else value
            )
        else:
            head[name] = value
    return CampaignFields(
        {name: head.get(name, "") for name in _HEAD},
        tuple(_rule_sent(rules[number]) for number in sorted(rules)[:RULES_MOST]),
    )


def _rule_sent(values: Mapping[str, str]) -> RuleFields:
    try:
        kind = RuleKind(values.get("kind", ""))
    except ValueError:
        kind = RuleKind.JSON
    steps = [
        (values.get(f"sum-{at}", "").strip(), values.get(f"give-{at}", "").strip())
        for at in range(BANDS_MOST)
    ]
    kept = {name: value for name, value in values.items() if "-" not in name and name != "kind"}
    return RuleFields(kind, {**kept, **_steps(filled for filled in steps if any(filled))})


def _steps(steps: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {
        name: value
        for at, (start, points) in enumerate(steps)
        for name, value in ((f"sum-{at}", start), (f"give-{at}", points))
    }


def new_rule(kind: RuleKind, currency: str) -> RuleFields:
    """A rule to be filled in."""
    usual = {
        RuleKind.AMOUNT: {"amount": "1.00"},
        RuleKind.TIMES: {"times": "2"},
        RuleKind.JSON: {"json": "{}"},
    }
    return RuleFields(kind, {"currency": currency, **usual.get(kind, {})})


# To a document

_HEAD = (
    "id",
    "version",
    "name",
    "starts_on",
    "ends_on",
    "effective_on",
    "retailers",
    "cap_per_member",
    "per_receipt",
    "per_day",
    "all_members",
    "rest",
)
_CAPS = ("per_receipt", "per_day", "all_members")


def written_of(fields: CampaignFields) -> Written:
    """The document that the fields say."""
    head = {name: value.strip() for name, value in fields.head.items()}
    document: dict[str, Any] = {
        "id": head["id"] or _id_of(head["name"]),
        "version": _number(head["version"]) if head["version"] else 1,
        "retailers": _names(head["retailers"]),
        "cap_per_member": _number(head["cap_per_member"]) if head["cap_per_member"] else None,
    }
    document |= {name: head[name] for name in ("name", "starts_on", "ends_on", "effective_on") if head[name]}
    if caps := {name: _number(head[name]) for name in _CAPS if head[name]}:
        document["caps"] = caps
    made = Written(document)
    rest = _object(head["rest"] or "{}")
    if rest is None:
        made.faults["rest"] = "This is no JSON object in braces. Correct it."
    elif own := sorted({*document, "rules"} & set(rest)):
        made.faults["rest"] = f"{own[0]} has a field of its own above. Remove it here."
    else:
        document |= rest
    document["rules"] = _rules(fields.rules, made.faults)
    return made


def _rules(rules: Sequence[RuleFields], faults: dict[str, str]) -> list[dict[str, Any]]:
    taken = {rule.values.get("id", "") for rule in rules}
    free = (name for number in range(1, 2 * RULES_MOST) if (name := f"rule-{number}") not in taken)
    found = []
    for position, rule in enumerate(rules):
        if rule.kind is RuleKind.JSON:
            own = _object(rule.values.get("json", ""))
            if own is None:
                faults[f"rule-{position}-json"] = "This is no JSON object in braces. Correct it."
            found.append(own or {})
        else:
            named = rule.values.get("id", "").strip() or next(free)
            found.append({"id": named, **_BUILDERS[rule.kind](rule.values), **_terms(rule.values)})
    return found


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _id_of(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_ID_MOST].strip("-") or "campaign"


def _number(text: str) -> int | str:
    """What is no number stays text, which the campaign's own reader says."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS_MOST else text


def _names(text: str) -> list[str]:
    """One name a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _products(values: Mapping[str, str]) -> dict[str, Any]:
    return {name: _names(values.get(name, "")) for name in ("skus", "brands", "categories")}


def _given(values: Mapping[str, str], name: str) -> dict[str, Any]:
    text = values.get(name, "").strip()
    return {name: _number(text)} if text else {}


def _money(values: Mapping[str, str], name: str) -> dict[str, str]:
    return {"amount": values.get(name, "").strip(), "currency": values.get("currency", "").strip()}


def _terms(values: Mapping[str, str]) -> dict[str, Any]:
    terms = dict(_given(values, "most_per_receipt"))
    if times := values.get("limit_times", "").strip():
        terms["limit"] = {"times": _number(times), "per": values.get("limit_per", "") or Period.EVER.value}
    return terms


def _amount(values: Mapping[str, str]) -> dict[str, Any]:
    per = _money(values, "amount")
    return {
        "kind": "points_per_currency",
        **_given(values, "points"),
        "per": per,
        "products": _products(values),
    }


def _product(values: Mapping[str, str]) -> dict[str, Any]:
    return {"kind": "product_bonus", **_given(values, "points"), "products": _products(values)}


def _first(values: Mapping[str, str]) -> dict[str, Any]:
    when = {"purchase": {"numbers": [1]}}
    return {"kind": "receipt_bonus", **_given(values, "points"), "products": _products(values), "when": when}


def _times(values: Mapping[str, str]) -> dict[str, Any]:
    when: dict[str, Any] = {}
    if days := [day for day in WEEKDAYS if day in values.get("weekdays", "").split()]:
        when["weekdays"] = days
    for name, first, last in (("hours", "from", "until"), ("dates", "first_day", "last_day")):
        span = {"start": values.get(first, "").strip(), "end": values.get(last, "").strip()}
        if any(span.values()):
            when[name] = [{side: text for side, text in span.items() if text}]
    own: dict[str, Any] = {"kind": "multiplier", "times": values.get("times", "").strip()}
    named = {"campaign": values.get("of_campaign", "").strip(), "rule": values.get("of_rule", "").strip()}
    if any(named.values()):
        own["of"] = [{part: name for part, name in named.items() if name}]
    return {**own, "when": when} if when else own


def _reached(values: Mapping[str, str]) -> dict[str, Any]:
    bands = []
    for at in range(BANDS_MOST):
        if f"sum-{at}" in values:
            points = values.get(f"give-{at}", "")
            given = {"points": _number(points)} if points.strip() else {}
            bands.append({"start": _money(values, f"sum-{at}"), **given})
    own: dict[str, Any] = {"kind": "spend_bands", "bands": bands}
    products = _products(values)
    return {**own, "products": products} if any(products.values()) else own


_BUILDERS: dict[RuleKind, Callable[[Mapping[str, str]], dict[str, Any]]] = {
    RuleKind.AMOUNT: _amount,
    RuleKind.PRODUCT: _product,
    RuleKind.FIRST: _first,
    RuleKind.TIMES: _times,
    RuleKind.REACHED: _reached,
}


# From a document

_KIND_OF = {
    "points_per_currency": RuleKind.AMOUNT,
    "product_bonus": RuleKind.PRODUCT,
    "receipt_bonus": RuleKind.FIRST,
    "multiplier": RuleKind.TIMES,
    "spend_bands": RuleKind.REACHED,
}


def fields_of(document: Mapping[str, Any], currency: str) -> CampaignFields:
    """The fields of a document as `campaign_document` writes it; `currency` where a rule names none."""
    caps = document.get("caps") or {}
    own = {**document, **{name: caps.get(name) for name in _CAPS}}
    own["retailers"] = "\n".join(document.get("retailers", ()))
    rest = {name: value for name, value in document.items() if name not in {*_HEAD, "caps", "rules"}}
    own["rest"] = json.dumps(rest, indent=2, ensure_ascii=False) if rest else ""
    head = {name: "" if own.get(name) is None else str(own[name]) for name in _HEAD}
    return CampaignFields(head, tuple(_rule_fields(rule, currency) for rule in document.get("rules", ())))


def _rule_fields(rule: Mapping[str, Any], currency: str) -> RuleFields:
    """By fields where they say all that the rule does, else as JSON."""
    kind = _KIND_OF.get(str(rule.get("kind")))
    if kind is not None:
        values = _values(rule, currency)
        if {"id": rule["id"], **_BUILDERS[kind](values), **_terms(values)} == rule:
            return RuleFields(kind, values)
    return RuleFields(RuleKind.JSON, {"json": json.dumps(rule, indent=2, ensure_ascii=False)})


def _values(rule: Mapping[str, Any], currency: str) -> dict[str, str]:
    products, when, limit = rule.get("products", {}), rule.get("when", {}), rule.get("limit", {})
    bands = rule.get("bands", ())[:BANDS_MOST]
    hours, dates = (when.get(name, [{}])[0] for name in ("hours", "dates"))
    of = rule.get("of", [{}])[0]
    money = rule.get("per") or (bands[0]["start"] if bands else {})
    found = {
        "id": rule["id"],
        "points": rule.get("points", ""),
        "amount": money.get("amount", ""),
        "currency": money.get("currency", currency),
        **{name: "\n".join(products.get(name, ())) for name in ("skus", "brands", "categories")},
        "times": rule.get("times", ""),
        "of_campaign": of.get("campaign", ""),
        "of_rule": of.get("rule", ""),
        "weekdays": " ".join(when.get("weekdays", ())),
        "from": hours.get("start", ""),
        "until": hours.get("end", ""),
        "first_day": dates.get("start", ""),
        "last_day": dates.get("end", ""),
        "limit_times": limit.get("times", ""),
        "limit_per": limit.get("per", ""),
        "most_per_receipt": rule.get("most_per_receipt", ""),
        **_steps((band["start"]["amount"], str(band["points"])) for band in bands),
    }
    return {name: str(value) for name, value in found.items()}
