"""`tillpoints read` as a person or a script meets it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.support import commands

RECEIPT = (
    "CORNER SHOP LTD\nMILK   1.20\nBREAD   2.00\nTOTAL   3.20\nCASH   5.00\nCHANGE   1.80\n25/02/2019 10:00\n"
)


def tillpoints(*arguments: str) -> subprocess.CompletedProcess[str]:
    return commands.tillpoints("read", *arguments)


def test_every_file_gives_a_line_in_order_and_none_stops_the_others(tmp_path: Path) -> None:
    good, note, empty = tmp_path / "good.txt", tmp_path / "note.txt", tmp_path / "empty.jpg"
    good.write_text(RECEIPT)
    note.write_text("Dear all, we meet on Monday at ten and bring three pens each.")
    empty.touch()
    files = [str(empty), str(good), str(tmp_path / "missing.jpg"), str(note)]
    done = tillpoints("--json", "--jobs", "2", "--currency", "GBP", *files)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["file"] for row in rows] == files
    assert [row["reason"] for row in rows] == ["empty", None, "not_found", "not_a_receipt"]
    receipt = rows[1]["receipt"]
    assert rows[1]["status"] == "read"
    assert (receipt["date"], receipt["time"]) == ("2019-02-25", "10:00")
    assert (receipt["currency"], receipt["total"], receipt["balanced"]) == ("GBP", "3.20", True)
    assert receipt["items"][0] | {"confidence": 1} == {
        "description": "MILK",
        "quantity": "1",
        "unit_price": None,
        "amount": "1.20",
        "discount": None,
        "code": None,
        "confidence": 1,
        "repaired": False,
    }
    assert set(rows[1]["seconds"]) == {"decode", "ocr", "parse", "total"}


def test_without_json_a_table_is_shown(tmp_path: Path) -> None:
    good = tmp_path / "good.txt"
    good.write_text(RECEIPT)
    done = tillpoints(str(good))
    assert done.returncode == 0
    assert "MILK" in done.stdout
    assert "3.20 USD" in done.stdout
    assert "sums close" in done.stdout


def test_wrong_usage_exits_2() -> None:
    assert tillpoints().returncode == 2
    assert tillpoints("--no-such-option", "a.jpg").returncode == 2
    assert tillpoints("--currency", "XXQ", "a.jpg").returncode == 2
