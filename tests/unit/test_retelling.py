"""What was decided in English is told in German: sentences of rules, checks and declines, and their names."""

from __future__ import annotations

import ast
import datetime as dt
import inspect
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from awarding import declines, sentences
from pipeline.language import LANGUAGES, speaking
from pipeline.retelling import retold, tongue
from receipts.campaign import Clock, Rounding, RoundingOf, RoundingWay
from receipts.conditions import DaySpan, HourSpan, Limit, Period, PurchaseNumber, Streak, Weekday
from receipts.money import Money, currency

ROOT = Path(__file__).parents[2]
USD = currency("USD")
DAY = dt.date(2026, 3, 5)
CAMPAIGN = SimpleNamespace(
    name="Sun & “Fun",
    retailers=("Tom or Jerry", "Larderline", "C"),
    starts_on=DAY,
    ends_on=dt.date(2026, 5, 1),
    starts_time=dt.time(9),
    ends_time=None,
    clock=Clock.PROGRAM,
)
VALUES: dict[str, tuple[Any, ...]] = {
    "campaign": (CAMPAIGN,),
    "time": (dt.time(14, 7), None),
    "printed": ("Hof “Laden", ""),
    "wanted": ("USD",),
    "spent": (Money(1590, USD),),
    "per": (Money(100, USD),),
    "least": (Money(200_000, USD),),
    "start": (Money(1000, USD),),
    "goal": (Money(1000, USD),),
    "minor": (1240,),
    "earned": (1240,),
    "paid": (1, 0),
    "cap": (100,),
    "each": (10,),
    "points": (1, 1240),
    "base": (7,),
    "units": (3,),
    "buy": (4,),
    "sets": (2,),
    "parts": (3,),
    "found": (0, 2),
    "number": (2,),
    "run": (0, 1, 2),
    "own": ("gold", ""),
    "names": (("Salt and Vinegar", "B", "C", "D", "E", "F"),),
    "shops": (("A",), ("A", "B", "C", "D", "E", "F")),
    "places": (("Bern", "Chur"),),
    "tiers": (("gold", "silver"),),
    "badges": (("explorer",),),
    "weekdays": ((Weekday.MONDAY, Weekday.FRIDAY),),
    "times": (Decimal("2.5"),),
    "by": ("Winter",),
    "event": ("", "x"),
    "limit": tuple(Limit(times, period) for times in (1, 3) for period in Period),
    "rounding": tuple(Rounding(way, of) for way in RoundingWay for of in RoundingOf),
}


def _values(name: str, of: str) -> tuple[Any, ...]:
    if (name, of) == ("printed", "other_currency"):
        return ("CHF",)
    if name == "day":
        return (DAY, None) if of == "outside_dates" else (DAY,)
    if name == "spans":
        if "hours" in of:
            return ((HourSpan(dt.time(9), dt.time(11)), HourSpan(dt.time(13), dt.time(14))),)
        return (
            (DaySpan(DAY, dt.date(2026, 4, 6), False), DaySpan(DAY, dt.date(2026, 4, 6), True)),
            (DaySpan(DAY, DAY, True),),
        )
    if name == "asked":
        if "streak" in of:
            return tuple(Streak(3, each) for each in (Period.DAY, Period.WEEK, Period.MONTH))
        return (PurchaseNumber((3, 12), None), PurchaseNumber((1,), 5))
    return VALUES[name]


def _said_by_rules() -> Iterator[str]:
    for name, function in inspect.getmembers(sentences, inspect.isfunction):
        asked = inspect.signature(function).parameters
        if name.startswith("_") or "campaign" not in asked:
            continue
        choices = [_values(each, name) for each in asked]
        for at in range(max(map(len, choices))):
            yield function(**{each: few[at % len(few)] for each, few in zip(asked, choices, strict=True)})


@pytest.mark.parametrize("code", [each for each in LANGUAGES if each != "en"])
def test_every_sentence_of_rules_is_told_with_the_numbers_and_names_in_it(code: str) -> None:
    told = dict.fromkeys(_said_by_rules())
    assert len(told) > 70
    with speaking(code):
        assert [each for each in told if retold(each) == each] == []
        assert [each for each in told if "Sun & “Fun" not in retold(each)] == []
        assert {str(tongue(each)) for each in told} == {""}


