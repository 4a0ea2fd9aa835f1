"""What was read, but not surely enough, waits for a person."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from awarding.fraud import doubtful_reading
from awarding.fraud.policy import ScreenPolicy
from receipts.fraud import Finding, Risk
from receipts.receipt import FieldConfidence

POLICY = ScreenPolicy()


@pytest.mark.parametrize("field", ["total", "date"])
def test_a_field_that_decides_points_must_be_surer_than_not(make: SimpleNamespace, field: str) -> None:
    def finding(sure: float) -> Finding:
        read = make.receipt(confidence=(FieldConfidence(field, sure),))
        return doubtful_reading.check(make.evidence(read), POLICY).finding

    assert finding(POLICY.least_sure) is Finding.CLEAR
    assert finding(POLICY.least_sure - 0.01) is Finding.SUSPECT


def test_a_doubted_total_holds_and_both_sides_are_told_why(make: SimpleNamespace) -> None:
    read = make.receipt(confidence=(FieldConfidence("total", 0.31),))
    assert make.screened(make.evidence(read)).risk is Risk.HOLD
    signal = doubtful_reading.check(make.evidence(read), POLICY)
    assert "the total (31%)" in signal.reviewer_sentence
    assert "total on your receipt" in (signal.member_sentence or "")


def test_only_lines_that_a_product_was_found_for_are_doubted(make: SimpleNamespace) -> None:
    read = make.receipt()
    oats, bread, *rest = read.items

    def finding(*items: object) -> Finding:
        return doubtful_reading.check(make.evidence(replace(read, items=items)), POLICY).finding

    assert finding(replace(oats, confidence=0.2), bread, *rest) is Finding.SUSPECT
    assert finding(oats, replace(bread, confidence=0.2), *rest) is Finding.CLEAR


def test_a_program_may_want_to_be_surer(make: SimpleNamespace) -> None:
    read = make.evidence(make.receipt(confidence=(FieldConfidence("date", 0.8),)))
    assert make.screened(read).risk is Risk.CLEAR
    assert make.screened(read, least_sure=0.9).risk is Risk.HOLD
    with pytest.raises(ValueError, match="least_sure"):
        ScreenPolicy(least_sure=1.5)
