"""Reading real receipts, scored against labels. Skips where the receipts are not at hand.

Floors stand a little below what was measured (docs/scoreboard.md): a change that costs something fails.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("TILLPOINTS_SHARED", ROOT.parent / "shared")) / "receipts"
FLOORS = {
    "scans": {"total": 0.90, "date": 0.90, "retailer": 0.90, "item_f1": 0.93, "quantity": 0.93},
    "photos": {"total": 0.80, "date": 0.80, "retailer": 0.80, "item_f1": 0.87, "quantity": 0.92},
}
SAMPLE = {"scans": 10, "photos": 5}
"""Labelled with every line item, so that all figures have something to be measured on."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SHARED.is_dir(), reason="set TILLPOINTS_SHARED to the folder with receipts/"),
]


def _labelled(folder: str) -> list[Path]:
    """Receipts with all their line items, spread over the folder."""
    labels = sorted((SHARED / folder / "labels").glob("*.json"))
    full = [path for path in labels if "items" in json.loads(path.read_text())]
    return full[:: len(full) // SAMPLE[folder]][: SAMPLE[folder]]


@pytest.mark.parametrize("folder", FLOORS)
def test_receipts_are_read_as_well_as_measured(folder: str, tmp_path: Path) -> None:
    kept = tmp_path / "labels"
    kept.mkdir()
    images = []
    for path in _labelled(folder):
        (kept / path.name).symlink_to(path)
        images += [str(image) for image in (SHARED / folder / "images").glob(f"{path.stem}.*")]
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "read", "--json", *images]
    read = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=170)
    readings = tmp_path / "readings.jsonl"
    readings.write_text(read.stdout)
    assert len(read.stdout.splitlines()) == SAMPLE[folder]
    scored = subprocess.run(
        [sys.executable, str(SHARED / "score_reading.py"), str(readings), str(kept)],
        capture_output=True,
        text=True,
        check=True,
    )
    figures = {name: float(value) for name, value in re.findall(r"(\w+)=([\d.]+)", scored.stdout)}
    short = {name: figures[name] for name, floor in FLOORS[folder].items() if figures[name] < floor}
    assert not short, f"below the floors {FLOORS[folder]}: {short}"
