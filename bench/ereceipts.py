"""Score e-receipts: `python -m bench ereceipts [DIR...]`, each file a line, then the totals of its folder.

What a file should give stands in the folder's `expected.json` ({file: [receipts]}; an empty list or no entry
means that there is no receipt in it), or for an invoice in NAME.json beside it (`amount`, `lines`).
A folder with neither is only listed. How sure the reader was of all that, and how much was right, ends it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from rapidfuzz import fuzz

from bench.reading.calibration import calibration_error

HERE: Final = Path(__file__).parent
SHARED: Final = Path(os.environ.get("TILLPOINTS_SHARED") or HERE.parents[1] / "shared") / "receipts"
LAYOUTS: Final = HERE.parent / "tests" / "quality" / "ereceipts"
SUFFIXES: Final = frozenset({".html", ".htm", ".eml", ".txt", ".pdf"})
SAME_RATIO: Final = 80.0
"""Of 100: a description as like the expected one as this counts as read, as `score_reading.py` has it."""

Reading = dict[str, Any]


def default_folders() -> list[Path]:
    """The real e-receipts that developers have beside their clone, then our own layouts."""
    real = [SHARED / "emails" / "orders", SHARED / "pdf", SHARED / "emails" / "pages"]
    return [folder for folder in (*real, *sorted(LAYOUTS.iterdir())) if folder.is_dir()]


def read_all(files: Sequence[Path]) -> dict[str, list[Reading]]:
    """What `tillpoints read` says of each file: its receipts, none where it is rejected."""
    command = [Path(sys.executable).with_name("tillpoints"), "read", *files, "--json", "-j", "1"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own command
    read: dict[str, list[Reading]] = {file.name: [] for file in files}
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        if answer["receipt"]:
            read[Path(answer["file"]).name].append(answer["receipt"])
    return read


def expectations(folder: Path, files: Sequence[Path]) -> dict[str, list[Reading]]:
    """What each file should give; files that nothing is known of are left out."""
    listed = folder / "expected.json"
    if listed.exists():
        known = json.loads(listed.read_text())
        return {file.name: known.get(file.name, []) for file in files}
    beside = {file: file.with_suffix(".json") for file in files}
    return {file.name: [_invoice(path)] for file, path in beside.items() if path.exists()}


def _invoice(path: Path) -> Reading:
    said = json.loads(path.read_text())[0]
    lines = [line for line in said.get("lines", []) if "line_note" not in line]
    items = [
        {
            "description": str(line.get("name") or line.get("desc", "")).splitlines()[0],
            "price": line.get("price_subtotal", line.get("price")),
        }
        for line in lines
    ]
    known = {"total": said["amount"], "currency": said["currency"], "date": said["date"]}
    return {**known, "retailer": said["issuer"], "number": said["invoice_number"], "items": items or None}


def marks(wanted: Reading, got: Reading) -> dict[str, bool]:
    """Which fields of one receipt are right; only those that are expected are judged."""
    found: dict[str, bool] = {"total": _same_money(wanted["total"], got["total"])}
    found["currency"] = wanted["currency"] == got["currency"]
    if wanted.get("items") is not None:
        found["items"] = same_items(wanted["items"], got["items"])
    if any("quantity" in item for item in wanted.get("items") or []):
        found["quantities"] = found["items"] and all(
            Decimal(item["quantity"]) == Decimal(read["quantity"])
            for item, read in zip(wanted["items"], got["items"], strict=True)
            if "quantity" in item
        )
    if "kind" in wanted:
        # One label calls a payment a refund by its file's name alone: no reader can be right there.
        found["kind"] = (wanted["kind"] == "refund") == got["is_refund"]
    if wanted.get("date"):
        found["date"] = wanted["date"] == got["date"]
    if wanted.get("number"):
        found["number"] = wanted["number"] == got["receipt_number"]
    if wanted.get("retailer"):
        found["retailer"] = (
            fuzz.ratio(wanted["retailer"].lower(), got["retailer"]["name"].lower()) >= SAME_RATIO
        )
    return {**found, "balanced": got["balanced"]}


def same_items(wanted: Sequence[Mapping[str, Any]], got: Sequence[Mapping[str, Any]]) -> bool:
    """Whether these are the items, in this order, each with its words and its amount."""
    return len(wanted) == len(got) and all(
        _same_money(item["price"], read["amount"])
        and fuzz.ratio(item["description"].lower(), read["description"].lower()) >= SAME_RATIO
        for item, read in zip(wanted, got, strict=True)
    )


def _same_money(wanted: object, got: object) -> bool:
    return got is not None and Decimal(str(wanted)) == Decimal(str(got))


Sure = dict[str, list[tuple[float, bool]]]
"""For each field, how sure each was and whether it is right."""


def note_sureness(said: Sure, wanted: Reading, got: Reading) -> None:
    """Adds what one receipt said of its fields and its lines."""
    right = marks(wanted, got)
    for field in ("total", "date", "retailer"):
        if field in right and field in got["confidence"]:
            said.setdefault(field, []).append((got["confidence"][field], right[field]))
    for read in got["items"] if wanted.get("items") is not None else ():
        found = any(same_items([item], [read]) for item in wanted["items"])
        said.setdefault("items", []).append((read["confidence"], found))


def calibration(said: Sure) -> list[str]:
    """A line for each field: how many, how sure on average, how many right, expected calibration error."""
    lines = []
    for field, pairs in said.items():
        sure = sum(each for each, _ in pairs) / len(pairs)
        right = sum(ok for _, ok in pairs) / len(pairs)
        error = calibration_error(pairs) or 0.0
        lines.append(f"  {field}: {len(pairs)} said, {sure:.3f} sure, {right:.3f} right, error {error:.3f}")
    return lines


def score(folder: Path, said: Sure) -> Counter[str]:
    """Prints a folder's files and totals; gives the counts, and adds to what was said."""
    files = sorted(file for file in folder.iterdir() if file.suffix in SUFFIXES)
    read, expected = read_all(files), expectations(folder, files)
    counts: Counter[str] = Counter()
    for file in files:
        got, wanted = read[file.name], expected.get(file.name)
        for one, other in zip(wanted or (), got, strict=False):
            note_sureness(said, one, other)
        counts.update(_file(file.name, got, wanted))
    print(f"  {folder.name}: " + ", ".join(_share(counts, name) for name in _NAMES if counts[f"of {name}"]))
    return counts


