"""A program's fraud policy as a JSON document: validated on the way in, with errors that name the fix."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

from pydantic import AfterValidator, Field, ValidationError, create_model, model_validator

from awarding.documents import Document, Faults, nearest, printable
from awarding.fraud.member_policy import COUNT_MAX, DAYS_MAX
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.screen import CHECKS
from awarding.fraud.weigh import EVERY_CHECK, WEIGHT_MAX, Grade, Says, Weights
from receipts.fraud import Act

SCHEMA_ID = "/schemas/fraud-policy.schema.json"
BUILT_IN_VERSION = 1
"""The policy that every program has without one of its own. A change of it raises the checks' versions."""
VERSION_MAX = 2**31 - 1
"""The largest whole number of a database's integer column."""
NOTE_MAX_CHARACTERS = 200

CHECK_NAMES = frozenset(check.name for check in CHECKS)

_Weight = Annotated[
    float | None,
    Field(ge=0, le=WEIGHT_MAX, description="0 for nothing, to 0.99; null for what every check's has."),
]
_Share = Annotated[float, Field(ge=0, le=1)]
_Threshold = Annotated[float | None, Field(gt=0, le=1)]


class PolicyError(ValueError):
    """The document is no fraud policy.

    Attributes:
        problems: a sentence for each fault, with its place and the fix; all faults, not only the first.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class _FindingDocument(Document):
    """What a finding weighs and does; what is left out stays as it is for every check."""

    weight: _Weight = None
    does: Annotated[
        Literal["note", "hold"] | None, Field(description="note: shown only. hold: a person looks.")
    ] = None


class _StrongDocument(Document):
    """What a strong finding weighs and does. Only a strong one may decline by itself."""

    weight: _Weight = None
    does: Annotated[
        Literal["note", "hold", "decline"] | None,
        Field(description="note: shown only. hold: a person looks. decline: nothing is paid."),
    ] = None


class _GradesDocument(Document):
    """By how a finding speaks against the receipt."""

    weak: _FindingDocument = _FindingDocument()
    strong: _StrongDocument = _StrongDocument()
    unknown: Annotated[_FindingDocument, Field(description="The check could not answer.")] = (
        _FindingDocument()
    )
    not_checked: Annotated[_FindingDocument, Field(description="The check had nothing to go by.")] = (
        _FindingDocument()
    )

    def says(self, otherwise: Mapping[Grade, Says]) -> dict[Grade, Says]:
        """Each grade's weight and act, with what stands where the document gives none."""
        given: dict[Grade, _FindingDocument | _StrongDocument] = {
            Grade.WEAK: self.weak,
            Grade.STRONG: self.strong,
            Grade.UNKNOWN: self.unknown,
            Grade.NOT_CHECKED: self.not_checked,
        }
        return {
            grade: Says(
                otherwise[grade].weight if said.weight is None else said.weight,
                otherwise[grade].act if said.does is None else Act(said.does),
            )
            for grade, said in given.items()
        }


class _SamplingDocument(Document):
    """The shares of what is decided without a person that are drawn for blind review."""

    passes: _Share = 0.0
    declines: _Share = 0.0


def _thresholds_document(kind: type[Any], name: str) -> type[Document]:
    """The fields of a class of thresholds, each of which may be left out, and so on within them."""
    hints = get_type_hints(kind, include_extras=True)
    given: dict[str, Any] = {}
    for each in fields(kind):
        if each.name != "version":
            inner = hints[each.name]
            if isinstance(inner, type) and is_dataclass(inner):
                inner = _thresholds_document(inner, f"{name}_{each.name}")
            given[each.name] = (inner | None, None)
    model: type[Document] = create_model(
        name,
        __base__=Document,
        __doc__="What the checks compare with; what is left out is the program's setting, or the product's.",
        **given,
    )
    return model


if TYPE_CHECKING:
    _ThresholdsDocument = Document
else:
    _ThresholdsDocument = _thresholds_document(ScreenPolicy, "Thresholds")


def _overlaid(value: Any, given: Mapping[str, Any]) -> Any:  # noqa: ANN401  (thresholds within thresholds)
    """The thresholds with those that are given in their place."""
    changed = {
        name: _overlaid(getattr(value, name), each) if is_dataclass(getattr(value, name)) else each
        for name, each in given.items()
    }
    return replace(value, **changed)


class PolicyDocument(Document):
    """What a loyalty program makes of the findings about a receipt: pass, hold for a person, or decline."""

    version: Annotated[
        int,
        Field(
            ge=BUILT_IN_VERSION + 1,
            le=VERSION_MAX,
            description="Raise it at each change; 1 is the built-in policy.",
        ),
    ]
    note: Annotated[
        str,
        Field(max_length=NOTE_MAX_CHARACTERS, description="What changed and why, for the program."),
        AfterValidator(printable),
    ] = ""
    thresholds: _ThresholdsDocument = _ThresholdsDocument()
    every_check: Annotated[_GradesDocument, Field(description="For checks that are not named.")] = (
        _GradesDocument()
    )
    checks: Annotated[
        dict[str, _GradesDocument], Field(default_factory=dict, description="By the check's name.")
    ]
    hold_from: Annotated[
        _Threshold, Field(description="Risk score from which a person looks; null: never by the score alone.")
    ] = None
    decline_from: Annotated[
        _Threshold, Field(description="Score of suspect findings from which nothing is paid; null: never.")
    ] = None
    sampling: _SamplingDocument = _SamplingDocument()

    @model_validator(mode="after")
    def _declines_after_it_holds(self) -> PolicyDocument:
        hold_from = 0 if self.hold_from is None else self.hold_from
        if self.decline_from is not None and self.decline_from < hold_from:
            raise ValueError(
                f"decline_from {self.decline_from} is below hold_from {self.hold_from}; a person should"
                " look at what is less suspect than what is declined: exchange or correct them"
            )
        return self


