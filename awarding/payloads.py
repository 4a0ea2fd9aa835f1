"""The shapes of messages to the core loyalty service, and their JSON Schemas.

The data is built through these models and the published schemas are made from them, so the two cannot part. A
field may be added within v1, never removed or given another meaning: consumers ignore what they do not know.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from receipts.award import DeclineReason, RuleAnswer
from receipts.message import MessageType
from receipts.status import Count
from receipts.submission import Channel

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


_CODE_PATTERN = "^[a-z][a-z_]*$"


def _code(*examples: str) -> Any:  # noqa: ANN401 - what pydantic's own Field returns
    """A code whose list may grow within v1: today's are examples, not the only ones."""
    return Field(
        pattern=_CODE_PATTERN,
        examples=list(examples) or None,
        description="More codes may come; the sentence beside it always stands by itself.",
    )


_ChannelCode = Annotated[str, Field(pattern=_CODE_PATTERN, examples=[member.value for member in Channel])]
_DecidedBy = Annotated[Literal["rules", "reviewer"], Field(description="Who decided.")]
_MemberWords = Annotated[str, Field(description="Ready to be shown to the member.")]


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    def as_data(self) -> dict[str, Any]:
        """JSON values only."""
        return self.model_dump(mode="json")


class AmountPayload(_Payload):
    """An amount in major units."""

    amount: Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$", examples=["15.90"])]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217", examples=["USD"])]


class PurchasePayload(_Payload):
    """The purchase as read; null where the print did not say or could not be read."""

    retailer: str | None
    store: str | None
    date: Annotated[dt.date | None, Field(description="The purchase day in the store's own calendar.")]
    time: Annotated[
        dt.time | None,
        Field(
            description="The store's own clock, HH:MM:SS, without zone.",
            json_schema_extra={
                "anyOf": [{"type": "string", "pattern": r"^\d{2}:\d{2}:\d{2}$"}, {"type": "null"}]
            },
        ),
    ]
    receipt_number: str | None
    total: AmountPayload | None
    is_refund: bool


class LinePayload(_Payload):
    """A purchase line that earned. Lines of other makers' products are not told."""

    position: Annotated[int, Field(ge=0, description="0 for the first line printed.")]
    description: Annotated[str, Field(description="The words as printed.")]
    sku: Annotated[str, Field(description="The manufacturer's number.")]
    gtin: Annotated[str | None, Field(description="14 digits; null where the catalog has none.")]
    product: Annotated[str, Field(description="The catalog's name.")]
    quantity: Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$", description="Pieces, or weight.")]
    amount: Annotated[AmountPayload, Field(description="Paid for the line, after its own discount.")]
    points: Annotated[int, Field(ge=0, description="Over all rules; 0 where it only filled up a step.")]
    claim_key: Annotated[str, Field(description="Names the line within its purchase; paid once for ever.")]


class RulePayload(_Payload):
    """One earning rule's answer, paid or not."""

    campaign_id: str
    campaign_version: Annotated[int, Field(ge=1)]
    rule_id: str
    answer: Annotated[str, _code(*(answer.value for answer in RuleAnswer))]
    points: Annotated[int, Field(ge=0)]
    positions: Annotated[list[int], Field(description="The lines that earned by this rule.")]
    sentence: _MemberWords
    ledger_entry_id: Annotated[str | None, Field(description="Null where the rule paid nothing.")]


class _ReceiptPayload(_Payload):
    receipt_id: str
    submission_id: str
    channel: _ChannelCode


class AwardedPayload(_ReceiptPayload):
    """Points were added. `points` is the sum of the rules', of the lines' and of the ledger entries'."""

    decided_by: _DecidedBy
    points: Annotated[int, Field(ge=1)]
    purchase: PurchasePayload
    lines: Annotated[list[LinePayload], Field(min_length=1)]
    rules: Annotated[list[RulePayload], Field(min_length=1)]
    ledger_entry_ids: Annotated[list[str], Field(min_length=1)]


