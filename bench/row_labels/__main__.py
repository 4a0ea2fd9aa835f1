"""`python -m bench.row_labels --receipts ../shared/receipts [--pictures DIR --kept DIR]`.

What is trained: rows of receipts drawn in the training chains' ways and the first layouts, as an engine that
slips would see them, and of real pictures whose line items are labelled. What it is measured on: receipts of
chains held out, and each real receipt by a model and thresholds that saw no receipt of its retailer.
"""

from __future__ import annotations

import argparse
import json
import pickle
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Final

from bench.kept_engine import KeptEngine
from bench.reading.cases import Row, own_engine
from bench.reading.drawn import draw_set
from bench.reading.parts import HELD_OUT, HELD_OUT_COUNT, REAL, SEED
from bench.reading.scores import Figures, score, scorer
from bench.reading.table import number, table
from bench.row_labels.features import row_features
from bench.row_labels.gold import LABELS
from bench.row_labels.pages import Page, chain_pages, layout_pages, picture_pages, real_cases
from bench.row_labels.rankers import AHEADS, FIELDS, Ranker
from bench.row_labels.rules import view_of
from bench.row_labels.study import (
    FOLDS,
    HIDDEN,
    NEVER,
    Chooser,
    Opinions,
    Ranking,
    Study,
    gained,
    model_says,
    opinions,
    read_all,
    row_score,
    rules_say,
)  # fmt: skip
from bench.row_labels.ways import Reader, Use, counts_by_way, item_f1

SHOWN: Final = ("total", "date", "retailer", "item_f1", "quantity", "basket")
Sets = dict[str, list[Page]]
Fitted = dict[int | None, tuple[Ranker, float]]
"""By the fold that was left out."""


def _say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


