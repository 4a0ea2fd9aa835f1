"""Other people's readers, where their environments are at hand: docs/scoreboard.md says how they are made."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.reading.cases import Case, Row
from bench.reading.plain import first_date, read_plain, tesseract_lines

if TYPE_CHECKING:
    from bench.reading.parts import Setting

DAY_FIRST: Final = frozenset({"scans"})
"""Malaysian receipts; a reader that asks is told."""
AMAGI: Final = "amagi-receipts-to-csv"
PARSER_OCR: Final = "receipt-parser-ocr"
_PARSE_TEXTS: Final = """
import json, sys
from receipt_parser.receipt_parser import ReceiptParser
for line in sys.stdin:
    receipt = ReceiptParser().parse(json.loads(line))
    print(json.dumps([receipt.store_name, receipt.date, receipt.total_amount]))
"""


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
        answers = setting.work / f"{AMAGI}-{folder}-{len(cases)}.json"
        anchors[f"{AMAGI} 0.1.0"] = _amagi(program, cases, answers, day_first=day_first)
    python = setting.anchors / PARSER_OCR / "bin" / "python" if setting.anchors else None
    if python and python.exists():
        texts = ["\n".join(tesseract_lines(case, kept=setting.kept)) for case in cases]
        anchors[f"{PARSER_OCR} 1.1.1 on Tesseract's text"] = _parser_ocr(
            python, cases, texts, day_first=day_first
        )
    return anchors


def _parser_ocr(python: Path, cases: Sequence[Case], texts: Sequence[str], *, day_first: bool) -> list[Row]:
    """The library's answer to each text; it reads no line items."""
    done = subprocess.run(  # noqa: S603 - a reader that the developer installed
        [python, "-c", _PARSE_TEXTS],
        input="\n".join(map(json.dumps, texts)),
        capture_output=True,
        text=True,
        check=True,
    )
    rows = []
    for case, line in zip(cases, done.stdout.splitlines(), strict=True):
        shop, date, total = json.loads(line)
        receipt: Row = {
            "retailer": {"name": shop or ""},
            "date": first_date([date], day_first=day_first) if date else None,
            "total": total,
            "items": [],
        }
        rows.append({"file": f"{case.name}.jpg", "receipt": receipt})
    return rows


def _amagi(program: Path, cases: Sequence[Case], kept: Path, *, day_first: bool) -> list[Row]:
    """Its own command on all the pictures; what it said is kept, since it takes seconds for each."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    if not kept.exists():
        with tempfile.TemporaryDirectory() as folder:
            for case in cases:
                (Path(folder) / f"{case.name}{case.path.suffix}").symlink_to(case.path.resolve())
            order = ["--day-first"] if day_first else []
            words = ["--format", "json", "--ocr", "rapidocr", "--quiet", *order, "--output", str(kept)]
            # It ends with an error where it was unsure of a receipt, and writes all of them none the less.
            subprocess.run([program, folder, *words], check=False, capture_output=True)  # noqa: S603
    said = {Path(each["file"]).stem: each for each in json.loads(kept.read_text(encoding="utf-8"))}
    return [_amagi_row(case.name, said.get(case.name)) for case in cases]


def _amagi_row(name: str, said: Row | None) -> Row:
    """Its fields; it reads no line items."""
    if said is None:
        return {"file": f"{name}.jpg", "receipt": None}
    receipt: Row = {
        "retailer": {"name": said["vendor"]},
        "date": said["date"] or None,
        "total": said["total"] or None,
        "items": [],
    }
    return {"file": f"{name}.jpg", "receipt": receipt}
