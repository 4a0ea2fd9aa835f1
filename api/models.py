"""The API's own JSON shapes: what OpenAPI documents, kept apart from the pipeline's read models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.plain_text import PlainText

StateName = Literal[
    "received", "read", "matched", "screened", "awarded", "declined", "rejected", "held", "failed"
]
CaseStatusName = Literal["open", "approved", "declined"]
_RECEIPT_ID = "rcp_5b0c2f7d1f0b4f0d9d5e0a6a3c1e7f42"
_SUBMISSION_ID = "sub_0d6c2b8e4a7f4c57a1f0c9d3e2b81a65"
_MEMBER_ID = "mem_7a1f0c9d3e2b81a650d6c2b8e4a7f4c5"


_Position = Annotated[int, Field(ge=0, le=100_000)]
_Sku = Annotated[PlainText, Field(max_length=100)]


class Shape(BaseModel):
    """All shapes are read only and say no more than they declare."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TokenRequest(Shape):
    """Sign-in of an account that asks for a token."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"email": "core@example.com", "password": "sunny-core"}]}
    )
    email: PlainText = Field(max_length=254)
    password: str = Field(max_length=1024)
    code: str | None = Field(
        default=None,
        max_length=60,
        description="Of staff who sign in by two steps: their app's code of now, or a recovery code.",
    )


class Token(Shape):
    """A bearer token."""

    access_token: str = Field(description="Send as `Authorization: Bearer ...`.")
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  (a kind, no secret)
    expires_in: int = Field(description="Seconds.", examples=[3600])
    role: Literal["member", "reviewer", "admin", "service"]
    program_id: str = Field(examples=["sample"])
    member_id: str | None = Field(description="For members only.", examples=[_MEMBER_ID])


class Amount(Shape):
    """Money: a decimal string with its ISO 4217 currency."""

    amount: str = Field(examples=["15.90"])
    currency: str = Field(examples=["USD"])


class ReceiptBrief(Shape):
    """A receipt as one row of a list."""

    id: str = Field(examples=[_RECEIPT_ID])
    submission_id: str = Field(examples=[_SUBMISSION_ID])
    state: StateName
    sentence: str = Field(description="The state in words for the member.")
    file_name: str = Field(description="As the sender named it.", examples=["IMG_2041.jpg"])
    retailer: str = Field(description="Empty until read.", examples=["Harbor Foods"])
    purchased_on: str | None = Field(description="As printed, YYYY-MM-DD.", examples=["2026-03-05"])
    total: Amount | None
    points: int | None = Field(description="Null until decided; 0 where nothing was paid.", examples=[120])
    received_at: datetime
    url: str = Field(examples=[f"/v1/receipts/{_RECEIPT_ID}"])


class Submission(Shape):
    """One upload, e-mail or text with a receipt for each file."""

    id: str = Field(examples=[_SUBMISSION_ID])
    member_id: str = Field(examples=[_MEMBER_ID])
    channel: Literal["upload", "email", "sms"]
    received_at: datetime
    receipts: list[ReceiptBrief]
    url: str = Field(examples=[f"/v1/submissions/{_SUBMISSION_ID}"])
    events_url: str = Field(
        description="Server-sent events until every receipt has stopped moving.",
        examples=[f"/v1/submissions/{_SUBMISSION_ID}/events"],
    )


class SubmissionPage(Shape):
    """Newest first."""

    items: list[Submission]
    next_cursor: str | None = Field(description="Ask with it as `cursor`; null at the end.")


class Product(Shape):
    """A catalog product."""

    sku: str = Field(examples=["SM-OAT-500"])
    name: str = Field(examples=["Sunny Mill Rolled Oats"])
    brand: str = ""
    size: str = Field(default="", examples=["500 g"])
    category: str = ""
    gtin: str | None = Field(default=None, description="14 digits.")


class Candidate(Shape):
    """A product that a line may be."""

    product: Product
    probability: float = Field(ge=0, le=1)


class LineAnswer(Shape):
    """What the member says that a line is: evidence for the reviewer, which pays nothing by itself."""

    product: Product | None = Field(description="Null where the catalog has none of that barcode.")
    barcode: str | None = Field(description="14 digits, as read from the package; null where chosen.")
    at: datetime


class LineAnswerRequest(Shape):
    """One of the two: a candidate's SKU, or the digits under the barcode of the package."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sku": "SM-OAT-500"}]})
    sku: _Sku | None = None
    barcode: PlainText = Field(default="", max_length=40, examples=["0012345678905"])