@dataclass(frozen=True, slots=True)
class FraudPolicy:
    """A program's judgement.

    Attributes:
        thresholds: those that the document sets; the others are the program's.
        sampled_passes: the share of what passes that is drawn for blind review.
        sampled_declines: the same of what the policy declines.
    """

    version: int = BUILT_IN_VERSION
    note: str = ""
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    weights: Weights = field(default_factory=Weights)
    sampled_passes: float = 0.0
    sampled_declines: float = 0.0

    def screen_policy(self, *, window_days: int, max_receipts_per_day: int) -> ScreenPolicy:
        """The thresholds, with the program's own settings where the document gives none."""
        program = ScreenPolicy(
            version=self.version, window_days=window_days, max_receipts_per_day=max_receipts_per_day
        )
        filled: ScreenPolicy = _overlaid(program, self.thresholds)
        return filled


BUILT_IN = FraudPolicy(note="The built-in policy: strong and unknown findings hold, weak ones are noted.")


def parse_policy(document: Mapping[str, object], *, where: str = "") -> FraudPolicy:
    """The policy that a JSON object describes.

    Args:
        document: as `json.loads` gives it.
        where: put before each place, such as ``policy.json``.

    Raises:
        PolicyError: with every fault found.
    """
    policy = _parsed(document, where)
    named = document.get("checks", {})
    unknown = sorted(set(named) - CHECK_NAMES) if isinstance(named, Mapping) else []
    if unknown:
        place = f"{where}: " if where else ""
        raise PolicyError(
            [
                f"{place}checks.{name}: there is no such check; {nearest(name, CHECK_NAMES)}"
                f" The checks are {', '.join(sorted(CHECK_NAMES))}."
                for name in unknown
            ]
        )
    return policy


def stored_policy(document: Mapping[str, object]) -> FraudPolicy:
    """The policy of a document that was imported before: checks that are no more are passed over.

    Raises:
        PolicyError: this release does not know a field of it.
    """
    return _parsed(document, "")


def parse_policy_text(text: str, *, where: str = "") -> tuple[FraudPolicy, dict[str, Any]]:
    """The policy of a file, and its document as it is kept.

    Raises:
        PolicyError: no JSON (with line and column), or any fault of the policy.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{where}, line {error.lineno}" if where else f"line {error.lineno}"
        fault = f"{place}, column {error.colno}: this is not JSON ({error.msg}); correct it there"
        raise PolicyError([fault]) from error
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits, or brackets nested without end.
        raise PolicyError([f"{where or 'the file'}: this is no policy ({error}); correct it"]) from error
    if not isinstance(document, dict):
        raise PolicyError([f"{where or 'the document'}: a policy is a JSON object in braces"])
    return parse_policy(document, where=where), document


def _parsed(document: Mapping[str, object], where: str) -> FraudPolicy:
    try:
        checked = PolicyDocument.model_validate_json(json.dumps(document))
    except ValidationError as error:
        raise PolicyError(_FAULTS.sentences(error.errors(), PolicyDocument, where)) from error
    every_check = checked.every_check.says(EVERY_CHECK)
    policy = FraudPolicy(
        version=checked.version,
        note=checked.note,
        thresholds=checked.thresholds.model_dump(exclude_none=True),
        weights=Weights(
            every_check=every_check,
            checks={name: grades.says(every_check) for name, grades in checked.checks.items()},
            hold_from=checked.hold_from,
            decline_from=checked.decline_from,
        ),
        sampled_passes=checked.sampling.passes,
        sampled_declines=checked.sampling.declines,
    )
    try:
        # What the ranges of single fields cannot say is refused as well.
        _overlaid(ScreenPolicy(), policy.thresholds)
    except ValueError as error:
        place = f"{where}: thresholds" if where else "thresholds"
        raise PolicyError([f"{place}: {error}"]) from error
    return policy


def policy_schema() -> dict[str, Any]:
    """The JSON Schema of a policy document, as published in ``docs/fraud-policy.schema.json``."""
    schema = PolicyDocument.model_json_schema()
    schema["properties"]["checks"]["propertyNames"] = {"enum": sorted(CHECK_NAMES)}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **schema}


_FAULTS = Faults(
    what="the policy",
    by_code={
        "less_than_equal": (
            "is too large; a weight is at most 0.99, a share and a score at most 1,"
            f" days at most {DAYS_MAX}, any other number at most {COUNT_MAX}"
        ),
        "literal_error": "write note or hold; decline is for strong findings alone",
        "int_from_float": "write a whole number, without decimals",
    },
)
