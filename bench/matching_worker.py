"""A worker that opens a kept index and matches lines: what it costs, as `matching_table.py` asks it.

    python bench/matching_worker.py INDEX_FOLDER < lines.json

Prints lines a second of processor time, and its memory: all that it holds, and what no other process shares.
"""

from __future__ import annotations

import json
import sys
import time
from decimal import Decimal
from pathlib import Path

from matching.match import LineQuery, match_lines
from matching.store import open_index
from receipts.money import Money, currency

LINES_A_CALL = 40
KILO = 1024


def memory_mb() -> dict[str, float]:
    """From the kernel's own account of this process (Linux)."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    kb = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith("kB")}
    own = kb["Private_Clean"] + kb["Private_Dirty"]
    # Pages of the index that this process alone has mapped count as private: a second worker shares them.
    return {"all": kb["Rss"] / KILO, "own": kb["Private_Dirty"] / KILO, "unshared": own / KILO}


def main() -> None:
    """Match all lines once."""
    dollars = currency("USD")
    queries = [
        LineQuery(place, text, None, None if paid is None else Money.of(Decimal(paid), dollars), None, "")
        for place, (text, paid) in enumerate(json.load(sys.stdin))
    ]
    start = time.process_time()
    index = open_index(Path(sys.argv[1]))
    opened_s = time.process_time() - start
    match_lines(queries[:LINES_A_CALL], index)
    start = time.process_time()
    for first in range(LINES_A_CALL, len(queries), LINES_A_CALL):
        match_lines(queries[first : first + LINES_A_CALL], index)
    seconds = time.process_time() - start
    speed = (len(queries) - LINES_A_CALL) / max(seconds, 1e-9)
    print(json.dumps({"lines_a_second": speed, "opened_s": opened_s, "memory_mb": memory_mb()}))


if __name__ == "__main__":
    main()
