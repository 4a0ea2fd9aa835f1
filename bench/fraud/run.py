"""The command: which parts of the fraud bench to run. Each part is a module with `run(options)`."""

from __future__ import annotations

import argparse
import sys
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from bench.fraud.options import Options

WORK: Final = Path.home() / ".cache" / "tillpoints-bench"
PURCHASES: Final = 60
SEED: Final = 7

PARTS: Final = {
    "repeats": "One purchase found again however it comes, and others of its shop and day told apart",
    "picture": "Photographed screens, screenshots, made and edited pictures",
    "edits": "Changed pictures by all signals together, and genuine ones by the same",
    "file": "Changed PDFs and mails whose parts disagree",
    "fiscal": "Fiscal codes: valid, forged and those that cannot be verified yet",
    "member": "Sliding windows, shared devices and cards, new accounts, declined receipts",
    "world": "The receipt against itself, its shop, the catalog and other receipts of its retailer",
    "genuine": "All real scans and photos as one honest program: how many are held, and why",
    "policy": "What the policy makes of all signals together",
    "time": "The check's time by the number of stored receipts",
}
"""Parts in reading order: the module of that name in this package measures it."""


def _arguments(words: list[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="python -m bench fraud",
        description="Precision, recall, false alarms and time of every fraud signal. What the engine saw is "
        "kept, so only the first run waits for OCR.",
    )
    parser.add_argument("--only", default="", help=f"parts by commas, of {', '.join(PARTS)}")
    parser.add_argument("--purchases", type=int, default=PURCHASES, help="generated purchases a part draws")
    parser.add_argument("--seed", type=int, default=SEED, help="of everything drawn")
    parser.add_argument("--jobs", type=int, default=1, help="processes that may work at once")
    parser.add_argument("--work", type=Path, default=WORK, help="folder for what is drawn and kept")
    parser.add_argument("--kept", type=Path, help="folder for what the engine saw, if another")
    return parser.parse_known_args(words)


def run(words: list[str], receipts: Path) -> int:
    """Run the parts named, or all; 2 for a part that does not exist."""
    asked, rest = _arguments(words)
    names = [name for name in asked.only.split(",") if name] or list(PARTS)
    if unknown := [name for name in names if name not in PARTS]:
        print(f"No part {', '.join(unknown)}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    for name in names:
        module = f"bench.fraud.{name}"
        print(f"\n## {name}: {PARTS[name]}\n", flush=True)
        if find_spec(module) is None:
            print("not measured yet")
            continue
        work = asked.work / "fraud" / name
        work.mkdir(parents=True, exist_ok=True)
        started = time.perf_counter()
        import_module(module).run(
            Options(
                receipts=receipts,
                work=work,
                kept=asked.kept or asked.work / "boxes",
                purchases=asked.purchases,
                seed=asked.seed,
                jobs=asked.jobs,
                rest=tuple(rest),
            )
        )
        print(f"\n({time.perf_counter() - started:.0f} s)", flush=True)
    return 0
