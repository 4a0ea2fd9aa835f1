"""What decoding outside files in processes of their own costs, and whether they decode the same."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from awarding.fraud.picture.examine import examine
from ocr.documents.work import always
from ocr.opening import HERE
from pipeline.confined import CONFINED, examined_confined
from receipts.image import IMAGE_TYPES, MediaType

RUNS = 3
KINDS = {
    ".jpg": MediaType.JPEG,
    ".jpeg": MediaType.JPEG,
    ".png": MediaType.PNG,
    ".heic": MediaType.HEIC,
    ".webp": MediaType.WEBP,
    ".pdf": MediaType.PDF,
}
Work = Callable[[bytes, MediaType], Any]
TASKS: dict[str, tuple[Work, Work]] = {
    "picture": (HERE.picture, CONFINED.picture),
    "examine": (examine, lambda data, kind: examined_confined(data, kind, None)),
    "PDF": (lambda data, _: HERE.pdf(data, always), lambda data, _: CONFINED.pdf(data, always)),
}


def _timed(work: Work, data: bytes, kind: MediaType) -> tuple[float, Any]:
    runs = []
    for _ in range(RUNS):
        started = time.perf_counter()
        made = work(data, kind)
        runs.append(time.perf_counter() - started)
    return min(runs), made


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401 - whatever the tasks give
    if isinstance(one, tuple) and isinstance(other, tuple) and one and hasattr(one[0], "picture"):
        return len(one) == len(other) and all(map(_same, one, other))
    if hasattr(one, "placed"):
        return np.array_equal(one.picture, other.picture) and np.array_equal(one.placed, other.placed)
    return np.array_equal(one.picture, other.picture) if hasattr(one, "picture") else bool(one == other)


def main(shared: Path) -> None:
    """Print the table."""
    folders = ("photos/images", "retaken", "negatives", "scans", "pdf")
    found = [path for each in folders for path in sorted((shared / "receipts" / each).rglob("*"))]
    paths = [path for path in found if path.suffix.lower() in KINDS]
    print("| task | files | here, median ms | confined, median ms | in all | files that differ |")
    print("| - | - | - | - | - | - |")
    for name, (here, confined) in TASKS.items():
        rows, differ = [], []
        for path in paths:
            kind = KINDS[path.suffix.lower()]
            if (kind in IMAGE_TYPES) == (name == "PDF"):
                continue
            data = path.read_bytes()
            (one_s, one), (other_s, other) = _timed(here, data, kind), _timed(confined, data, kind)
            rows.append((one_s, other_s))
            if not _same(one, other):
                differ.append(path.name)
        ours, theirs = zip(*rows, strict=True)
        change = 100 * (sum(theirs) / sum(ours) - 1)
        medians = f"{statistics.median(ours) * 1000:.0f} | {statistics.median(theirs) * 1000:.0f}"
        print(f"| {name} | {len(rows)} | {medians} | {change:+.0f} % | {len(differ)} |", flush=True)
        for path in differ:
            print(path, file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
