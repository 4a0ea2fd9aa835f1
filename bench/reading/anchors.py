"""Other people's readers, where their environments are at hand: docs/scoreboard.md says how they are made."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.reading.cases import Case, Row
from bench.reading.plain import read_plain

if TYPE_CHECKING:
    from bench.reading.parts import Setting

DAY_FIRST: Final = frozenset({"scans"})
"""Malaysian receipts; a reader that asks is told."""
AMAGI: Final = "amagi-receipts-to-csv"


def anchor_rows(setting: Setting, folder: str, cases: Sequence[Case]) -> dict[str, list[Row]]:
    """Each anchor's name and readings."""
    day_first = folder in DAY_FIRST
    anchors = {
        "Tesseract, plain parser": [
            read_plain(case, kept=setting.kept, day_first=day_first) for case in cases
        ]
    }
    program = setting.anchors / AMAGI / "bin" / AMAGI if setting.anchors else None
    if program and program.exists():
        anchors[f"{AMAGI} 0.1.0"] = _amagi(program, cases, setting.work / "amagi", day_first=day_first)
    return anchors


def _amagi(program: Path, cases: Sequence[Case], kept: Path, *, day_first: bool) -> list[Row]:
    """Its own command on the pictures; what it said of each is kept, since it takes seconds for each."""
    kept.mkdir(parents=True, exist_ok=True)
    rows = []
    for case in cases:
        answer = kept / f"{case.name}.json"
        if not answer.exists():
            answer.write_text(_ask_amagi(program, case, day_first=day_first), encoding="utf-8")
        said = json.loads(answer.read_text(encoding="utf-8"))
        receipt: Row | None = None
        if said:
            receipt = {
                "retailer": {"name": said[0]["vendor"]},
                "date": said[0]["date"] or None,
                "total": said[0]["total"] or None,
                "items": [],
            }
        rows.append({"file": f"{case.name}.jpg", "receipt": receipt})
    return rows


def _ask_amagi(program: Path, case: Case, *, day_first: bool) -> str:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        order = ["--day-first"] if day_first else []
        subprocess.run(  # noqa: S603 - a reader that the developer installed
            [program, case.path, "--format", "json", "--ocr", "rapidocr", "--quiet", *order, "--output", out],
            check=False,
            capture_output=True,
        )
        return out.read_text(encoding="utf-8") if out.exists() else "[]"
