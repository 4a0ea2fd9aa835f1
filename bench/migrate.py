"""How long members of another system take to come over: `python -m bench migrate --members 1000000`.

Members are drawn with a name, a mail address, a number, a tier, a birthday and two lots of points with a day
each, and three rows of history where `--history` says so. On a PostgreSQL of its own they are profiled,
loaded, loaded again with nothing new, loaded from files in which one in ten has other points, and
reconciled; then the books are checked. Each step is a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from bench.fraud.own_postgres import own_postgres

MAPPING = """version = 1
system = "old"
[members]
files = ["members.csv"]
id = "id"
name = ["first", "last"]
email = "email"
phone = "phone"
joined = "joined"
birthday = "born"
segments = "flags"
tier = "tier"
balance = "points"
[balances]
files = ["points.csv"]
member = "id"
points = "points"
expires = "until"
"""
HISTORY = """[history]
files = ["history.csv"]
member = "id"
on = "day"
points = "points"
words = "words"
reference = "number"
"""
ANOTHER_IN = 10
EVENTS = 3


def main(arguments: Sequence[str]) -> int:
    """Draw, load, and print what each step took."""
    parser = argparse.ArgumentParser(prog="python -m bench migrate")
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--history", action="store_true")
    given = parser.parse_args(arguments)
    with own_postgres() as url, tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        os.environ.update(TILLPOINTS_DATABASE_URL=url, TILLPOINTS_DATA_DIR=str(work / "data"))
        _draw(work, given.members, history=given.history, seed=1)
        mapping = str(work / "old.toml")
        _step("program", "program", "add", "house", "--name", "House")
        _step("profile", "migrate", "profile", mapping)
        _step("load", "migrate", "load", mapping)
        _step("load again", "migrate", "load", mapping)
        _draw(work, given.members, history=given.history, seed=2)
        _step("load what changed", "migrate", "load", mapping)
        _step("reconcile", "migrate", "reconcile", mapping, "--sign-off", "the bench")
        _step("books check", "books", "check")
        _step("books liability", "books", "liability")
    return 0


def _draw(work: Path, members: int, *, history: bool, seed: int) -> None:
    dice, changed = random.Random(1), random.Random(seed)  # noqa: S311  (no secrets)
    today = date.today()  # noqa: DTZ011  (days a year off)
    (work / "old.toml").write_text(MAPPING + (HISTORY if history else ""), encoding="utf-8")
    with (
        (work / "members.csv").open("w", encoding="utf-8", newline="") as people,
        (work / "points.csv").open("w", encoding="utf-8", newline="") as lots,
        (work / "history.csv").open("w", encoding="utf-8", newline="") as past,
    ):
        write, add, tell = (csv.writer(file).writerow for file in (people, lots, past))
        write(["id", "first", "last", "email", "phone", "joined", "born", "flags", "tier", "points"])
        add(["id", "points", "until"])
        tell(["number", "id", "day", "points", "words"])
        for number in range(members):
            points = [dice.randrange(1, 5_000), dice.randrange(1, 500)]
            if seed > 1 and changed.randrange(ANOTHER_IN) == 0:
                points[0] = max(0, points[0] + changed.randrange(-200, 400))
            joined = today - timedelta(days=dice.randrange(3_000))
            born = date(1940 + dice.randrange(60), 1 + dice.randrange(12), 1 + dice.randrange(28))
            tier, flags = dice.choice(["", "silver", "gold"]), dice.choice(["", "family", "family;garden"])
            phone = f"+1202555{number % 10_000:04}" if number < 10_000 else ""  # noqa: PLR2004
            name = f"m{number}@example.com"
            row = [f"C{number:08}", "Ada", f"Number {number}", name, phone, joined, born, flags, tier]
            write([*row, sum(points)])
            for place, count in enumerate(points):
                add([f"C{number:08}", count, today + timedelta(days=200 + 100 * place)])
            for event in range(EVENTS if history else 0):
                tell([f"H{number}-{event}", f"C{number:08}", joined, 100 * event, "Purchase at a shop"])


def _step(what: str, *command: str) -> None:
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    # A process between, which has no other children: the most memory that it saw is that of the command.
    code = "import resource, subprocess, sys; r = subprocess.run(sys.argv[1:]).returncode;"
    code += " print('MB', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024); sys.exit(r)"
    done = subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, "-c", code, sys.executable, "-m", "pipeline.cli", *command],
        check=False,
        capture_output=True,
        text=True,
    )
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = spent.ru_utime + spent.ru_stime - before.ru_utime - before.ru_stime
    lines = done.stdout.strip().splitlines()
    memory = lines.pop() if lines and lines[-1].startswith("MB") else ""
    print(f"{what:<18} {time.perf_counter() - began:8.1f} s, processor {own:8.1f} s, {memory}", flush=True)
    said = [line for line in lines if "Points:" in line or "difference" in line.lower() or "Members:" in line]
    for line in [*said, *done.stderr.strip().splitlines()[-3:]]:
        print(f"    {line}")
    if done.returncode:
        raise SystemExit(f"{what} ended with {done.returncode}")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
