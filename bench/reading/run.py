"""The command: which parts to run, and where their results go."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.reading.parts import Result, Scoreboard, Setting

Part = Callable[[], tuple[str, Result]]
QUICK: Final = 6
WORK: Final = Path.home() / ".cache" / "tillpoints-bench"


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench reading",
        description="The scoreboard of reading. The first run takes an hour on two cores, most of it OCR; "
        "what the engine saw is kept, so the next take minutes.",
    )
    parser.add_argument("--every", type=int, default=1, help="read every Nth receipt of each part")
    parser.add_argument("--quick", action="store_true", help=f"the same as --every {QUICK}")
    parser.add_argument("--only", default="", help=f"parts by commas, of {', '.join(PARTS)}")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes that read")
    parser.add_argument("--work", type=Path, default=WORK, help="folder for what is drawn and kept")
    parser.add_argument("--kept", type=Path, help="folder for what the engine saw, if another")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    parser.add_argument("--curve", type=Path, help="where the picture of the calibration goes")
    parser.add_argument(
        "--anchors", type=Path, help="folder of other readers' environments (docs/scoreboard.md)"
    )
    parser.add_argument(
        "--page", type=Path, help="renew the tables of this page (docs/scoreboard.md) as well"
    )
    return parser.parse_args(words)


def renewed(page: str, part: str, text: str) -> str:
    """The page with what stands between the part's two marks replaced.

    Raises:
        ValueError: the page has no marks for the part.
    """
    start, end = f"<!-- {part} -->", f"<!-- end of {part} -->"
    head, found, rest = page.partition(start)
    _, closed, tail = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the page has no {start} followed by {end}")
    return f"{head}{start}\n{text}\n{end}{tail}"


PARTS: Final = {
    "accuracy": Scoreboard.accuracy,
    "folds": Scoreboard.folds,
    "calibration": Scoreboard.calibrated,
    "robustness": Scoreboard.robustness,
    "speed": Scoreboard.speed,
    "negatives": Scoreboard.negatives,
    "anchors": Scoreboard.anchored,
}


def run(words: list[str], receipts: Path) -> int:
    """Print the scoreboard; 2 for a part that does not exist, 1 where the receipts are not at hand."""
    asked = _arguments(words)
    names = [name for name in asked.only.split(",") if name] or list(PARTS)
    if unknown := [name for name in names if name not in PARTS]:
        print(f"No part {', '.join(unknown)}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    if not (receipts / "score_reading.py").is_file():
        print(f"No receipts at {receipts}; name the folder above it by TILLPOINTS_SHARED", file=sys.stderr)
        return 1
    asked.work.mkdir(parents=True, exist_ok=True)
    board = Scoreboard(
        Setting(
            receipts=receipts,
            work=asked.work,
            kept=asked.kept or asked.work / "boxes",
            jobs=asked.jobs,
            every=QUICK if asked.quick else max(1, asked.every),
            curve=asked.curve or asked.work / "calibration.svg",
            anchors=asked.anchors,
        )
    )
    results = {}
    for name in names:
        started = time.perf_counter()
        part = PARTS[name]
        print(f"\n### {name}: {part.__doc__}\n", flush=True)
        text, results[name] = part(board)
        print(f"{text}\n\n({time.perf_counter() - started:.0f} s)", flush=True)
        if asked.page:
            page = asked.page.read_text(encoding="utf-8")
            asked.page.write_text(renewed(page, name, text), encoding="utf-8")
        if asked.json:
            asked.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    return 0
