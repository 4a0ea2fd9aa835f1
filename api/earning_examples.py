"""Examples of what is answered about activities, members' facts and previews of campaigns."""

from __future__ import annotations

from typing import Any

_MEMBER_ID = "mem_7a1f0c9d3e2b81a650d6c2b8e4a7f4c5"
_FACTS: dict[str, Any] = {
    "birthday": "03-06",
    "segments": ["march-mail"],
    "tier": "gold",
    "badges": ["explorer"],
}
_RULE = {"campaign_id": "summer", "rule_id": "per-dollar", "receipts": 412, "points": 30900}

EARNING_EXAMPLES: dict[str, Any] = {
    "ActivityCounted": {
        "id": "act_0d6c2b8e4a7f4c57a1f0c9d3e2b81a65",
        "event_id": "crm-4711",
        "member_id": _MEMBER_ID,
        "event": "signup",
        "happened_on": "2026-03-05",
        "points": 200,
        "rules": [
            {
                "campaign_id": "joining",
                "campaign_version": 1,
                "rule_id": "joined",
                "answer": "paid",
                "points": 200,
                "positions": [],
                "sentence": "“Welcome aboard”: 200 points.",
            }
        ],
    },
    "Standing": _FACTS,
    "RulePreviewed": _RULE,
    "CampaignPreviewed": {
        "looked_at": 1830,
        "receipts": 412,
        "points": 30900,
        "members": 288,
        "largest": 410,
        "rules": [_RULE],
    },
}
"""By the schema's name in the document."""
