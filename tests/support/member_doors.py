"""What the routes of the member's pages ask for, and things of hers that others may not reach."""

from __future__ import annotations

from typing import Any

import httpx

from pipeline.objections import object_to_line, unanswered
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.wiring import Wiring
from receipts.identity import MemberId, ReceiptId

MEMBER_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/uploads"): {"headers": {"Tus-Resumable": "1.0.0", "Upload-Length": "9"}},
    ("PATCH", "/v1/uploads/{upload_id}"): {
        "headers": {
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": "0",
            "Content-Type": "application/offset+octet-stream",
        },
        "content": b"x",
    },
    ("POST", "/v1/picture-checks"): {"content": b"x", "headers": {"Content-Type": "image/jpeg"}},
    ("POST", "/receipts/{receipt_id}/lines/{position}/wrong"): {"data": {"text": "This is another product."}},
    ("POST", "/objections/{number}"): {"data": {"text": "It is right."}},
    ("POST", "/you/language"): {"data": {"language": "de"}},
    ("POST", "/privacy/delete"): {"data": {"password": "not the password"}},
}


def begun(http: httpx.Client) -> str:
    """An upload in pieces that Maya began; its id."""
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "9"}
    location: str = http.post("/v1/uploads", headers=headers).headers["location"]
    return location.rsplit("/", 1)[-1]


def said_wrong(wiring: Wiring, member_id: str, receipt_id: str) -> str:
    """What Maya said of a line; its number."""
    object_to_line(
        wiring,
        program_id=SAMPLE_PROGRAM.id,
        member_id=MemberId(member_id),
        receipt_id=ReceiptId(receipt_id),
        position=0,
        text="Larderline gave me two.",
    )
    return str(unanswered(wiring, SAMPLE_PROGRAM.id)[0].objection.number)
