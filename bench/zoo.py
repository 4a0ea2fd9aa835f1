"""What each hostile file of the zoo costs, clock and memory, in a process that has opened another before."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from fixtures.zoo import FILES, TEXTS, saved

MOST_S, MOST_MIB = 2.0, 512

MEASURE = """
import json, resource, sys, time
from pathlib import Path
from ingest import child
from ingest.accept import DEFAULT_LIMITS, accept
from ocr.document import ReadDefaults
from pipeline.confined import CONFINED
from pipeline.mail_reading import read_parts
from receipts.errors import Rejection
from receipts.image import MediaType

class NoEngine:
    "Blank pages are refused before an engine sees them."

def judged(path):
    answer = accept(path, allowed=frozenset(MediaType))
    if isinstance(answer, Rejection):
        return answer.reason.value
    parts = read_parts(path.read_bytes(), answer.media_type, engine=NoEngine,
                       defaults=ReadDefaults(currency="USD"), limits=DEFAULT_LIMITS, opening=CONFINED)
    return parts[0].outcome.reason.value if isinstance(parts[0].outcome, Rejection) else "read"

for kept in sys.argv[2:]:
    accept(Path(kept))
child._MAKERS.costs = child.Costs()
started = time.perf_counter()
said = judged(Path(sys.argv[1]))
print(json.dumps({
    "seconds": time.perf_counter() - started,
    "child": child.costs().peak_bytes / 2**20,
    "here": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "said": said,
}))
"""


def _measured(name: str, make: Callable[[], bytes], folder: Path) -> bool:
    hostile, good = folder / "hostile", folder / "good"
    content = make()
    hostile.write_bytes(content)
    good.write_bytes(saved("PNG"))
    command = [sys.executable, "-c", MEASURE, str(hostile), str(good)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if ended.returncode:
        print(f"| {name} | {len(content):,} | **failed**: {ended.stderr[-200:]} | | |")
        return False
    cost = json.loads(ended.stdout)
    peak = max(cost["child"], cost["here"])
    print(f"| {name} | {len(content):,} | {cost['said']} | {cost['seconds']:.2f} | {peak:.0f} |", flush=True)
    return cost["said"] != "read" and cost["seconds"] < MOST_S and peak < MOST_MIB


def main() -> int:
    """Print the table; 1 where something was not refused within its bounds."""
    print("| file | bytes | refused as | seconds | peak MiB, child or caller |\n| - | - | - | - | - |")
    with tempfile.TemporaryDirectory() as name:
        kept = [_measured(each, make, Path(name)) for each, make in {**FILES, **TEXTS}.items()]
    print(f"\n{sum(kept)} of {len(kept)} refused in under {MOST_S:.0f} s and {MOST_MIB} MiB.")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