class PictureCheck(Shape):
    """What is wrong with a picture, while the paper is still in hand."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "flaw": "blurred",
                    "hopeless": True,
                    "sentence": "The picture is blurred. Please take it again.",
                }
            ],
        }
    )
    flaw: str | None = Field(description="Null where nothing is wrong.", examples=["blurred"])
    hopeless: bool = Field(description="It would be refused unread.")
    sentence: str = Field(description="What is wrong and what to do, for the member.")


class LineAnswered(Shape):
    """What was kept."""

    receipt_id: str
    position: int
    answer: LineAnswer
    sentence: str


class Line(Shape):
    """A printed line and what became of it."""

    position: int = Field(description="0 for the first line printed.")
    description: str = Field(examples=["SM RLD OATS 500G"])
    quantity: str = Field(examples=["2"])
    amount: Amount
    discount: Amount | None
    code: str | None
    confidence: float = Field(ge=0, le=1)
    verdict: Literal["accept", "ask", "none"] | None = Field(description="Null until matched.")
    product: Product | None
    candidates: list[Candidate] = Field(
        description="Best first; for members only of unsure lines, while a person is waited for."
    )
    member_says: LineAnswer | None = Field(description="What the member says that it is.")
    matched_by: str = Field(description="How it was matched, in words.")
    points: int
    how: list[str] = Field(description="How the line earned, or why it did not, in words.")


class Outcome(Shape):
    """One earning rule's answer."""

    campaign_id: str
    campaign_version: int
    rule_id: str
    answer: str = Field(examples=["paid"])
    points: int
    positions: list[int] = Field(description="The lines that earned by it.")
    sentence: str


class Receipt(ReceiptBrief):
    """A receipt with all that is known so far."""

    member_id: str
    channel: Literal["upload", "email", "sms"]
    rejection_code: str | None = Field(description="Why it cannot be processed; null otherwise.")
    reasons: list[str] = Field(description="Why it is held, or earned nothing, in words for the member.")
    would_pay: int = Field(description="What approval would pay, while held.")
    store: str
    purchased_at: str | None = Field(description="As printed, HH:MM or HH:MM:SS.")
    receipt_number: str
    subtotal: Amount | None
    tax: Amount | None
    is_refund: bool
    balanced: bool | None = Field(
        description="Items, tax and discounts add up to the total; null until read."
    )
    lines: list[Line]
    outcomes: list[Outcome]
    picture_url: str | None = Field(description="The straightened picture that was read, as JPEG.")
    may_ask: bool = Field(
        default=False, description="The policy alone declined it: POST .../second-look asks for a person."
    )
    may_withdraw: bool = Field(default=False, description="Its member can take it back: POST .../withdraw.")
    withdrawn: bool = Field(default=False, description="Its member took it back: it earns nothing.")
    updated_at: datetime


class Reason(Shape):
    """Why a person must look."""

    code: str
    member_sentence: str
    reviewer_sentence: str


class Fact(Shape):
    """One fact that a finding rests on."""

    name: str
    value: str


class Signal(Shape):
    """One fraud check's finding."""

    check: str
    finding: Literal["clear", "suspect", "unknown"]
    strength: Literal["weak", "strong"]
    sentence: str
    evidence: list[Fact]
    related_receipts: list[str]
    weight: float | None = Field(
        default=None, description="By the program's policy, 0 to 0.99; null where the finding is clear."
    )
    share: float | None = Field(default=None, description="Its part of the case's risk score.")
    does: Literal["note", "hold", "decline"] | None = Field(
        default=None, description="What it does whatever the score."
    )


