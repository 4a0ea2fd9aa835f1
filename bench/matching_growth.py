# ruff: noqa: E501 (rows of tables)
"""How time and memory grow with the catalog: one row, measured in a process of its own.

    python bench/matching_growth.py ../shared/catalogs 1000000

Beyond the largest catalog's own products, the same again under another brand and number. "Build MB" is the peak of
the process that holds the catalog's products as objects and builds; "10,000 changed" is building the next version
from the one before, mapped, and writing it.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import match_scores as scores

from matching.catalog_file import catalog_version, read_catalog
from matching.index import CatalogIndex
from matching.store import open_index, save
from receipts.catalog import Catalog
from receipts.identity import Sku

LARGEST = "grocery-500k.parquet"
SIZES = (10_000, 50_000, 100_000, 250_000, 500_000, 1_000_000)
CHANGED = 10_000
LINES = 600
MEGA = 1e6
HERE = Path(__file__).parent


def enlarged(catalog: Catalog, count: int) -> Catalog:
    """So many products."""
    products = list(catalog.products[:count])
    again = catalog.products[: count - len(products)]
    products.extend(
        replace(each, sku=Sku(f"{each.sku}-B"), brand=f"{each.brand} Nova", gtin=None) for each in again
    )
    made = tuple(products)
    return Catalog(catalog_version(made), made)


def worker(folder: Path, cases: Sequence[scores.Case]) -> dict[str, float]:
    """What a process that maps the index makes of the lines."""
    lines = [
        (case.query.description, None if case.query.amount is None else str(case.query.amount.decimal))
        for case in cases
    ]
    run = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(HERE / "matching_worker.py"), str(folder)],
        input=json.dumps(lines),
        capture_output=True,
        text=True,
        check=True,
        cwd=HERE.parent,
    )
    said = json.loads(run.stdout)
    return {"speed": said["lines_a_second"], "opened": said["opened_s"], **said["memory_mb"]}


def peak_mb() -> float:
    """The most that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def row(folder: Path, kept: Path, count: int) -> str:
    """One row of the table."""
    catalog = enlarged(read_catalog(folder / LARGEST, currency=scores.USD).catalog, count)
    held = peak_mb()
    start = time.process_time()
    index = CatalogIndex.build(catalog)
    built = time.process_time() - start
    save(index, kept / "whole")
    build_mb = peak_mb()
    del index
    changed = [replace(each, name=f"{each.name} New") for each in catalog.products[:CHANGED]]
    after = Catalog("after", (*catalog.products[CHANGED:], *changed))
    start, wall = time.process_time(), time.perf_counter()
    save(CatalogIndex.build(after, earlier=open_index(kept / "whole")), kept / "after")
    updated, update_wall = time.process_time() - start, time.perf_counter() - wall
    told = worker(kept / "whole", scores.made_cases(catalog.products, (), LINES))
    megabytes = sum(part.stat().st_size for part in (kept / "whole").iterdir()) / MEGA
    return (
        f"| {len(catalog.products)} | {built:.1f} | {held:.0f} | {build_mb:.0f} | {updated:.1f} ({update_wall:.1f}) | "
        f"{megabytes:.0f} | {told['speed']:.0f} | {told['all']:.0f} | {told['own']:.0f} |"
    )


def table(folder: Path) -> None:
    """A row for each size, each in a process of its own, so that each has a peak of its own."""
    print("\n| products | built in s | catalog MB | build MB | 10,000 changed in s (by the clock) | index MB |"
          " lines/s | worker MB | its own MB |\n" + "| - " * 9 + "|")  # fmt: skip
    for count in SIZES:
        run = subprocess.run(  # noqa: S603 - our own script
            [sys.executable, str(HERE / "matching_growth.py"), str(folder.absolute()), str(count)],
            capture_output=True,
            text=True,
            check=True,
            cwd=HERE.parent,
        )
        print(run.stdout.strip(), flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        print(row(Path(sys.argv[1]), Path(made), int(sys.argv[2])))
