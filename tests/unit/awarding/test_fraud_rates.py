"""Error rates of a sample, and which receipts are drawn for it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awarding.fraud.rates import rate_of
from pipeline.sampling import is_drawn
from receipts.identity import ProgramId, ReceiptId

PROGRAM = ProgramId("sunny")


def test_the_interval_is_wilsons() -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263 and 0 of 20."""
    many, none = rate_of(81, 263), rate_of(0, 20)
    assert (many.low, many.high) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))
    assert (none.low, none.high) == (pytest.approx(0, abs=5e-5), pytest.approx(0.1611, abs=5e-5))
    assert (rate_of(0, 0).low, rate_of(0, 0).high, rate_of(0, 0).share) == (0, 1, 0)


@given(st.integers(1, 500), st.data())
def test_the_interval_holds_the_share_and_stays_within_0_and_1(looked_at: int, data: st.DataObject) -> None:
    rate = rate_of(data.draw(st.integers(0, looked_at)), looked_at)
    assert 0 <= rate.low <= rate.share <= rate.high <= 1


def test_the_interval_covers_the_truth_about_95_times_in_100() -> None:
    chance = random.Random(6)
    for truth in (0.02, 0.2):
        covered = 0
        for _ in range(1000):
            rate = rate_of(sum(chance.random() < truth for _ in range(200)), 200)
            covered += rate.low <= truth <= rate.high
        assert 920 <= covered <= 980


def test_a_draw_is_the_receipts_own_and_about_the_share() -> None:
    ids = [ReceiptId(f"rcp_{number}") for number in range(20_000)]
    drawn = {each for each in ids if is_drawn("secret", PROGRAM, each, 0.05)}
    assert 900 < len(drawn) < 1100
    assert drawn == {each for each in reversed(ids) if is_drawn("secret", PROGRAM, each, 0.05)}
    more = {each for each in ids if is_drawn("secret", PROGRAM, each, 0.1)}
    assert drawn < more, "a larger share draws the same and more"
    other = {each for each in ids if is_drawn("another secret", PROGRAM, each, 0.05)}
    assert len(drawn & other) < 120, "nobody without the secret can tell"
    assert len(drawn & {each for each in ids if is_drawn("secret", ProgramId("mill"), each, 0.05)}) < 120
    assert not any(is_drawn("secret", PROGRAM, each, 0.0) for each in ids[:1000])
    assert all(is_drawn("secret", PROGRAM, each, 1.0) for each in ids[:1000])
