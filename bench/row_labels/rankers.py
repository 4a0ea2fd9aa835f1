"""Rankers: of a page's amounts, days and head rows, which are the total, the purchase date, the retailer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from bench.reading.cases import DEFAULTS, Row
from bench.reading.scores import same_retailer
from bench.row_labels.gold import LABELS
from bench.row_labels.pages import Page
from ocr import arithmetic
from ocr.contact import TAX_ID
from ocr.cues import order_of
from ocr.dates import find_dates, holds_moment
from ocr.lexicon import Kind
from ocr.lines import Line
from ocr.shop_words import ADDRESS_WORDS, SHOP_WORDS
from ocr.sums import paid_in_cash, reckoned_totals

Floats = NDArray[np.float64]
RIDGE: Final = 1e-3
HEAD: Final = 12
MIN_LETTERS: Final = 3
MOST_CHARS: Final = 60
AHEADS: Final = (0.1, 0.3, 0.5, 0.7, 0.9, 0.97)
"""How much more likely than the rules' answer another must be to replace it: thresholds tried."""
_SAYING: Final = tuple(Kind)


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a field of a page may be: `right` ones of it, and the one that the rules chose (-1 for none)."""

    values: tuple[str, ...]
    features: Floats
    right: NDArray[np.bool_]
    by_rules: int


@dataclass(frozen=True, slots=True)
class Ranker:
    """Weights of a softmax over the candidates of one page."""

    mean: Floats
    spread: Floats
    weights: Floats

    def probabilities(self, found: Candidates) -> Floats:
        """Of each candidate."""
        raw = np.clip((found.features - self.mean) / self.spread, -5, 5) @ self.weights
        odds = np.exp(raw - raw.max())
        return np.asarray(odds / odds.sum())

    def answer(self, found: Candidates, ahead: float) -> str | None:
        """The likeliest, if it is so far ahead of what the rules chose; else theirs."""
        sure = self.probabilities(found)
        best = int(sure.argmax())
        if found.by_rules < 0 or sure[best] - sure[found.by_rules] >= ahead:
            return found.values[best]
        return found.values[found.by_rules]


def fit_ranker(pages: Sequence[Candidates]) -> Ranker:
    """By the likelihood of the right ones, a little held back; pages without a right one teach nothing."""
    kept = [each for each in pages if each.right.any()]
    table = np.concatenate([each.features for each in kept])
    mean, spread = table.mean(axis=0), table.std(axis=0)
    spread[spread < 1e-9] = 1.0  # noqa: PLR2004 - the same everywhere
    xs = [np.clip((each.features - mean) / spread, -5, 5) for each in kept]

    def loss(weights: Floats) -> tuple[float, Floats]:
        value, slope = RIDGE * len(kept) / 2 * float(weights @ weights), RIDGE * len(kept) * weights
        for x, each in zip(xs, kept, strict=True):
            raw = x @ weights
            odds = np.exp(raw - raw.max())
            odds /= odds.sum()
            held = odds * each.right
            value -= float(np.log(max(held.sum(), 1e-12)))
            slope = slope + x.T @ (odds - held / max(held.sum(), 1e-12))
        return value, slope

    found = minimize(loss, np.zeros(table.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return Ranker(mean, spread, np.asarray(found.x))


Collect = Callable[[Page, Floats, Row, ModuleType], Candidates | None]


def totals(page: Page, sure: Floats, row: Row, rules: ModuleType) -> Candidates | None:
    """Every positive amount on the page."""
    view = page.view
    read = row["receipt"]["total"]
    rows: dict[Decimal, list[Line]] = {}
    for line in view.lines:
        for price in line.prices:
            if price.value > 0:
                rows.setdefault(price.value, []).append(line)
    by_rules = Decimal(read) if read else None
    if by_rules is not None:
        rows.setdefault(by_rules, [])
    if not rows:
        return None
    item_sum = sum((draft.net for draft in view.solved.drafts), Decimal(0))
    vouching = (
        arithmetic.reachable(item_sum, view.sums) if view.solved.drafts else frozenset[Decimal](),
        paid_in_cash(view.sums),
        reckoned_totals(view.sums),
    )
    height = float(np.median([line.height for line in view.lines]))
    most = max(rows)
    features = []
    for value, lines in rows.items():
        says = [float(any(view.sums.kinds[line.index] is kind for line in lines)) for kind in _SAYING]
        opinion = np.max([sure[line.index] for line in lines], axis=0) if lines else np.zeros(len(LABELS))
        features.append([
            *says, *opinion, *(float(value in held) for held in vouching), min(4, len(lines)) / 4,
            float(value == most), float(value / most),
            max((line.height / height for line in lines), default=0.0),
            max((line.index / len(view.lines) for line in lines), default=0.0),
        ])  # fmt: skip
    values = tuple(str(value) for value in rows)
    right = np.array([rules.money(value) == rules.money(page.label["total"]) for value in values])
    at = -1 if by_rules is None else list(rows).index(by_rules)
    return Candidates(values, np.array(features), right, at)


def days(page: Page, sure: Floats, row: Row, _rules: ModuleType) -> Candidates | None:
    """Every day that the page can be read to name."""
    if not page.label.get("date"):
        return None
    view = page.view
    order, known = order_of(view.cues, DEFAULTS.currency, day_first=DEFAULTS.day_first)
    found = find_dates(view.lines, order, known_order=known, vocabulary=view.cues.vocabulary)
    repeats = Counter(each.value for each in found)
    rows: dict[str, list[float]] = {}
    for rank, each in enumerate(found):
        line = view.lines[each.line]
        for value, other in ((each.value, False), (each.alternative, True)):
            if value is None or value.isoformat() in rows:
                continue
            rows[value.isoformat()] = [
                float(rank == 0 and not other), 1 / (1 + rank), each.score / 6, float(other),
                float(each.certain), float(each.known_order), each.line / len(view.lines),
                min(3, repeats[each.value]) / 3, float(len(line.prices) > 0), float(":" in line.text),
                *sure[each.line],
            ]  # fmt: skip
    read = row["receipt"]["date"]
    if not rows or (read and read not in rows):
        return None
    right = np.array([value == page.label["date"] for value in rows])
    return Candidates(
        tuple(rows), np.array(list(rows.values())), right, list(rows).index(read) if read else -1
    )


def names(page: Page, _sure: Floats, row: Row, rules: ModuleType) -> Candidates | None:
    """What the rules call the shop, and every row of the head with letters."""
    lines, read = page.view.lines, str(row["receipt"]["retailer"]["name"] or "")
    height = float(np.median([line.height for line in lines]))
    head = [line for line in lines[:HEAD] if line.letters >= MIN_LETTERS and len(line.text) <= MOST_CHARS]
    texts = [read, *(line.text for line in head)]
    features = []
    for text, line in zip(texts, [None, *head], strict=True):
        near = line or next((each for each in head if rules.similarity(each.text, read) >= 0.8), None)  # noqa: PLR2004
        shape = [0.0] * 9 if near is None else [
            near.index / HEAD, near.height / height, float(near.index == 0), float(bool(near.prices)),
            float(holds_moment(near)), float(":" in near.text), float("." in near.text),
            float(bool(TAX_ID.search(near.text))),
            float(page.view.sums.kinds[near.index] is Kind.PLAIN),
        ]  # fmt: skip
        body = sum(rules.fold(text) in rules.fold(each.text) for each in lines) if text else 0
        features.append([
            float(line is None), rules.similarity(text, read), *shape, len(text) / MOST_CHARS,
            sum(map(str.isdigit, text)) / max(1, len(text)), float(text.isupper()),
            float(bool(SHOP_WORDS.search(text))), float(bool(ADDRESS_WORDS.search(text))), min(3, body) / 3,
        ])  # fmt: skip
    right = np.array([bool(text) and same_retailer(rules, page.label, text) for text in texts])
    return Candidates(tuple(texts), np.array(features), right, 0 if read else -1)


FIELDS: Final[Mapping[str, Collect]] = {"total": totals, "date": days, "retailer": names}


def with_answer(row: Row, field: str, value: Any) -> Row:  # noqa: ANN401 - as JSON has it
    """The row with another answer for the field."""
    receipt = {**row["receipt"], field: {"name": value} if field == "retailer" else value}
    return {**row, "receipt": receipt}