def gather(asked: argparse.Namespace) -> tuple[list[Page], Sets, dict[str, int]]:
    """Training pages, held-out pages by set, and how many pictures of each read as no receipt."""
    engine = KeptEngine(own_engine(), asked.kept) if asked.kept else own_engine()
    training = [
        *chain_pages("training", asked.drawn, seed="rows", slips=True),
        *layout_pages(asked.drawn // 3, seed="rows"),
    ]
    _say(f"{len(training)} drawn")
    lost: dict[str, int] = {}
    for folder in REAL:
        cases = real_cases(asked.receipts / folder)
        read = list(picture_pages(cases, asked.receipts / folder / "labels", engine, real=True))
        training += [page for page in read if isinstance(page, Page)]
        lost[folder] = sum(isinstance(page, str) for page in read)
        _say(folder)
    held = {
        "held out": list(chain_pages(HELD_OUT, asked.held_out, seed=SEED, slips=False)),
        "held out, slips": list(chain_pages(HELD_OUT, asked.held_out, seed="slips", slips=True)),
    }
    if asked.pictures:
        cases = draw_set(HELD_OUT, HELD_OUT_COUNT, asked.pictures, seed=SEED)
        read = list(picture_pages(cases, asked.pictures / "labels", engine, real=False))
        held["held out, pictures"] = [page for page in read if isinstance(page, Page)]
        lost["held out, pictures"] = sum(isinstance(page, str) for page in read)
        _say("pictures")
    return training, held, lost


def scored(rows: Sequence[Row], pages: Sequence[Page], script: Path) -> Figures:
    """By the scoring script, against the pages' labels."""
    with tempfile.TemporaryDirectory() as folder:
        for page in pages:
            Path(folder, f"{page.name}.json").write_text(json.dumps(page.label), encoding="utf-8")
        return score(rows, Path(folder), script)


def rows_table(sets: Sets, by_model: dict[str, Opinions], linear: dict[str, Opinions]) -> str:
    """How rows are labelled: by the rules' reading, by the network, and by one without a hidden layer."""
    lines = []
    for name, pages in sets.items():
        known = [page for page in pages if page.gold is not None]
        for who, said in (
            ("rules", rules_say(known)),
            ("model", model_says(by_model[name])),
            ("linear", model_says(linear[name])),
        ):
            found = row_score(known, said)
            each = [number(found.f1.get(label.value)) for label in LABELS]
            lines.append([name, who, str(found.rows), number(found.right), number(found.macro), *each])
    heads = ("pages", "by", "rows", "right", "mean F1", *(label.value for label in LABELS))
    return table(heads, lines)


class Ends:
    """End to end: the scoring script's figures of each way, on each set of pages."""

    def __init__(self, study: Study, sets: Sets, sure: dict[str, Opinions], script: Path) -> None:
        self.study, self.sets, self.sure, self.script = study, sets, sure, script
        self.readers = {name: Reader(sure[name]) for name in sets}
        self.reader = Reader(study.opinions)

    def _fold_pages(self, pages: Sequence[Page], fold: int | None) -> list[Page]:
        return [page for page in pages if fold is None or self.study.fold_of[page.group] == fold]

    def ways(self) -> str:
        """A line for the rules, and for each way with the thresholds it got that reads anything otherwise."""
        chooser = Chooser(self.study, self.reader)
        got = {fold: chooser.ways(fold) for fold in (None, *range(FOLDS))}
        _say("thresholds chosen")
        lines, unchanged = list[list[str]](), list[str]()
        for name, pages in self.sets.items():
            plain = read_all(pages, self.readers[name], None)
            lines.append([name, "rules", *self._cells(plain, pages), ""])
            for use, when_open in product(Use, (True, False)):
                rows: list[Row] = []
                chosen = set[str]()
                for fold in range(FOLDS) if pages[0].real else (None,):
                    way = got[fold][use, when_open]
                    rows += read_all(self._fold_pages(pages, fold), self.readers[name], way)
                    chosen.add(str(way.least) if way else "never")
                where = "sums open" if when_open else "everywhere"
                said = f"{use.name.lower()}, {where}, {'/'.join(sorted(chosen))}"
                if {row["file"]: row for row in rows} == {row["file"]: row for row in plain}:
                    unchanged.append(f"{name}: {said}")
                    continue
                gain = gained(pages, plain, rows, self.study.rules)
                lines.append([name, said, *self._cells(rows, pages), gain])
        heads = ("pages", "way", *SHOWN, "item_f1 gained, 90 % of chains drawn anew")
        return "\n".join([table(heads, lines), "", "Nothing is read otherwise by:", *unchanged])

    def _cells(self, rows: Sequence[Row], pages: Sequence[Page]) -> list[str]:
        figures = scored(rows, pages, self.script)
        return [number(figures.get(name)) for name in SHOWN]

    def best_possible(self) -> str:
        """The same with thresholds chosen on the very pages: what no honest choice can pass."""
        lines = []
        for name, pages in self.sets.items():
            counts = counts_by_way(pages, self.readers[name], self.study.rules)
            scores = {way: item_f1(each.values()) for way, each in counts.items()}
            for use in Use:
                ways = [way for way in scores if way and way.use is use]
                best = max(ways, key=lambda way: scores[way])
                lines.append([name, number(scores[None]), number(scores[best]), str(best)])
        return table(("pages", "rules", "best", "way"), lines)

    def rankers(self) -> str:
        """A line for each field and set: the rules, the ranker, and what candidates could give at most."""
        ranking = Ranking(self.study, self.reader)
        lines = []
        for field in FIELDS:
            fitted: Fitted = {fold: ranking.fitted(field, fold) for fold in (None, *range(FOLDS))}
            for name, pages in self.sets.items():
                wrong, there = ranking.reachable(pages, self.sure[name], field)
                used = [fitted[fold][1] for fold in (range(FOLDS) if pages[0].real else (None,))]
                got = {"never" if ahead >= NEVER else str(ahead) for ahead in used}
                plain, own, *tried = (
                    self._ranked(ranking, field, name, fitted, ahead) for ahead in (NEVER, None, *AHEADS)
                )
                best = f"{max(tried):.3f} at {AHEADS[tried.index(max(tried))]}"
                cells = [number(plain), number(own), ", ".join(sorted(got)), best, str(wrong), str(there)]
                lines.append([field, name, *cells])
        heads = ("field", "pages", "rules", "ranker", "ahead by", "at best", "rules wrong", "right one there")
        return table(heads, lines)

    def _ranked(self, ranking: Ranking, field: str, name: str, fitted: Fitted, ahead: float | None) -> float:
        """The field's figure with each fold's ranker, so far ahead as it was fitted if None is given."""
        pages, rows = self.sets[name], list[Row]()
        for fold in range(FOLDS) if pages[0].real else (None,):
            ranker, own = fitted[fold]
            part = self._fold_pages(pages, fold)
            rows += ranking.answers(part, self.sure[name], field, ranker, own if ahead is None else ahead)
        return scored(rows, pages, self.script)[field]


def cost(study: Study, pages: Sequence[Page]) -> str:
    """Milliseconds of processor time a page, and how many numbers the model holds."""
    spent = dict.fromkeys(("rules", "features", "network"), 0.0)
    for page in pages:
        began = time.process_time()
        view_of(page.rows)
        rules = time.process_time()
        table_ = row_features(page.view.lines, page.view.cues.vocabulary)
        features = time.process_time()
        study.model.probabilities(table_)
        done = time.process_time()
        for name, seconds in (
            ("rules", rules - began),
            ("features", features - rules),
            ("network", done - features),
        ):
            spent[name] += seconds
    said = ", ".join(f"{name} {1000 * seconds / len(pages):.1f} ms" for name, seconds in spent.items())
    return (
        f"a page: {said}; {study.model.weights} numbers, {study.model.weights * 4 / 1024:.0f} kB as float32"
    )


def _read_kept(asked: argparse.Namespace) -> tuple[list[Page], Sets, dict[str, int]]:
    """Pages from the file of an earlier run (our own pickle), or gathered and kept there."""
    if asked.pages and asked.pages.exists():
        held: tuple[list[Page], Sets, dict[str, int]] = pickle.loads(asked.pages.read_bytes())  # noqa: S301
        return held
    gathered = gather(asked)
    if asked.pages:
        asked.pages.write_bytes(pickle.dumps(gathered))
    return gathered


def report(asked: argparse.Namespace) -> None:
    """Everything, printed as it is known."""
    script = asked.receipts / "score_reading.py"
    rules: ModuleType = scorer(script)
    training, held, lost = _read_kept(asked)
    print(
        f"trained on {len(training)} pages, {sum(page.gold is not None for page in training)} with rows known"
    )
    print(f"read as no receipt, and left out of all figures below: {lost}\n")
    study = Study(training, rules, hidden=HIDDEN)
    plain = Study(training, rules, hidden=0)
    _say("trained")
    photos = {case.name for case in real_cases(asked.receipts / "photos")}
    real = [page for page in training if page.real]
    sets: Sets = {
        "training": [page for page in training if not page.real],
        "scans": [page for page in real if page.name not in photos],
        "photos": [page for page in real if page.name in photos],
        **held,
    }
    sure, linear = (
        {
            name: opinions(each.model, pages)
            if name in held
            else {p.name: each.opinions[p.name] for p in pages}
            for name, pages in sets.items()
        }
        for each in (study, plain)
    )
    print(rows_table(sets, sure, linear), "\n")
    print(cost(study, held["held out"]), "\n", flush=True)
    ends = Ends(study, {name: pages for name, pages in sets.items() if name != "training"}, sure, script)
    print(ends.ways(), "\n", flush=True)
    print(ends.rankers(), "\n", flush=True)
    print(ends.best_possible(), flush=True)


def main() -> None:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--receipts", type=Path, required=True, help="scans, photos and score_reading.py")
    parser.add_argument("--drawn", type=int, default=210, help="receipts of the training chains")
    parser.add_argument("--held-out", type=int, default=150, help="receipts of the chains held out")
    parser.add_argument("--pictures", type=Path, help="where 300 pictures of the chains held out are or go")
    parser.add_argument("--kept", type=Path, help="where the engine's answers are kept between runs")
    parser.add_argument("--pages", type=Path, help="where pages are kept between runs of this command")
    report(parser.parse_args())


if __name__ == "__main__":
    main()
