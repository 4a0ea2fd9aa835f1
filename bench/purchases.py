"""How well one purchase is found again, and two are told apart, under simulated reading slips.

Invented purchases with the slips that two photos show at their worst; each fact's rate stands below. Figures
from real receipts are in decision 5.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, time, timedelta

from rich.console import Console
from rich.table import Table

from awarding.likeness import same_purchase
from awarding.purchase import PurchaseFacts, lookup_keys
from receipts.money import Currency, Money

PAIRS = 20_000
USD = Currency("USD")
CHAINS = ("walmart", "target", "kroger", "corner market", "costco")
PRICES_MINOR = (199, 249, 299, 349, 399, 449, 499, 599, 799, 999, 1299)
OUTCOMES = ("SamePurchase", "MaybeSame", "Different", "not looked at")

TOTAL_WRONG, DATE_WRONG, TIME_WRONG, NUMBER_WRONG, NAME_WRONG = 0.12, 0.08, 0.15, 0.35, 0.25
LINE_MISSED, AMOUNT_WRONG = 0.12, 0.06
TIME_PRINTED, NUMBER_PRINTED = 0.85, 0.8

Pair = tuple[PurchaseFacts, PurchaseFacts]


def _purchase(dice: random.Random) -> PurchaseFacts:
    amounts = tuple(sorted(dice.choice(PRICES_MINOR) for _ in range(dice.choice([1, 1, 2, 3, 4, 6, 9, 14]))))
    return PurchaseFacts(
        retailer_key=dice.choice(CHAINS),
        store_key="",
        date=date(2026, 3, 1) + timedelta(days=dice.randrange(30)),
        time=_minute(dice) if dice.random() < TIME_PRINTED else None,
        number=str(dice.randrange(10**5, 10**8)) if dice.random() < NUMBER_PRINTED else "",
        currency=USD,
        total=Money(sum(amounts), USD),
        amounts=amounts,
    )


def _minute(dice: random.Random) -> time:
    return time(dice.randrange(8, 22), dice.randrange(60))


def _one_digit_wrong(dice: random.Random, text: str) -> str:
    place = dice.randrange(len(text))
    return text[:place] + dice.choice("0123456789") + text[place + 1 :]


def _read_badly(dice: random.Random, facts: PurchaseFacts) -> PurchaseFacts:
    total, day, minute, number, name = facts.total, facts.date, facts.time, facts.number, facts.retailer_key
    if total is not None and dice.random() < TOTAL_WRONG:
        other = Money(int(_one_digit_wrong(dice, str(total.minor))), USD)
        total = dice.choice([None, other, Money(dice.choice(facts.amounts), USD)])
    if day is not None and dice.random() < DATE_WRONG:
        day = dice.choice([None, day + timedelta(days=dice.choice([-1, 1, 10, 30]))])
    if minute is not None and dice.random() < TIME_WRONG:
        day_half = minute.replace(hour=(minute.hour + 12) % 24)
        minute = dice.choice([None, None, day_half, minute.replace(minute=(minute.minute + 10) % 60)])
    if number and dice.random() < NUMBER_WRONG:
        number = dice.choice(["", _one_digit_wrong(dice, number), number[2:], str(dice.randrange(10**6))])
    if dice.random() < NAME_WRONG:
        name = dice.choice(["", "something else", name[:-2]])
    kept = [amount for amount in facts.amounts if dice.random() >= LINE_MISSED]
    amounts = [
        int(_one_digit_wrong(dice, str(amount))) if dice.random() < AMOUNT_WRONG else amount
        for amount in kept
    ]
    return replace(
        facts,
        total=total,
        date=day,
        time=minute,
        number=number,
        retailer_key=name,
        amounts=tuple(sorted(amounts)),
    )


def _next_customer(dice: random.Random, facts: PurchaseFacts, *, soon: bool) -> PurchaseFacts:
    """The same things for the same sum at the same shop and day, later or within three minutes."""
    minute, number = facts.time, facts.number
    if minute is not None:
        later = minute.replace(minute=min(59, minute.minute + dice.randint(1, 3)))
        minute = later if soon else _minute(dice)
    if number:
        step = dice.choice([1, 2, 3]) if soon else dice.choice([1, 2, 3, 7, 30, 150])
        number = str(int(number) + step)
    return replace(facts, time=minute, number=number)


def _kinds(dice: random.Random) -> dict[str, Callable[[], Pair]]:
    def one_bad_photo() -> Pair:
        facts = _purchase(dice)
        return facts, _read_badly(dice, facts)

    def two_bad_photos() -> Pair:
        facts = _purchase(dice)
        return _read_badly(dice, facts), _read_badly(dice, facts)

    def later_that_day() -> Pair:
        facts = _purchase(dice)
        other = _next_customer(dice, facts, soon=False)
        return _read_badly(dice, facts), _read_badly(dice, other)

    def the_next_customer() -> Pair:
        facts = _purchase(dice)
        other = _next_customer(dice, facts, soon=True)
        return _read_badly(dice, facts), _read_badly(dice, other)

    return {
        "one purchase, one bad photo": one_bad_photo,
        "one purchase, two bad photos": two_bad_photos,
        "two equal purchases on one day, bad photos": later_that_day,
        "two equal purchases in three minutes, bad photos": the_next_customer,
    }


def _outcomes(pairs: Iterator[Pair]) -> Counter[str]:
    found: Counter[str] = Counter()
    for first, second in pairs:
        if set(lookup_keys(first)) & set(lookup_keys(second)):
            found[type(same_purchase(first, second)).__name__] += 1
        else:
            found["not looked at"] += 1
    return found


def main() -> None:
    """Print the table."""
    table = Table(title=f"Purchases found again, of {PAIRS:,} pairs each")
    table.add_column("pairs")
    for outcome in OUTCOMES:
        table.add_column(outcome, justify="right")
    for name, draw in _kinds(random.Random(7)).items():  # noqa: S311 - a simulation, repeatable by its seed
        found = _outcomes(draw() for _ in range(PAIRS))
        table.add_row(name, *(f"{found[outcome] / PAIRS:.2%}" for outcome in OUTCOMES))
    Console().print(table)


if __name__ == "__main__":
    main()
