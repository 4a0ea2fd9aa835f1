"""Import a catalog while another process matches receipts against the one in force: what does it notice?

    python bench/matching_import.py ../shared/catalogs [--products 1000000]

A program with 50,000 products in force; then so many are imported, then the same with 10,000 changed and one
left out. All the while another process, with a database connection and indexes of its own, asks which catalog
is in force, matches 40 lines against it and writes to the database, as a worker does for a receipt.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import match_scores as scores
from matching_growth import CHANGED, LARGEST, enlarged

from matching.catalog_file import catalog_version, read_catalog
from matching.match import LineQuery, match_lines
from pipeline.catalogs import import_catalog, tidy
from pipeline.clock import utc_now
from pipeline.settings import Settings
from pipeline.wiring import build
from receipts.catalog import Catalog
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.database.tables import ProgramRow
from receipts.identity import ProgramId
from receipts.money import Money, currency
from receipts.program import Program

PROGRAM = Program(ProgramId("bench"), "Bench", currency("USD"), "UTC", 30, 10)
BEFORE = 50_000
LINES = 40
STOP = "stop"
READY = "ready"
PAUSE_S = 0.05


def read(folder: Path, lines: list[str]) -> None:
    """Match on until told to stop; print what was seen."""
    wiring = build(Settings(data_dir=folder))
    queries = [
        LineQuery(place, text, None, Money(399, PROGRAM.currency), None, "")
        for place, text in enumerate(lines)
    ]
    calls, failures, seen = 0, [], dict[int, int]()
    slowest = {"finding the catalog": 0.0, "matching": 0.0, "writing": 0.0}
    while not (folder / STOP).exists():
        try:
            marks = [time.perf_counter()]
            found = wiring.catalog_index(PROGRAM.id)
            marks.append(time.perf_counter())
            if found is None:
                raise LookupError("no catalog is in force")
            answers = match_lines(queries, found[1])
            marks.append(time.perf_counter())
            with wiring.database.write() as session:
                session.get_one(ProgramRow, PROGRAM.id).feed_position = calls
            marks.append(time.perf_counter())
            if len(answers) != len(queries):
                raise LookupError("an answer is missing")
            seen[found[0]] = len(found[1])
            for name, start, end in zip(slowest, marks[:-1], marks[1:], strict=True):
                slowest[name] = max(slowest[name], end - start)
        except Exception as error:  # noqa: BLE001 - each of them is what this counts
            failures.append(repr(error))
        calls += 1
        (folder / READY).touch()
        time.sleep(PAUSE_S)
    print(json.dumps({"calls": calls, "failures": failures, "seen": seen, "slowest": slowest}))


def main() -> None:
    """Import, and print what the reader saw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogs", type=Path)
    parser.add_argument("--products", type=int, default=1_000_000)
    parser.add_argument(
        "--read", action="store_true", help="be the other process; lines come on standard input"
    )
    asked = parser.parse_args()
    if asked.read:
        read(asked.catalogs, json.load(sys.stdin))
        return
    whole = read_catalog(asked.catalogs / LARGEST, currency=scores.USD).catalog
    lines = [case.query.description for case in scores.made_cases(whole.products[:BEFORE], (), LINES)]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        wiring = build(Settings(data_dir=folder))
        wiring.database.migrate()
        with wiring.database.write() as session:
            Programs(session).add(PROGRAM, utc_now())
        import_catalog(wiring, PROGRAM.id, enlarged(whole, min(BEFORE, asked.products)))
        reader = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, __file__, str(folder), "--read"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert reader.stdin is not None
        reader.stdin.write(json.dumps(lines))
        reader.stdin.close()
        while not (folder / READY).exists():
            time.sleep(PAUSE_S)
        catalog = enlarged(whole, asked.products)
        changed = tuple(replace(each, name=f"{each.name} New") for each in catalog.products[1:CHANGED])
        after = (*catalog.products[CHANGED:], *changed)
        for name, what in (("whole", catalog), ("10,000 changed", Catalog(catalog_version(after), after))):
            clock, cpu = time.perf_counter(), time.process_time()
            number = import_catalog(wiring, PROGRAM.id, what).number
            clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
            print(
                f"{name}: catalog {number} with {len(what.products)} products in force after "
                f"{clock:.1f} s by the clock, {cpu:.1f} s of a core",
                flush=True,
            )
            time.sleep(1.0)
        (folder / STOP).touch()
        reader.stdin = None
        told = json.loads(reader.communicate()[0])
        print(
            f"the other process: {told['calls']} calls, {len(told['failures'])} failed {told['failures'][:3]}"
        )
        print(f"products by catalog that it saw: {told['seen']}")
        print("slowest: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in told["slowest"].items()))
        indexes = sum(path.stat().st_size for path in (folder / "indexes").rglob("*.npy")) / 1e6
        database = sum(path.stat().st_size for path in folder.glob("*.db*")) / 1e6
        print(f"indexes kept: {indexes:.0f} MB; database: {database:.0f} MB")
        start = time.perf_counter()
        print(f"tidied: {tidy(wiring, PROGRAM.id)} in {time.perf_counter() - start:.1f} s")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak of the importing process: {peak:.0f} MB")
        with wiring.database.read() as session:
            newest = ProgramData(session, PROGRAM.id).newest_catalog()
        print(f"in force at the end: {newest}")
        wiring.close()


if __name__ == "__main__":
    main()
