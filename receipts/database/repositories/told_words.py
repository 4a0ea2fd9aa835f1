"""What of a message is a member's own, and goes with them: words, and no number or product."""

from __future__ import annotations

from typing import Any

_TOLD_WORDS = frozenset(
    {"retailer", "store", "address", "phone", "receipt_number", "time", "description", "sentence"}
)
"""Of a message's data. Numbers, products, campaigns and entries stay: the books are proven by them."""


def without_words(value: Any) -> Any:  # noqa: ANN401  (JSON)
    """What a message says, without where and when exactly something was bought and how it was printed."""
    match value:
        case dict():
            return {
                name: ("" if isinstance(item, str) else None) if name in _TOLD_WORDS else without_words(item)
                for name, item in value.items()
            }
        case list():
            return [without_words(item) for item in value]
        case _:
            return value