def _said_in_code() -> Iterator[str]:
    """What the checks and decisions say to members, with an X for each thing that is filled in."""
    paths = [*(ROOT / "awarding" / "fraud").rglob("*.py"), ROOT / "awarding" / "decide.py"]
    for path in paths:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inner = {
            id(part) for each in ast.walk(tree) if isinstance(each, ast.JoinedStr) for part in each.values
        }
        for each in ast.walk(tree):
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in inner:
                yield each.value
            if isinstance(each, ast.JoinedStr):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else _filled(ast.unparse(part))
                    for part in each.values
                )


def _filled(part: str) -> str:
    kinds = {
        "spoken": "5 March 2026",
        "window_days": "30",
        "most": "3",
        "units": "3",
        "which": "which product X is",
    }
    named = {"missing": "total", "member": "date", "words": "shop's name"}
    return next((value for name, value in (kinds | named).items() if name in part), "X")


def test_every_sentence_of_checks_and_declines_is_told() -> None:
    of_checks = [
        each
        for each in _said_in_code()
        if any(word in each for word in ("one of us", "One of us", "your receipt", "You ", "Your "))
        and each[0].isupper()
        and each.endswith(".")
        and "\n" not in each
        and "member's" not in each
    ]
    assert len(of_checks) > 40
    of_declines = [*declines._DECLINE_SENTENCES.values(), declines._NO_LINES_SENTENCE]
    with speaking("de"):
        assert [each for each in (*of_checks, *of_declines) if retold(each) == each] == []
        near = next(_said_by_rules()) + declines._MISSED_LINES_SENTENCE
        assert "schärferes Foto" in retold(near)
        reviewed = retold("One of us looked at this receipt and could not accept it. Torn <b>off</b>.")
        assert reviewed.startswith("Jemand von uns")
        assert reviewed.endswith("Torn <b>off</b>.")


@pytest.mark.parametrize(
    ("english", "german"),
    [
        (
            "“A”: 15.90 USD on our products, 10 points for each full 1.00 USD, is 1,150 points.",
            "„A“: 15,90 USD für unsere Produkte, 10 Punkte je volle 1,00 USD, macht 1.150 Punkte.",
        ),
        (
            "We read the date on your receipt as 5 March 2026, which is still to come. One of us will have a"
            " look.",
            "Als Datum deines Belegs haben wir 5. März 2026 gelesen, und der Tag kommt erst noch."
            " Jemand von uns sieht nach.",
        ),
        (
            "“A” counts your 3rd purchase or every 5th purchase; this is your 22nd.",
            "„A“ zählt deinen 3. Einkauf oder jeden 5. Einkauf; dies ist dein 22. Einkauf.",
        ),
        ("110 points taken back: Somebody's word.", "110 Punkte zurückgenommen: Somebody's word."),
        ("Brought over from the old Club", "Übernommen aus: the old Club"),
        ("Brought over from the old Club, corrected", "Übernommen aus: the old Club, berichtigt"),
        ("Nobody's sentence.", "Nobody's sentence."),
        ("%(points)s %s %", "%(points)s %s %"),
        ("", ""),
    ],
)
def test_what_is_filled_in_is_written_as_the_language_does(english: str, german: str) -> None:
    assert retold(english) == english
    with speaking("de"):
        assert retold(english) == german


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        (("OAT “OLD” and SO",), "Wir sind nicht sicher, welches Produkt „OAT “OLD” and SO“ ist."),
        (("A", "B"), "Wir sind nicht sicher, welche Produkte „A“ und „B“ sind."),
        (("A", "B, C", "D"), "Wir sind nicht sicher, welche Produkte „A“, „B, C“ und „D“ sind."),
    ],
)
def test_what_a_line_prints_stands_in_german_marks(printed: tuple[str, ...], told: str) -> None:
    names = sentences.all_of(tuple(f"“{each}”" for each in printed))
    which = f"which product {names} is" if len(printed) == 1 else f"which products {names} are"
    with speaking("de"):
        assert retold(f"We are not sure {which}, so one of us will have a look.") == (
            f"{told} Jemand von uns sieht nach."
        )


def test_many_and_long_prints_are_told_with_their_marks_closed() -> None:
    names = sentences.all_of(tuple(f"“{each} {'LONG ' * 30}”" for each in "ABCDEFG"))
    with speaking("de"):
        said = retold(f"We are not sure which products {names} are, so one of us will have a look.")
    assert said.count("„") == said.count("“") > 2
    assert ("weitere" in said, "”" in said, " and " in said) == (True, False, False)
