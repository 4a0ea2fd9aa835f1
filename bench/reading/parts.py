"""The parts of the scoreboard of reading: each reads, scores and says its table."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from bench.fit_confidence import Seen, folds, look_through
from bench.kept_engine import KeptEngine
from bench.reading import calibration
from bench.reading.anchors import anchor_rows
from bench.reading.cases import Case, Row, folder_cases, own_engine, read_cases
from bench.reading.drawn import draw_set, read_drawn
from bench.reading.scores import Figures, judged, load_label, score, scorer
from bench.reading.speed import MOST_MB, MOST_RATIO, READERS, race
from bench.reading.spoilt import CONDITIONS, MOST_LOST_BY_TURNS, TURNS
from bench.reading.table import WANTED, figure_row, figure_table, number, table
from ocr.confidence.judge import LINE

REAL: Final = ("scans", "photos")
HELD_OUT: Final = "held_out"
SEED: Final = "b"
HELD_OUT_COUNT: Final = 300
TRAINING_COUNT: Final = 95
Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """How the scoreboard is run.

    Attributes:
        receipts: the folder with `scans`, `photos`, `negatives` and `score_reading.py`.
        work: where drawn pictures and what the engine saw are kept.
        jobs: processes that read.
        every: of the receipts, which: 1 for all, 6 for a sixth of each part.
        curve: where the picture of the calibration goes.
        anchors: a folder of other readers' environments; see docs/scoreboard.md.
    """

    receipts: Path
    work: Path
    kept: Path
    jobs: int
    every: int
    curve: Path
    anchors: Path | None

    @property
    def script(self) -> Path:
        """What scores readings."""
        return self.receipts / "score_reading.py"

    def labels(self, folder: str) -> Path:
        """The labels of a folder of real receipts."""
        return self.receipts / folder / "labels"

    def cases(self, folder: str) -> list[Case]:
        """The pictures of a folder of real receipts; of the few photos, three times the share."""
        cases = folder_cases(self.receipts / folder / "images")
        return cases[:: self.every if folder == "scans" else max(1, self.every // 3)]


class Scoreboard:
    """Runs parts; what one part read is at hand for the next."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._read: dict[str, list[Row]] = {}

    def _real(self, folder: str) -> list[Row]:
        if folder not in self._read:
            setting = self.setting
            self._read[folder] = read_cases(
                setting.cases(folder), what=folder, kept=setting.kept, jobs=setting.jobs
            )
        return self._read[folder]

    def _generated(self) -> list[Row]:
        if HELD_OUT not in self._read:
            setting = self.setting
            cases = draw_set(HELD_OUT, HELD_OUT_COUNT // setting.every, self._drawn_folder, seed=SEED)
            self._read[HELD_OUT] = read_cases(cases, what="held out", kept=setting.kept, jobs=setting.jobs)
        return self._read[HELD_OUT]

    @property
    def _drawn_folder(self) -> Path:
        return self.setting.work / HELD_OUT

    def _score(self, rows: Sequence[Row], labels: Path) -> Figures:
        names = [Path(row["file"]).stem for row in rows]
        return score(rows, labels, self.setting.script, names=names)

    def accuracy(self) -> tuple[str, Result]:
        """Real receipts, with what is wanted beside each figure."""
        lines, result = [], Result()
        for folder in REAL:
            rows = self._real(folder)
            figures = self._score(rows, self.setting.labels(folder))
            balanced = sum(bool(row["receipt"] and row["receipt"]["balanced"]) for row in rows)
            result[folder] = {**figures, "balanced": balanced, "receipts": len(rows)}
            lines.append(figure_row(f"{len(rows)} {folder}", figures, WANTED[folder]))
        said = [
            f"{name}: sums close on {each['balanced']} of {each['receipts']}" for name, each in result.items()
        ]
        return "\n".join([figure_table(lines), "", *said]), result

    def folds(self) -> tuple[str, Result]:
        """Halves of the scans, and receipts of layouts that no rule and no fit has seen."""
        rows, labels = self._real("scans"), self.setting.labels("scans")
        first = {case.name for case in folder_cases(self.setting.receipts / "scans" / "images")[::2]}
        halves = {
            "scans, first, third, fifth ...": [row for row in rows if Path(row["file"]).stem in first],
            "scans, second, fourth, sixth ...": [row for row in rows if Path(row["file"]).stem not in first],
        }
        sets = {name: self._score(half, labels) for name, half in halves.items() if half}
        folder = self._drawn_folder
        generated = self._generated()
        sets[f"{len(generated)} generated, layouts held out"] = self._score(generated, folder / "labels")
        for chains, count in ((HELD_OUT, len(generated)), ("training", TRAINING_COUNT // self.setting.every)):
            labels = self.setting.work / f"{chains}-as-printed"
            read = read_drawn(chains, count, labels, seed=SEED)
            sets[f"{count} generated, layouts {chains}, as a perfect engine sees them"] = self._score(
                read, labels
            )
        lines = [figure_row(name, figures) for name, figures in sets.items()]
        return figure_table(lines), {**sets}

    def _said(self, names: Sequence[str]) -> dict[str, list[calibration.Said]]:
        said: dict[str, list[calibration.Said]] = {field: [] for field in calibration.FIELDS}
        for name in names:
            rows = self._generated() if name == HELD_OUT else self._real(name)
            labels = self._drawn_folder / "labels" if name == HELD_OUT else self.setting.labels(name)
            for row in rows:
                receipt = Path(row["file"]).stem
                for field, sure, right in judged(row, load_label(labels, receipt), self.setting.script):
                    said[field].append((f"{name}/{receipt}", sure, right))
        return said

    def _by_folds(self) -> dict[str, list[tuple[float, bool]]]:
        """Of real receipts: what weights and curves say that were fitted on receipts of other retailers."""
        engine = KeptEngine(own_engine(), self.setting.kept)
        rules = scorer(self.setting.script)
        seen: dict[str, list[Seen]] = {field: [] for field in (*calibration.FIELDS[:-1], LINE)}
        for folder in REAL:
            found = look_through(self.setting.receipts / folder, engine=engine, rules=rules, real=True)
            for field in seen:
                seen[field] += found.get(field, [])
        return {
            "items" if field == LINE else field: [(sure, each.right) for each, sure in folds(entries)]
            for field, entries in seen.items()
        }

    def calibrated(self) -> tuple[str, Result]:
        """Expected calibration error, where no curve has seen what it is tried on: by folds, and held out."""
        shipped = {
            names: {
                field: [(sure, right) for _, sure, right in entries]
                for field, entries in self._said(names).items()
            }
            for names in (REAL, (HELD_OUT,))
        }
        by_folds = self._by_folds() if self.setting.every == 1 else {}
        sets = {
            "generated, layouts held out": shipped[(HELD_OUT,)],
            "scans and photos, fitted by folds of retailers": by_folds,
            "scans and photos, as shipped (fitted on them)": shipped[REAL],
        }
        lines, result = [], Result()
        for where, fields in sets.items():
            for field, pairs in fields.items():
                error = calibration.calibration_error(pairs)
                if error is None:
                    continue
                wanted = calibration.WANTED.get(field)
                met = wanted is None or error <= wanted
                mark = f" ({'ok' if met else 'SHORT OF'} {wanted:.2f})" if wanted else ""
                right = sum(ok for _, ok in pairs) / len(pairs)
                mean = sum(sure for sure, _ in pairs) / len(pairs)
                lines.append(
                    [where, field, str(len(pairs)), number(mean), number(right), number(error) + mark]
                )
                result[f"{where}: {field}"] = {"error": error, "said": len(pairs), "right": right}
        curves = {
            field: [*by_folds.get(field, ()), *shipped[(HELD_OUT,)][field]] for field in calibration.FIELDS
        }
        calibration.write_curve(self.setting.curve, curves, "Right, by how sure it was said")
        heads = ("receipts", "field", "said", "mean sure", "right", "error")
        return f"{table(heads, lines)}\n\ncurve: {self.setting.curve}", result

    def robustness(self) -> tuple[str, Result]:
        """What each condition costs of item F1, on the receipts whose line items are labelled."""
        setting = self.setting
        full = {
            folder: [
                case
                for case in folder_cases(setting.receipts / folder / "images")
                if "items" in load_label(setting.labels(folder), case.name)
            ]
            for folder in REAL
        }
        full = {folder: cases[:: setting.every] for folder, cases in full.items()}
        f1: dict[str, dict[str, float]] = {}
        for condition, prepare in (("as taken", None), *CONDITIONS.items()):
            f1[condition] = {}
            for folder, cases in full.items():
                spoilt = [Case(case.name, case.path, prepare) for case in cases]
                rows = read_cases(spoilt, what=f"{condition}, {folder}", kept=setting.kept, jobs=setting.jobs)
                f1[condition][folder] = self._score(rows, setting.labels(folder))["item_f1"]
        lines = []
        for condition, figures in f1.items():
            cells = [condition]
            for folder in full:
                lost = f1["as taken"][folder] - figures[folder]
                mark = ""
                if condition in TURNS:
                    mark = f" ({'ok' if lost < MOST_LOST_BY_TURNS else 'SHORT OF'} {MOST_LOST_BY_TURNS})"
                cells += [number(figures[folder]), number(lost) + mark]
            lines.append(cells)
        heads = ["condition"]
        for folder, cases in full.items():
            heads += [f"{len(cases)} {folder}: item_f1", "lost"]
        return table(heads, lines), {**f1}

    def speed(self) -> tuple[str, Result]:
        """One thread each, fresh processes, nothing kept, in turn on the same pictures."""
        scans = folder_cases(self.setting.receipts / "scans" / "images")
        photos = folder_cases(self.setting.receipts / "photos" / "images")
        sets = {
            "scans": scans[:: 4 * self.setting.every],
            "photos": photos[:: self.setting.every],
        }
        lines, result = [], Result()
        for name, cases in sets.items():
            speed = race(cases)
            result[name] = asdict(speed)
            marks = ["ok" if speed.cpu_ratio <= MOST_RATIO else "SHORT OF"]
            peak = speed.peak_mb["ours"]
            marks.append("ok" if peak <= MOST_MB else "SHORT OF")
            lines.append(
                [
                    f"{speed.pictures} {name}",
                    *(f"{speed.seconds[each].cpu:.2f} / {speed.seconds[each].wall:.2f}" for each in READERS),
                    f"{speed.cpu_ratio:.2f} ({marks[0]} {MOST_RATIO})",
                    f"{speed.wall_ratio:.2f}",
                    f"{peak:.0f} ({marks[1]} {MOST_MB:.0f})",
                    f"{speed.peak_mb['bare']:.0f}",
                ]
            )
        heads = (
            "one thread, medians",
            "ours: CPU / wall s",
            "bare engine: CPU / wall s",
            "ratio of CPU",
            "of wall",
            "our peak MB",
            "its",
        )
        return table(heads, lines), result

    def negatives(self) -> tuple[str, Result]:
        """What is no receipt, and pictures that cannot be read."""
        cases = folder_cases(self.setting.receipts / "negatives")
        rows = read_cases(cases, what="negatives", kept=self.setting.kept, jobs=self.setting.jobs)
        taken = [row["file"] for row in rows if row["receipt"] is not None]
        said = [f"{len(rows) - len(taken)} of {len(rows)} rejected", *(f"READ: {name}" for name in taken)]
        reasons = sorted({str(row.get("reason")) for row in rows if row["receipt"] is None})
        said.append(f"reasons: {', '.join(reasons)}")
        verdict = subprocess.run(
            [sys.executable, "-m", "bench.picture_verdict"],
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parents[2],
        )
        said += [
            "",
            "The verdict on the picture (python -m bench.picture_verdict):",
            "",
            verdict.stdout.strip(),
        ]
        if verdict.returncode:
            said.append(f"it ended with {verdict.returncode}: {verdict.stderr.strip()[-400:]}")
        return "\n".join(said), {
            "rejected": len(rows) - len(taken),
            "of": len(rows),
            "verdict": verdict.stdout,
        }

    def anchored(self) -> tuple[str, Result]:
        """Other readers on the same pictures."""
        setting, lines, result = self.setting, [], Result()
        for folder in REAL:
            cases = setting.cases(folder)
            if folder == "scans":
                cases = [case for case in cases if "items" in load_label(setting.labels(folder), case.name)]
            names = {case.name for case in cases}
            ours = [row for row in self._real(folder) if Path(row["file"]).stem in names]
            readers = {"Tillpoints": ours, **anchor_rows(setting, folder, cases)}
            for reader, rows in readers.items():
                figures = score(rows, setting.labels(folder), setting.script, names=sorted(names))
                lines.append(figure_row(f"{reader}, {len(names)} {folder}", figures))
                result[f"{folder}: {reader}"] = figures
        return figure_table(lines), result