class CaseBrief(Shape):
    """A review case as one row of the list."""

    id: str
    receipt: ReceiptBrief
    member_name: str
    status: CaseStatusName
    would_pay: int
    reasons: list[Reason]
    opened_at: datetime
    url: str


class CasePage(Shape):
    """Waiting cases, oldest first."""

    items: list[CaseBrief]
    waiting: int = Field(description="How many wait in all.")
    next_cursor: str | None = Field(description="Ask with it as `cursor`; null at the end.")


class Check(Shape):
    """One look at a mail's signatures, seals or results."""

    name: str = Field(examples=["dkim"])
    outcome: Literal["pass", "fail", "absent", "unknown"]
    domain: str
    sentence: str


class MailProof(Shape):
    """What a mail proves about itself."""

    verdict: Literal["proven", "supported", "unproven", "contradicted"]
    domain: str = Field(description="The domain that vouches; empty where none does.")
    checks: list[Check]


class SentBy(Shape):
    """How it is known who sent a mail or a text."""

    trust: Literal["secret_address", "vouched", "carrier", "unvouched", "claimed"]
    author: str = Field(description="Of the original mail; empty where unknown and for texts.")
    author_name: str
    proof: MailProof | None = Field(description="Of a mail; null for texts.")


class Case(Shape):
    """One review case with all that a decision needs."""

    id: str
    status: CaseStatusName
    member_name: str
    receipt: Receipt
    sent_by: SentBy | None = Field(description="How the mail or text came; null for an upload.")
    would_pay: int
    reasons: list[Reason]
    score: float = Field(default=0.0, description="The risk, 0 to 1: the findings' shares add up to it.")
    policy_version: int | None = Field(default=None, description="Of the policy that weighed the findings.")
    signals: list[Signal]
    note: str
    decided_by: str
    opened_at: datetime
    decided_at: datetime | None


class DecisionRequest(Shape):
    """A reviewer's decision."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"approve": True, "products": {"0": "SM-OAT-500", "2": None}, "note": "Seen on the picture."}
            ]
        }
    )
    approve: bool = Field(
        strict=True, description="`true` or `false` and nothing that looks like one: it moves points."
    )
    products: dict[_Position, _Sku | None] = Field(
        default={},
        description="By line position: the SKU that it is, or null for none of ours. Others stay as matched.",
    )
    note: PlainText = Field(
        default="", max_length=1000, description="For the record; on a decline the member reads it."
    )
    delay_s: int = Field(
        default=0, ge=0, le=300, description="Seconds until it takes effect; until then it can be undone."
    )


class Decided(Shape):
    """What came of a decision."""

    case_id: str
    status: Literal["approved", "declined", "planned", "second_person"] = Field(
        description="`planned`: it takes effect later. `second_person`: another reviewer must approve, too."
    )
    receipt_state: StateName
    points: int
    takes_effect_at: datetime | None = Field(default=None, description="Of a planned decision.")


class CatalogInForce(Shape):
    """The catalog that receipts are matched against."""

    version: str
    products: int
    imported: bool | None = Field(
        default=None, description="False where this very catalog was in force before."
    )


class CampaignInForce(Shape):
    """A campaign's newest version as it was imported."""

    id: str
    version: int
    document: dict[str, Any]


class CampaignList(Shape):
    """The campaigns in force, by id."""

    items: list[CampaignInForce]


class Messages(Shape):
    """A page of the feed: CloudEvents 1.0, in the one order of publication."""

    events: list[dict[str, Any]] = Field(
        description="Each is a CloudEvent; `source` and `id` together tell a repeated one.",
    )
    next_cursor: str = Field(description="Ask with it as `after`, also when there was nothing new.")
    more: bool = Field(description="There are more messages at this moment: ask again at once.")
