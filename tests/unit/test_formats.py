"""Amounts, points and times as people write them."""

from __future__ import annotations

import pytest

from pipeline import formats


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (7 * 86_400.0, "7 days"),
        (86_400.0, "1 day"),
        (36 * 3_600.0, "1 day"),
        (86_399.0, "23 hours"),
        (3_600.0, "1 hour"),
        (300.0, "5 minutes"),
    ],
)
def test_how_long_a_link_works_is_never_said_longer_than_it_is(seconds: float, words: str) -> None:
    assert formats.duration(seconds) == words
