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


def test_an_amount_that_the_sums_changed_is_held_where_its_line_earns(make: SimpleNamespace) -> None:
    read = make.receipt()
    oats, bread, *rest = read.items
    earning = make.evidence(replace(read, items=(replace(oats, repaired=True), bread, *rest)))
    other = make.evidence(replace(read, items=(oats, replace(bread, repaired=True), *rest)))
    assert make.screened(earning).risk is Risk.HOLD
    assert make.screened(other).risk is Risk.CLEAR
    said = doubtful_reading.check(earning, POLICY).reviewer_sentence
    assert "changed so that the sums close: the amount of line 1, “MORN OATS 500G” (3.99)" in said
    assert "not surely" not in said


def test_a_total_that_the_sums_changed_is_held(make: SimpleNamespace) -> None:
    read = make.evidence(make.receipt(repaired=("total",)))
    assert make.screened(read).risk is Risk.HOLD
    signal = doubtful_reading.check(read, POLICY)
    assert "the total (11.09)" in signal.reviewer_sentence
    assert "total on your receipt" in (signal.member_sentence or "")


def test_what_is_unsure_and_what_was_changed_are_both_told(make: SimpleNamespace) -> None:
    sure = FieldConfidence("date", 0.2)
    signal = doubtful_reading.check(
        make.evidence(make.receipt(repaired=("total",), confidence=(sure,))), POLICY
    )
    assert "the date (20%)" in signal.reviewer_sentence
    assert "the total (11.09)" in signal.reviewer_sentence
    assert len(signal.evidence) == 2
