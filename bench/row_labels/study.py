"""Training by folds, thresholds from what the folds say, and the tables of what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.reading.cases import Row
from bench.row_labels.features import row_features
from bench.row_labels.gold import ANY, LABELS, as_matrix
from bench.row_labels.model import RowModel, train
from bench.row_labels.pages import Page
from bench.row_labels.rankers import AHEADS, FIELDS, Candidates, Ranker, fit_ranker, with_answer
from bench.row_labels.ways import Reader, Use, Way, chosen, counts_by_way, counts_of, item_f1

Floats = NDArray[np.float64]
FOLDS: Final = 5
EPOCHS: Final = 20
NETWORKS: Final = 3
HIDDEN: Final = 48
REAL_WEIGHT: Final = 3.0
"""Of a row of a real page, against a drawn one's: there are many fewer."""
Opinions = dict[str, Floats]


@cache
def _features(page: _Known) -> Floats:
    return row_features(page.page.view.lines, page.page.view.cues.vocabulary)


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A page by its identity, for what is kept of it."""

    page: Page


class Study:
    """The training pages with everything that is learned from them."""

    def __init__(self, pages: Sequence[Page], rules: ModuleType, *, hidden: int = HIDDEN) -> None:
        self.pages, self.rules, self.hidden = pages, rules, hidden
        groups = sorted({page.group for page in pages})
        self.fold_of = {group: number % FOLDS for number, group in enumerate(groups)}
        self.opinions: Opinions = {}
        for fold in range(FOLDS):
            model = self.fit(page for page in pages if self.fold_of[page.group] != fold)
            self.opinions |= opinions(model, (page for page in pages if self.fold_of[page.group] == fold))
        self.model = self.fit(pages)

    def fit(self, pages: Iterable[Page]) -> RowModel:
        """A model of these pages' rows."""
        known = [(page, page.gold) for page in pages if page.gold is not None]
        tables = [_features(_known(page)) for page, _ in known]
        x = np.concatenate(tables)
        allowed = np.concatenate([as_matrix(gold) for _, gold in known])
        weight = np.concatenate(
            [
                np.full(len(table), REAL_WEIGHT if page.real else 1.0)
                for (page, _), table in zip(known, tables, strict=True)
            ]
        )
        return train(x, allowed, hidden=self.hidden, epochs=EPOCHS, networks=NETWORKS, weight=weight)


_kept: dict[int, _Known] = {}


def _known(page: Page) -> _Known:
    return _kept.setdefault(id(page), _Known(page))


def opinions(model: RowModel, pages: Iterable[Page]) -> Opinions:
    """What the model says of each page's rows."""
    return {page.name: model.probabilities(_features(_known(page))) for page in pages}


@dataclass(frozen=True, slots=True)
class RowScore:
    """How many rows are labelled right, and for each label F1 over the rows whose gold is one label."""

    rows: int
    right: float
    f1: Mapping[str, float]

    @property
    def macro(self) -> float:
        """The mean of the labels' F1."""
        return sum(self.f1.values()) / max(1, len(self.f1))


def row_score(pages: Sequence[Page], said: Mapping[str, Sequence[int]]) -> RowScore:
    """Of labels (as numbers of `LABELS`) said of pages by name; rows that may be anything do not count."""
    right = rows = 0
    table = np.zeros((len(LABELS), len(LABELS)))
    for page in pages:
        for allowed, label in zip(page.gold or (), said[page.name], strict=True):
            if allowed == ANY:
                continue
            rows += 1
            right += LABELS[label] in allowed
            if len(allowed) == 1:
                table[LABELS.index(next(iter(allowed))), label] += 1
    hit = table.diagonal()
    scores = 2 * hit / np.maximum(1, table.sum(axis=0) + table.sum(axis=1))
    seen = table.sum(axis=1) > 0
    f1 = {
        label.value: float(score) for label, score, there in zip(LABELS, scores, seen, strict=True) if there
    }
    return RowScore(rows, right / max(1, rows), f1)


def rules_say(pages: Iterable[Page]) -> dict[str, list[int]]:
    """The labels that the rules imply."""
    return {page.name: [LABELS.index(label) for label in page.view.labels] for page in pages}


def model_says(found: Opinions) -> dict[str, list[int]]:
    """The likeliest labels."""
    return {name: [int(i) for i in sure.argmax(axis=1)] for name, sure in found.items()}


class Chooser:
    """Which threshold each way gets: the one that gained most on pages outside of a fold."""

    def __init__(self, study: Study, reader: Reader) -> None:
        self._fold_of = {page.name: study.fold_of[page.group] for page in study.pages}
        self._counts = counts_by_way(study.pages, reader, study.rules)

    def ways(self, without: int | None = None) -> dict[tuple[Use, bool], Way | None]:
        """For each use, everywhere or where sums are open; `without` leaves out the pages of a fold."""
        scores = {
            way: item_f1(each for name, each in counts.items() if self._fold_of[name] != without)
            for way, counts in self._counts.items()
        }
        return {(use, open_): chosen(scores, use, when_open=open_) for use in Use for open_ in (True, False)}


