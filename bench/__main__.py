"""The scoreboard: `make bench`, or `python -m bench door matching` for some of it.

`python -m bench reading --quick` scores a part of the receipts, `--help` says what else there is,
`python -m bench ereceipts DIR` scores the e-receipts of another folder,
`python -m bench forwards DIR` the forwarded mails, `python -m bench aliases --seed N` what a confirmation is
worth on other shops, `python -m bench fraud --only repeats` a part of what is measured of fraud,
`python -m bench screenshots` takes a picture of every page and state into `.screens`.

Each part runs by itself and prints its own table. Reading and matching are scored on the real receipts and
catalogs that developers have beside their clone (../shared, or where TILLPOINTS_SHARED says).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("TILLPOINTS_SHARED") or HERE.parents[1] / "shared")


def _run(*command: str | Path) -> None:
    subprocess.run([sys.executable, *map(str, command)], check=True)  # noqa: S603 - our own scripts


def _ended(*command: str) -> int:
    """How our own script ended, which has said itself what was wrong."""
    return subprocess.run([sys.executable, *command], check=False).returncode  # noqa: S603


def door() -> None:
    """What judging an upload costs."""
    _run(HERE / "door.py")


def check() -> None:
    """How long a member waits for the check of a picture before it is sent."""
    _run("-m", "bench.picture_check")


def zoo() -> None:
    """What hostile files of every format cost before they are refused."""
    _run("-m", "bench.zoo")


def confined() -> None:
    """What decoding in processes of their own costs, and whether it changes anything."""
    _run("-m", "bench.confined", SHARED)


def reading() -> None:
    """How much of real and generated receipts is read right, how fast, and how sure."""
    _run("-m", "bench.reading")


def matching() -> None:
    """How many printed lines find their product, and how many find a wrong one."""
    _run(HERE / "match_scores.py", SHARED / "catalogs")


def matching_table(*arguments: str) -> None:
    """The matcher against what was asked of it, and other tools beside it."""
    _run(HERE / "matching_table.py", SHARED / "catalogs", *arguments)


def aliases(*arguments: str) -> None:
    """What one confirmation by a reviewer is worth at the same shop."""
    _run(HERE / "aliases.py", SHARED / "catalogs", *arguments)


def matching_precision(*arguments: str) -> None:
    """The precision that a program gets which wants one."""
    _run(HERE / "matching_precision.py", SHARED / "catalogs", *arguments)


def matching_other_tills(*arguments: str) -> None:
    """Lines by an idea of tills that no model is fitted on."""
    _run(HERE / "matching_other_tills.py", SHARED / "catalogs", *arguments)


def matching_receipts(*arguments: str) -> None:
    """Whether lines of one receipt help each other."""
    _run(HERE / "matching_receipts.py", SHARED / "catalogs", *arguments)


def matching_import(*arguments: str) -> None:
    """What another process notices of an import of a million products while it matches."""
    _run(HERE / "matching_import.py", SHARED / "catalogs", *arguments)


def ereceipts(*folders: str) -> None:
    """How much of order mails, e-receipts and invoices is read right, and what is rejected rightly."""
    _run(HERE / "ereceipts.py", *folders)


def purchases() -> None:
    """How often one purchase is found again, and two equal ones are told apart."""
    _run("-m", "bench.purchases")


def forwards(*folders: str) -> int:
    """How many forwarded mails are unwrapped right, by mail program."""
    named = folders or (str(SHARED / "receipts" / "emails" / "forwarded"),)
    return _ended(str(HERE / "forwards.py"), *named)


def proofs(*arguments: str) -> None:
    """How many signed, sealed and changed mails get the right verdict."""
    _run("-m", "bench.proofs", *arguments)


def fraud(*arguments: str) -> int:
    """How surely forged and repeated receipts are found, and how often an honest one is taken for such."""
    return _ended("-m", "bench.fraud", *arguments)


def earning() -> int:
    """Receipts a second that the earning rules answer, at catalogs of three sizes."""
    return _ended("-m", "bench.earning")


def desk() -> int:
    """How many cases a minute a reviewer decides by keyboard in a real browser."""
    return _ended("-m", "bench.desk_run")


def live() -> int:
    """How soon a member's open page shows each stage of a receipt."""
    return _ended("-m", "bench.live_stages")


