"""Figures of readings against labels: by the scoring script that lies beside the receipts, run as it is."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from bench.reading.cases import Row

Figures = dict[str, float]
FIGURES = ("total", "date", "retailer", "item_f1", "item_desc", "quantity", "code", "basket")
SAME_NAME = 0.80
"""Similarity of descriptions from which on the scoring script calls a line item found."""
SAME_RETAILER = 0.85


def score(rows: Iterable[Row], labels: Path, script: Path, *, names: Sequence[str] | None = None) -> Figures:
    """What the script prints; `names` are the labels to score against, all of the folder if not given.

    Raises:
        subprocess.CalledProcessError: the script failed; what it said is in `stderr`.
    """
    with tempfile.TemporaryDirectory() as folder:
        readings = Path(folder) / "readings.jsonl"
        readings.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
        wanted = labels
        if names is not None:
            wanted = Path(folder) / "labels"
            wanted.mkdir()
            for name in names:
                (wanted / f"{name}.json").symlink_to((labels / f"{name}.json").resolve())
        done = subprocess.run(  # noqa: S603 - the developer's own script
            [sys.executable, script, readings, wanted], capture_output=True, text=True, check=True
        )
    return {name: float(value) for name, value in re.findall(r"(\w+)=([\d.]+)", done.stdout)}


@cache
def scorer(script: Path) -> ModuleType:
    """The script's own functions, for what it does not print: which fields of one receipt are right.

    Raises:
        ImportError: it is no Python.
    """
    spec = importlib.util.spec_from_file_location("score_reading", script)
    if spec is None or spec.loader is None:
        raise ImportError(f"{script} is no Python script")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def same_retailer(script: ModuleType, label: Mapping[str, Any], name: str) -> bool:
    """Whether the name is the label's, or one of its other names."""
    """Whether the scoring script takes the name for the label's retailer."""
    names = [label["retailer"], *label.get("retailer_aliases", [])]
    if len(script.fold(name)) >= 4:  # noqa: PLR2004 - as the script has it
        best = max(script.token_set_ratio(script.fold(n), script.fold(name)) / 100 for n in names)
    else:
        best = 0.0
    return bool(max(best, *(script.similarity(n, name) for n in names)) >= SAME_RETAILER)


def judged(row: Row, label: Mapping[str, Any], script: Path) -> list[tuple[str, float, bool]]:
    """Field, confidence and whether it is right, for all that was read and that the label speaks of.

    Line items are the field ``items``, one entry each.
    """
    receipt, rules = row["receipt"], scorer(script)
    if receipt is None:
        return []
    sure, out = receipt["confidence"], list[tuple[str, float, bool]]()
    if label.get("total") is not None and receipt["total"] is not None:
        out.append(
            ("total", sure.get("total", 0.0), rules.money(label["total"]) == rules.money(receipt["total"]))
        )
    if label.get("date") and receipt["date"]:
        out.append(("date", sure.get("date", 0.0), receipt["date"] == label["date"]))
    name = receipt["retailer"]["name"]
    if label.get("retailer") and name:
        out.append(("retailer", sure.get("retailer", 0.0), same_retailer(rules, label, name)))
    if "items" in label:
        pairs = rules.pair_items(label["items"], receipt["items"])
        good = {j for alike, _, j in pairs if alike >= SAME_NAME}
        out.extend(("items", item["confidence"], j in good) for j, item in enumerate(receipt["items"]))
    return out


def load_label(labels: Path, name: str) -> dict[str, Any]:
    """One label."""
    label: dict[str, Any] = json.loads((labels / f"{name}.json").read_text(encoding="utf-8"))
    return label
