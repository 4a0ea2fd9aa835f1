"""A rematch as JSON: what the command prints and the API answers."""

from __future__ import annotations

from typing import Any

from pipeline.rematch import Rematch
from pipeline.rematch_adopt import Adopted


def rematch_document(found: Rematch, posted: Adopted) -> dict[str, Any]:
    """The receipt with its changed lines."""
    past = found.past
    return {
        "receipt_id": past.receipt_id,
        "received_at": past.received_at.isoformat(),
        "retailer": found.retailer,
        "state": past.state.value,
        "points": past.points,
        "outlook": found.outlook.value,
        "gains": found.gains,
        "falls": found.falls,
        "posted": posted is Adopted.POSTED,
        "versions": found.versions,
        "lines": [
            {
                "position": line.position,
                "printed": line.printed,
                "was": {"sku": line.was, "verdict": line.was_verdict.value, "points": line.paid},
                "would_be": {
                    "sku": line.now,
                    "verdict": line.now_verdict.value,
                    "reason": line.now_reason.value,
                    "points": _points_of(found, line.position),
                },
            }
            for line in found.lines
        ],
    }


def _points_of(found: Rematch, position: int) -> int:
    if found.decision is None:
        return 0
    return sum(line.points for line in found.decision.lines if line.position == position)