class PendingPayload(AwardedPayload):
    """Points were earned and cannot be spent yet; ``points.released`` follows, unless they are taken back."""

    available_from: dt.datetime


class ItemPayload(_Payload):
    """A line as the receipt prints it, and which of the program's products it is."""

    position: Annotated[int, Field(ge=0, description="0 for the first line printed.")]
    description: Annotated[str, Field(description="The words as printed.")]
    sku: Annotated[str | None, Field(description="Null where it is not known as a product of the program.")]
    gtin: Annotated[str | None, Field(description="14 digits; null where the catalog has none.")]
    product: Annotated[str | None, Field(description="The catalog's name.")]
    quantity: Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$", description="Pieces, or weight.")]
    unit_price: Annotated[AmountPayload | None, Field(description="Null where it was not printed.")]
    amount: Annotated[AmountPayload, Field(description="Paid for the line, after its own discount.")]


class AcceptedPayload(_ReceiptPayload):
    """A receipt earned points: its purchase, as far as the program says that members agreed."""

    decided_by: _DecidedBy
    purchase: PurchasePayload
    items_told: Annotated[
        str,
        _code("own", "all"),
        Field(description="`own`: the program's own products alone; `all`: every line that was read."),
    ]
    items: list[ItemPayload]


class HoldReasonPayload(_Payload):
    """Why a person looks at the receipt first."""

    code: str
    sentence: _MemberWords


class HeldPayload(_ReceiptPayload):
    """A person looks at the receipt first; ``points.awarded`` or ``receipt.declined`` follows."""

    purchase: PurchasePayload
    would_pay: Annotated[int, Field(ge=0, description="What approval would pay as things stand; no promise.")]
    reasons: Annotated[list[HoldReasonPayload], Field(min_length=1)]


class DeclinedPayload(_ReceiptPayload):
    """The receipt was read and earns nothing."""

    decided_by: _DecidedBy
    purchase: PurchasePayload
    reason: Annotated[str, _code(*(reason.value for reason in DeclineReason))]
    sentence: _MemberWords
    rules: list[RulePayload]


class RejectedPayload(_ReceiptPayload):
    """The file could not be processed."""

    reason: Annotated[str, _code()]
    sentence: _MemberWords


class BalancePayload(_Payload):
    """The member's points once the message's entries are posted."""

    pending: int
    available: Annotated[int, Field(description="Below zero where more was taken back than was left.")]
    held: Annotated[int, Field(description="Set aside for a redemption in progress.")]


class LotPayload(_Payload):
    """Points that were earned together, by one ledger entry."""

    earned_by: Annotated[str, Field(description="The ledger entry that earned them.")]
    receipt_id: Annotated[str | None, Field(description="Null where no receipt earned them.")]
    campaign_id: str | None
    points: Annotated[int, Field(ge=1)]


class _PointsPayload(_Payload):
    points: Annotated[int, Field(ge=0, description="How many, never negative: the type says which way.")]
    sentence: _MemberWords
    ledger_entry_ids: list[str]
    balance: BalancePayload


class GrantedPayload(_PointsPayload):
    """Points were added that no receipt earned: for an activity, or as a gift of the program's staff."""

    kind: Annotated[str, _code("gift", "activity")]
    source: Annotated[str, Field(description="The gift or the activity event.")]
    available_from: Annotated[dt.datetime | None, Field(description="Null where they can be spent at once.")]


class ReleasedPayload(_PointsPayload):
    """Pending points can be spent from now on."""

    lots: Annotated[list[LotPayload], Field(min_length=1)]


class ReversedPayload(_PointsPayload):
    """Earned points were taken back: `points` of them, some of them pending and the others available."""

    receipt_id: Annotated[str, Field(description="That had earned them.")]
    return_id: Annotated[str | None, Field(description="Null where nothing was returned.")]
    reason: Annotated[str, _code("return", "rematch", "correction", "campaign")]
    from_pending: Annotated[int, Field(ge=0)]
    from_available: Annotated[int, Field(ge=0)]
    not_taken: Annotated[int, Field(ge=0, description="Stayed: expired before, or by the program's policy.")]
    taken_after_all: Annotated[
        int, Field(ge=0, description="Of `points`: had stayed before, and count once the receipt earns more.")
    ] = 0
    lots: list[LotPayload]