def read_all(pages: Sequence[Page], reader: Reader, way: Way | None) -> list[Row]:
    """Every page's reading."""
    return [reader.read(page, way) for page in pages]


DRAWS: Final = 2000
MIDDLE: Final = (5.0, 95.0)
"""Percent: the middle nine tenths."""


def gained(pages: Sequence[Page], plain: Sequence[Row], other: Sequence[Row], rules: ModuleType) -> str:
    """What item F1 gains, and the middle nine tenths of it were the chains or retailers drawn anew."""
    of_page = {page.name: page for page in pages if page.lists_items}
    groups = sorted({page.group for page in of_page.values()})
    tallies = np.zeros((2, len(groups), 3))
    for which, rows in enumerate((plain, other)):
        for row in rows:
            page = of_page.get(row["file"].removesuffix(".jpg"))
            if page is not None:
                tallies[which, groups.index(page.group)] += counts_of(row, page, rules)
    drawn = np.random.default_rng(1).integers(len(groups), size=(DRAWS, len(groups)))

    def f1(picked: Floats) -> Floats:
        total = picked.sum(axis=-2)
        return np.asarray(2 * total[..., 0] / np.maximum(1, total[..., 1] + total[..., 2]))

    low, high = np.percentile(f1(tallies[1][drawn]) - f1(tallies[0][drawn]), MIDDLE)
    better = (tallies[1, :, 0] - tallies[0, :, 0], tallies[0, :, 2] - tallies[1, :, 2])
    changed = int(np.any(np.stack(better) != 0, axis=0).sum())
    whole = float(f1(tallies[1]) - f1(tallies[0]))
    return f"{whole:+.3f} ({low:+.3f} to {high:+.3f}; {changed} of {len(groups)} groups change)"


class Ranking:
    """A ranker for each field, tried on folds; how far ahead it must be is chosen on them."""

    def __init__(self, study: Study, reader: Reader) -> None:
        self._study, self._reader = study, reader
        self.found = {field: self._collected(study.pages, study.opinions, field) for field in FIELDS}

    def _collected(self, pages: Iterable[Page], sure: Opinions, field: str) -> dict[str, Candidates]:
        out = {}
        for page in pages:
            row = self._reader.read(page, None)
            if row["receipt"] is None:
                continue
            found = FIELDS[field](page, sure[page.name], row, self._study.rules)
            if found is not None:
                out[page.name] = found
        return out

    def fitted(self, field: str, without: int | None = None) -> tuple[Ranker, float]:
        """The ranker of all folds but one, and how far ahead it must be: above 1, never."""
        study, found = self._study, self.found[field]
        folds = [fold for fold in range(FOLDS) if fold != without]
        names = {fold: [p.name for p in study.pages if study.fold_of[p.group] == fold and p.name in found]
                 for fold in folds}  # fmt: skip
        hits = dict.fromkeys(AHEADS, 0)
        by_rules = 0
        for fold in folds:
            ranker = fit_ranker([found[n] for other in folds if other != fold for n in names[other]])
            for name in names[fold]:
                each = found[name]
                by_rules += each.by_rules >= 0 and bool(each.right[each.by_rules])
                for ahead in AHEADS:
                    hits[ahead] += _is_right(ranker, each, ahead)
        best = max(AHEADS, key=lambda ahead: (hits[ahead], ahead))
        ranker = fit_ranker([found[n] for fold in folds for n in names[fold]])
        return ranker, best if hits[best] > by_rules else NEVER

    def answers(
        self, pages: Sequence[Page], sure: Opinions, field: str, ranker: Ranker, ahead: float
    ) -> list[Row]:
        """The rules' readings with the field answered by the ranker where it is so far ahead."""
        found = self._collected(pages, sure, field)
        out = []
        for page in pages:
            row = self._reader.read(page, None)
            if page.name in found and ahead < NEVER:
                row = with_answer(row, field, ranker.answer(found[page.name], ahead))
            out.append(row)
        return out

    def reachable(self, pages: Sequence[Page], sure: Opinions, field: str) -> tuple[int, int]:
        """On how many pages the rules are wrong, and on how many of these a candidate is right."""
        found = self._collected(pages, sure, field).values()
        wrong = [each for each in found if each.by_rules < 0 or not each.right[each.by_rules]]
        return len(wrong), sum(bool(each.right.any()) for each in wrong)


NEVER: Final = 2.0


def _is_right(ranker: Ranker, found: Candidates, ahead: float) -> bool:
    answer = ranker.answer(found, ahead)
    return answer is not None and bool(found.right[found.values.index(answer)])