def queue() -> int:
    """How fast the page of 100,000 waiting cases opens on PostgreSQL."""
    return _ended("-m", "bench.review_queue")


def sealing(*arguments: str) -> int:
    """What sealing by a member's key costs a picture."""
    return _ended("-m", "bench.sealing", *arguments)


def tracing(*arguments: str) -> int:
    """What traces cost a receipt."""
    return _ended("-m", "bench.tracing", *arguments)


def turns(*arguments: str) -> int:
    """What a flood of one program costs another, and choosing whose turn it is."""
    return _ended("-m", "bench.turns", *arguments)


def wall(*arguments: str) -> int:
    """What row-level security costs, on and off in turn."""
    return _ended("-m", "bench.wall", *arguments)


def throughput(*arguments: str) -> int:
    """How many receipts go through the whole of it on one worker and on two."""
    return _ended("-m", "bench.throughput", *arguments)


def soak(*arguments: str) -> int:
    """Members, mails and texts at a set rate, and whether memory stays flat."""
    return _ended("-m", "bench.throughput.soak", *arguments)


def upkeep() -> int:
    """What a hundred thousand failures, their retry, a backup and a restore cost."""
    return _ended("-m", "bench.upkeep")


PARTS: dict[str, tuple[Callable[[], object], bool]] = {
    "door": (door, False),
    "check": (check, False),
    "confined": (confined, True),
    "zoo": (zoo, False),
    "desk": (desk, False),
    "live": (live, False),
    "queue": (queue, False),
    "turns": (turns, False),
    "throughput": (throughput, False),
    "upkeep": (upkeep, False),
    "reading": (reading, True),
    "ereceipts": (ereceipts, False),
    "matching": (matching, True),
    "aliases": (aliases, True),
    "purchases": (purchases, False),
    "forwards": (forwards, True),
    "proofs": (proofs, True),
    "fraud": (fraud, False),
    "earning": (earning, False),
}
"""What runs each part, and whether it needs the shared data."""

ALONE: dict[str, Callable[..., int | None]] = {
    "matching-table": matching_table,
    "matching-precision": matching_precision,
    "matching-other-tills": matching_other_tills,
    "matching-receipts": matching_receipts,
    "matching-import": matching_import,
    "aliases": aliases,
    "ereceipts": ereceipts,
    "forwards": forwards,
    "proofs": proofs,
    "fraud": fraud,
    "reading": lambda *arguments: _ended("-m", "bench.reading", *arguments),
    "turns": turns,
    "tracing": tracing,
    "sealing": sealing,
    "wall": wall,
    "migrate": lambda *arguments: _ended("-m", "bench.migrate", *arguments),
    "throughput": throughput,
    "soak": soak,
    "chaos": lambda *arguments: _ended("-m", "bench.chaos", *arguments),
    "fuzz": lambda *arguments: _ended("-m", "bench.fuzz", *arguments),
    "screenshots": lambda *arguments: _ended("-m", "bench.screens", *arguments),
}
"""What is run with options of its own, by itself."""


def main() -> int:
    """Run the parts named, or all."""
    names = sys.argv[1:] or list(PARTS)
    if alone := ALONE.get(names[0]):
        return alone(*names[1:]) or 0
    if unknown := [name for name in names if name not in PARTS]:
        print(f"No part {', '.join(unknown)}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    for name in names:
        run, needs_shared = PARTS[name]
        print(f"\n## {name}: {run.__doc__}\n", flush=True)
        if needs_shared and not SHARED.is_dir():
            print(f"left out: no shared data at {SHARED}; name its folder by TILLPOINTS_SHARED")
            continue
        run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
