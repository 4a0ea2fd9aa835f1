"""Faults of a campaign beside what they are about: a field of the form, or a line of the document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.pages.campaign_form import KIND_WORDS, CampaignFields, RuleKind
from awarding.places import line_of, lines_of, place_of

_OF_RULE = re.compile(r"rules\[(\d+)\]\.?(.*)")
_FIELDS: tuple[tuple[str, str], ...] = (
    (r"points", "points"),
    (r"per\b.*", "amount"),
    (r"products\.(skus|brands|categories).*", r"\1"),
    (r"times", "times"),
    (r"of\[0\]\.rule", "of_rule"),
    (r"of\b.*", "of_campaign"),
    (r"when\.weekdays.*", "weekdays"),
    (r"when\.hours\[0\]\.end", "until"),
    (r"when\.hours.*", "from"),
    (r"when\.dates\[0\]\.end", "last_day"),
    (r"when\.dates.*", "first_day"),
    (r"bands\[(\d)\]\.points", r"give-\1"),
    (r"bands\[(\d)\].*", r"sum-\1"),
    (r"bands", "sum-0"),
    (r"limit.*", "limit_times"),
    (r"most_per_receipt", "most_per_receipt"),
)
"""Where in a rule's document a fault lies, and the field that says it."""
_HEAD_LABELS = {
    "id": "id",
    "name": "name",
    "starts_on": "first day",
    "ends_on": "last day",
    "effective_on": "changes hold from",
    "retailers": "shops",
    "cap_per_member": "most for one member",
    "per_receipt": "most for one receipt",
    "per_day": "most a day",
    "all_members": "budget",
    "rest": "further terms",
}
_RULE_LABELS = {
    "amount": "for each",
    "from": "from",
    "until": "until",
    "of_campaign": "campaign’s id",
    "of_rule": "rule’s id",
    "skus": "SKUs",
    "limit_times": "limit",
    "most_per_receipt": "most for one receipt",
    "give": "points of a step",
    "sum": "steps",
    "json": "",
}
_EXCERPT_CHARS = 160


@dataclass(frozen=True, slots=True)
class FormFault:
    """One fault.

    Attributes:
        field: the name of the field; empty where it is about the whole form.
        where: the field in words; empty likewise.
    """

    field: str
    where: str
    sentence: str


@dataclass(frozen=True, slots=True)
class LineFault:
    """One fault of a document.

    Attributes:
        line: from 1 on; 0 where it is about the whole document.
        text: what stands on the line.
    """

    line: int
    text: str
    sentence: str


def form_faults(
    problems: Sequence[str], own: Mapping[str, str], fields: CampaignFields
) -> tuple[FormFault, ...]:
    """Each problem of the campaign's reader at its field; `own` are the form's own faults, by field."""
    found = [FormFault(name, _where(name, fields), sentence) for name, sentence in own.items()]
    for problem in problems:
        place = place_of(problem)
        name = _field_of(place, fields)
        if name in own:
            continue  # its place was held open for it
        sentence = problem.removeprefix(f"{place}: ") if place else problem
        found.append(FormFault(name, _where(name, fields), _for_forms(sentence)))
    return tuple(found)


def _for_forms(sentence: str) -> str:
    plain = sentence.removesuffix(", without quotation marks").removeprefix("the campaign: ")
    return f"{plain[:1].upper()}{plain[1:]}{'' if plain.endswith(('.', '?')) else '.'}"


def _field_of(place: str, fields: CampaignFields) -> str:
    if found := _OF_RULE.fullmatch(place):
        position, inner = int(found[1]), found[2]
        if position >= len(fields.rules):
            return ""
        if fields.rules[position].kind is RuleKind.JSON:
            return f"rule-{position}-json"
        for pattern, field in _FIELDS:
            if match := re.fullmatch(pattern, inner):
                return f"rule-{position}-{match.expand(field)}"
        return f"rule-{position}"
    first = re.split(r"[.\[]", place.removeprefix("caps."))[0]
    return first if first in _HEAD_LABELS else "rest" if first and fields.head.get("rest") else ""


def _where(name: str, fields: CampaignFields) -> str:
    if not name.startswith("rule-"):
        label = _HEAD_LABELS.get(name, "")
        return f"{label[:1].upper()}{label[1:]}"
    position, _, own = name.removeprefix("rule-").partition("-")
    field = own.split("-")[0]
    label = _RULE_LABELS.get(field, field.replace("_", " "))
    of_rule = f"Rule {int(position) + 1} ({KIND_WORDS[fields.rules[int(position)].kind]})"
    return f"{of_rule}, {label}" if label else of_rule


def line_faults(text: str, problems: Sequence[str]) -> tuple[LineFault, ...]:
    """Each problem at its line of the document, from the first line on."""
    told = [(re.match(r"Line (\d+), character", problem), problem) for problem in problems]
    # A place is told of documents that are JSON only: what cannot be read at all has no lines to look for.
    numbers = lines_of(text) if any(place_of(problem) for problem in problems) else {}
    rows = text.split("\n")
    faults = []
    for found, problem in told:
        place = place_of(problem)
        line = int(found[1]) if found else line_of(numbers, place) if numbers and place else 0
        shown = rows[line - 1].strip()[:_EXCERPT_CHARS] if 0 < line <= len(rows) else ""
        faults.append(LineFault(line, shown, problem))
    return tuple(sorted(faults, key=lambda fault: fault.line))
