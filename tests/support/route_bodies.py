"""What each route that takes a body is sent when the tests walk over all routes."""

from __future__ import annotations

from typing import Any

from tests.support.member_doors import MEMBER_BODIES

BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/submissions"): {"files": [("files", ("r.jpg", b"x"))]},
    ("POST", "/v1/uploads/direct"): {"json": {"size_bytes": 4}},
    ("POST", "/v1/direct-uploads"): {"files": [("file", ("r.jpg", b"x"))]},
    **MEMBER_BODIES,
    ("POST", "/v1/review-cases/{case_id}/decision"): {"json": {"approve": True}},
    ("POST", "/review/{case_id}/undo"): {"data": {}},
    ("POST", "/review/{case_id}/reversal"): {"data": {"what": "agree"}},
    ("POST", "/v1/review-cases/{case_id}/reversal"): {"json": {"note": "wrong shop"}},
    ("POST", "/v1/review-cases/{case_id}/reversal/decision"): {"json": {"agree": True}},
    ("POST", "/review/together"): {"data": {"cause": "x", "decision": "approve"}},
    ("POST", "/review/views"): {"data": {"name": "dear ones"}},
    ("POST", "/review/views/{number}/remove"): {"data": {}},
    ("PUT", "/v1/review-terms"): {"json": {"undo_s": 60}},
    ("POST", "/v1/review-cases/{case_id}/claim"): {"json": {}},
    ("POST", "/v1/review-cases/{case_id}/release"): {"json": {}},
    ("POST", "/v1/review-cases/{case_id}/pass-on"): {"json": {"note": "a word"}},
    ("POST", "/v1/review-cases/{case_id}/correction"): {"json": {"total": "1.00"}},
    ("GET", "/v1/review-cases/{case_id}/products"): {"params": {"search": "oats"}},
    ("POST", "/program/campaigns/form"): {"data": {"what": "try"}},
    ("POST", "/program/policies"): {"data": {"document": "{}"}},
    ("POST", "/program/policies/role"): {"data": {"version": "1", "role": "stop"}},
    ("POST", "/review/{case_id}/find"): {"data": {"find": "0", "words-0": "oats"}},
    ("POST", "/review/{case_id}/correct"): {"data": {"total": "1.00"}},
    ("POST", "/review/{case_id}/pass-on"): {"data": {"note": "a word"}},
    ("POST", "/review/{case_id}/release"): {"data": {}},
    ("PUT", "/v1/catalog"): {"files": [("file", ("c.csv", b"sku,name\nX,Y\n"))]},
    ("POST", "/v1/campaigns"): {"json": {}},
    ("POST", "/v1/campaigns/preview"): {"json": {}},
    ("PUT", "/v1/members/{member_id}/facts"): {"json": {"tier": "gold"}},
    ("POST", "/review/{case_id}"): {"data": {"decision": "approve"}},
    ("POST", "/receipts/{receipt_id}/retry"): {"data": {}},
    ("PUT", "/v1/matching"): {"json": {"accept_precision": 0.99}},
    ("POST", "/program/matching"): {"data": {"accept_precision": "0.99"}},
    ("POST", "/v1/receipts/{receipt_id}/lines/{position}/answer"): {"json": {"barcode": "036000291452"}},
    ("POST", "/receipts/{receipt_id}/lines/{position}"): {"data": {"barcode": "036000291452"}},
    ("POST", "/receipts/{receipt_id}/lines/{position}/barcode-photo"): {
        "files": [("photo", ("b.jpg", b"x"))]
    },
    ("POST", "/v1/receipts/{receipt_id}/lines/{position}/barcode-photo"): {
        "files": [("photo", ("b.jpg", b"x"))]
    },
    ("POST", "/receipts/{receipt_id}/second-look"): {"data": {}},
    ("POST", "/receipts/{receipt_id}/withdraw"): {"data": {}},
    ("POST", "/v1/fraud-policies"): {"json": {"version": 9}},
    ("PUT", "/v1/fraud-policies/in-force"): {"json": {"version": 1}},
    ("PUT", "/v1/fraud-policies/tried"): {"json": {"version": None}},
    ("POST", "/v1/fraud-policies/shadow-runs"): {"json": {"version": 1}},
    ("POST", "/v1/blind-reviews/{blind_id}/answer"): {"json": {"accept": True}},
    ("POST", "/review/blind/{blind_id}"): {"data": {"answer": "accept"}},
    ("POST", "/send"): {"files": [("files", ("r.jpg", b"x"))]},
    ("PUT", "/v1/members/{member_id}/addresses"): {"json": {"kind": "email", "address": "x@example.com"}},
    ("DELETE", "/v1/members/{member_id}/addresses"): {
        "params": {"kind": "email", "address": "x@example.com"}
    },
    ("POST", "/program/catalog"): {"files": [("file", ("c.csv", b"sku,name\nX,Y\n"))]},
    ("POST", "/program/catalog/product"): {"data": {"sku": "KTW-MTM-26Z", "name": "Another"}},
    ("POST", "/program/campaigns"): {"data": {"campaign": "everyday"}},
    ("POST", "/program/campaigns/edit"): {"data": {"document": "{}", "what": "activate"}},
    ("POST", "/program/people"): {"data": {"email": "x@example.com", "name": "X", "role": "admin"}},
    ("POST", "/program/review-terms"): {"data": {"undo_s": "60"}},
    ("POST", "/program/second-step"): {"data": {"asked": "no"}},
    ("POST", "/second-step"): {"data": {"what": "none"}},
    ("POST", "/sign-in/code"): {"data": {"code": "1"}},
    ("POST", "/program/keys"): {"data": {"name": "X", "account": "x", "days": "30"}},
    ("POST", "/program/keys/{key_id}/revoke"): {"data": {}},
    ("POST", "/program/people/{account_id}"): {"data": {"what": "disable"}},
    ("POST", "/program/points"): {"data": {"member": "mem_1", "points": "5", "reason": "broken jar"}},
    ("POST", "/program/points/{gift_id}"): {"data": {"what": "agree"}},
    ("POST", "/addresses"): {"data": {"do": "renew"}},
    ("POST", "/program/inbox/{inbound_id}/retry"): {"data": {}},
    ("POST", "/program/failures/retry"): {"data": {}},
    ("POST", "/program/deliveries/{delivery_id}/retry"): {"data": {}},
    ("POST", "/program/deliveries/{delivery_id}/give-up"): {"data": {}},
    ("POST", "/program/publishers/{publisher}/start"): {"data": {}},
    ("POST", "/v1/publishers/{publisher}/replay"): {"json": {"since": "2020-01-01T00:00:00Z"}},
    ("POST", "/v1/aliases/{alias_id}/withdrawal"): {"json": {"reason": "not what was bought"}},
    ("POST", "/v1/redemptions"): {
        "json": {"member_id": "mem_1", "points": 5, "reference": "till", "purpose": "a mug"}
    },
    ("POST", "/v1/redemptions/{redemption_id}/capture"): {"json": {}},
    ("POST", "/v1/returns"): {"json": {"receipt_id": "rcp_1", "reference": "R-1"}},
    ("POST", "/v1/receipts/{receipt_id}/correction"): {"json": {"lines": [{"position": 0, "sku": None}]}},
    ("POST", "/v1/corrections/{correction_id}/decision"): {"json": {"agree": True}},
    ("POST", "/corrections/{correction_id}"): {"data": {"what": "agree"}},
    ("POST", "/receipts/{receipt_id}/correction"): {"data": {"product-0": "none"}},
    ("POST", "/v1/gifts"): {
        "json": {"member_id": "mem_1", "points": 5, "reason": "broken jar", "reference": "ticket"}
    },
    ("POST", "/v1/gifts/{gift_id}/decision"): {"json": {"agree": True}},
    ("PUT", "/v1/points-terms"): {"json": {"pending_days": 3}},
    ("PUT", "/v1/purchase-data"): {"json": {"purchase_data": "own"}},
    ("PUT", "/v1/status-rules"): {"json": {"version": 1}},
    ("POST", "/learned/{alias_id}"): {"data": {"reason": "not what was bought"}},
}
