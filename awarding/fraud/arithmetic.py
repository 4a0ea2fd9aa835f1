"""The sums on the receipt do not add up.

An honest photo often does not add up: a line is missed, a discount is read as nothing, a digit is wrong.
Holding every one of these would fill the reviewers' list with honest people, so an ordinary unbalanced
reading is noted and paid. Only what cannot be a missed line is strong: the lines that would be paid claim
more than the receipt's own total allows. That is what an added or raised line looks like, and where it is a
misreading after all, paying it would be wrong as well. A total that lines and payment contradict was not
believed when it was read: it pays nothing more, and is noted.
"""

from __future__ import annotations

from itertools import combinations

from awarding.fraud.evidence import Evidence
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import clear, unknown
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength
from receipts.match import MatchVerdict
from receipts.money import Money, total_of
from receipts.receipt import LineItem, Receipt

NAME = "arithmetic"
VERSION = 2

ROUNDING_MINOR = 5
"""Minor units by which tills round cash totals (to 0.05 in several countries)."""
PASTED_LINES_MAX = 2
"""Lines that are left out to see whether the rest adds up; with more, chance finds a sum too easily."""

_MEMBER_SENTENCES: dict[Strength, str] = {
    Strength.STRONG: (
        "The amounts we read on your receipt do not add up to its total, so one of us will have a look."
    ),
    Strength.WEAK: (
        "We may not have read every line of your receipt. If a product is missing, send a sharper photo."
    ),
}


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:  # noqa: ARG001 - every check takes both
    """Strong when the program's own products cost more than the total, or are exactly what is too much."""
    receipt = evidence.receipt
    if receipt.balanced and receipt.overruled_total is not None:
        return _suspect(
            Strength.WEAK,
            f"The row called total says {receipt.overruled_total}; the other amounts make {receipt.total},"
            " which was taken. A total that was changed looks so, and a misread one.",
            receipt,
        )
    if receipt.balanced:
        return clear(
            check=NAME, version=VERSION, sentence="Lines, tax and total add up.", evidence=_facts(receipt)
        )
    if receipt.total is None or not receipt.items:
        missing = "total" if receipt.total is None else "products"
        return unknown(
            check=NAME,
            version=VERSION,
            sentence=f"The sums cannot be checked: the {missing} could not be read.",
            member_sentence=f"We could not read the {missing} on the receipt, so one of us will have a look.",
            evidence=_facts(receipt),
        )
    wanted = _matched_items(evidence)
    spent = total_of([item.net for item in wanted], receipt.currency)
    if spent.minor > abs(receipt.total.minor) + ROUNDING_MINOR:
        return _suspect(
            Strength.STRONG,
            f"The lines matched to products cost {spent}, more than the printed total {receipt.total}.",
            receipt,
        )
    pasted = _lines_too_many(receipt, wanted)
    if pasted:
        words = " and ".join(f"“{item.description}” ({item.net})" for item in pasted)
        return _suspect(
            Strength.STRONG, f"Without {words} the lines add up to the printed sums exactly.", receipt
        )
    lines = total_of([item.net for item in receipt.items], receipt.currency)
    return _suspect(
        Strength.WEAK,
        f"The lines add up to {lines}, the printed total is {receipt.total}; a line may not have been read.",
        receipt,
    )


def _matched_items(evidence: Evidence) -> tuple[LineItem, ...]:
    """Lines that earn, or may earn once a person has said what they are."""
    positions = {
        match.position
        for match in evidence.matches
        if match.sku is not None and match.verdict is not MatchVerdict.NONE
    }
    return tuple(item for item in evidence.receipt.items if item.position in positions)


def _lines_too_many(receipt: Receipt, wanted: tuple[LineItem, ...]) -> tuple[LineItem, ...]:
    """The fewest matched lines without which all the others add up exactly; empty when there are none."""
    printed = {sum_.minor for sum_ in _printed_sums(receipt)}
    lines_minor = sum(item.net.minor for item in receipt.items)
    for count in range(1, PASTED_LINES_MAX + 1):
        if count >= len(receipt.items):
            break
        for left_out in combinations(wanted, count):
            if lines_minor - sum(item.net.minor for item in left_out) in printed:
                return left_out
    return ()


def _printed_sums(receipt: Receipt) -> tuple[Money, ...]:
    """What the lines may add up to: the subtotal, the total with tax in it, the total less tax."""
    sums = [sum_ for sum_ in (receipt.subtotal, receipt.total) if sum_ is not None]
    if receipt.total is not None and receipt.tax is not None:
        sums.append(receipt.total - receipt.tax)
    return tuple(sums)


def _facts(receipt: Receipt) -> tuple[EvidenceFact, ...]:
    named = (
        ("printed subtotal", receipt.subtotal),
        ("printed tax", receipt.tax),
        ("printed total", receipt.total),
        ("on the row called total", receipt.overruled_total),
    )
    lines = total_of([item.net for item in receipt.items], receipt.currency)
    facts = [EvidenceFact(name, f"{money} {money.currency}") for name, money in named if money is not None]
    return (*facts, EvidenceFact(f"sum of {len(receipt.items)} lines read", f"{lines} {lines.currency}"))


def _suspect(strength: Strength, reviewer_sentence: str, receipt: Receipt) -> FraudSignal:
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=strength,
        reviewer_sentence=reviewer_sentence,
        member_sentence=_MEMBER_SENTENCES[strength],
        evidence=_facts(receipt),
    )