class ExpiringPayload(_PointsPayload):
    """Points expire soon unless they are spent. Nothing is posted."""

    expires_at: dt.datetime


class ExpiredPayload(_PointsPayload):
    """Points were not spent in time."""

    lots: Annotated[list[LotPayload], Field(min_length=1)]


class RedeemedPayload(_PointsPayload):
    """Points were spent."""

    redemption_id: str
    reference: Annotated[str, Field(description="The till's or checkout's own.")]


class _StatusPayload(_Payload):
    since: Annotated[dt.date, Field(description="Its first day, in the program's time zone.")]
    count: Annotated[str, _code(*(count.value for count in Count))]
    total: Annotated[int, Field(description="Of that, in its window; money in whole units, rounded down.")]
    status_version: Annotated[int, Field(ge=1, description="Of the program's status document.")]
    sentence: _MemberWords


class TierChangedPayload(_StatusPayload):
    """A member's tier moved by the program's rules, up or down."""

    tier: Annotated[str | None, Field(description="Null where the member has none any more.")]
    before: str | None


class BadgeEarnedPayload(_StatusPayload):
    """A member earned a badge by the program's rules; it stays."""

    badge: str


PAYLOADS: dict[MessageType, type[_Payload]] = {
    MessageType.POINTS_AWARDED: AwardedPayload,
    MessageType.POINTS_PENDING: PendingPayload,
    MessageType.POINTS_GRANTED: GrantedPayload,
    MessageType.POINTS_RELEASED: ReleasedPayload,
    MessageType.POINTS_REVERSED: ReversedPayload,
    MessageType.POINTS_EXPIRING: ExpiringPayload,
    MessageType.POINTS_EXPIRED: ExpiredPayload,
    MessageType.POINTS_REDEEMED: RedeemedPayload,
    MessageType.RECEIPT_ACCEPTED: AcceptedPayload,
    MessageType.RECEIPT_HELD: HeldPayload,
    MessageType.RECEIPT_DECLINED: DeclinedPayload,
    MessageType.RECEIPT_REJECTED: RejectedPayload,
    MessageType.MEMBER_TIER_CHANGED: TierChangedPayload,
    MessageType.MEMBER_BADGE_EARNED: BadgeEarnedPayload,
}

_Data = TypeVar("_Data", bound=_Payload)


class _CloudEvent(BaseModel, Generic[_Data]):
    """A CloudEvents 1.0 event. `source` and `id` together tell an event from its repetition."""

    specversion: Literal["1.0"]
    id: str
    source: Annotated[str, Field(description="``/programs/`` and the program's id.")]
    type: str
    subject: Annotated[str, Field(description="The member's id.")]
    time: Annotated[dt.datetime, Field(description="When it was decided, UTC.")]
    datacontenttype: Literal["application/json"]
    dataschema: str
    partitionkey: Annotated[str, Field(description="The member's id: one member's events keep their order.")]
    sequence: Annotated[
        str, Field(pattern=r"^\d{20}$", description="Counts a member's events from 1; sorts as text.")
    ]
    data: _Data


def message_schema(kind: MessageType) -> dict[str, Any]:
    """The JSON Schema of the whole event, as published in ``docs/messages``."""
    payload = PAYLOADS[kind]
    schema = _CloudEvent[payload].model_json_schema()  # type: ignore[valid-type]
    schema["properties"]["type"]["const"] = kind.value
    schema["properties"]["dataschema"]["const"] = schema_path(kind)
    return {
        "$schema": SCHEMA_DIALECT,
        "$id": schema_path(kind),
        **schema,
        "title": kind.value,
        "description": payload.__doc__,
    }


def schema_path(kind: MessageType) -> str:
    """Where the schema is served; the events name it as ``dataschema``."""
    return f"/schemas/{kind.value}.v1.json"