_NAMES: Final = ("receipts", "rejected rightly", "total", "currency", "items", "quantities", "kind", "date",
                 "number", "retailer", "balanced")  # fmt: skip


def _share(counts: Counter[str], name: str) -> str:
    return f"{name} {counts[name]}/{counts[f'of {name}']}"


def _file(name: str, got: Sequence[Reading], wanted: Sequence[Reading] | None) -> Counter[str]:
    counts: Counter[str] = Counter()
    if wanted is None:
        counts.update({"of balanced": len(got), "balanced": sum(receipt["balanced"] for receipt in got)})
        print(f"  {name}: {'; '.join(_brief(receipt) for receipt in got) or 'rejected'}")
        return counts
    if not wanted:
        counts.update({"of rejected rightly": 1, "rejected rightly": int(not got)})
        print(f"  {name}: {'rejected, rightly' if not got else 'READ, though it is no receipt'}")
        return counts
    counts.update({"of receipts": len(wanted), "receipts": min(len(wanted), len(got))})
    wrong: list[str] = []
    for position, receipt in enumerate(wanted):
        judged = (
            marks(receipt, got[position])
            if position < len(got)
            else dict.fromkeys(marks(receipt, _NOTHING), False)
        )
        counts.update({f"of {mark}": 1 for mark in judged})
        counts.update({mark: int(right) for mark, right in judged.items()})
        wrong += [mark for mark, right in judged.items() if not right]
    surplus = f"; {len(got) - len(wanted)} too many" if len(got) > len(wanted) else ""
    print(f"  {name}: {'WRONG: ' + ', '.join(wrong) if wrong else 'right'}{surplus}")
    return counts


_NOTHING: Final[Reading] = {
    "total": None, "currency": "", "items": [], "is_refund": False, "date": None, "receipt_number": "",
    "retailer": {"name": ""}, "balanced": False,
}  # fmt: skip


def _brief(receipt: Reading) -> str:
    closes = "balanced" if receipt["balanced"] else "not balanced"
    return f"{receipt['total']} {receipt['currency']}, {len(receipt['items'])} items, {closes}"


def main(folders: Iterable[Path]) -> None:
    """Score each folder."""
    said: Sure = {}
    for folder in folders:
        print(f"\n{folder.name}")
        score(folder, said)
    print("\nhow sure, over all folders")
    print("\n".join(calibration(said)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m bench ereceipts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folders", nargs="*", metavar="DIR", type=Path, help="else all that are known")
    main(parser.parse_args().folders or default_folders())
