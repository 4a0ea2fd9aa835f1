"""The same pictures without any of the rest: the engine as it comes, and our reading alone.

A process of its own for each, one thread: ``python -m bench.throughput.alone ours FILE...`` prints JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.reading.speed import ONE_THREAD, a_reader


@dataclass(frozen=True, slots=True)
class Alone:
    """Seconds for all the pictures, by the clock and of the processor."""

    wall: float
    cpu: float


def read_alone(reader: str, pictures: Sequence[Path]) -> Alone:
    """Read them one after the other, `ours` or `bare`; the first one once before, to warm up."""
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "bench.throughput.alone", reader, *map(str, pictures)],
        env={**os.environ, **ONE_THREAD},
        check=True,
        capture_output=True,
        text=True,
    )
    return Alone(**json.loads(done.stdout.splitlines()[-1]))


def main(reader: str, names: Sequence[str]) -> None:
    """Read, and print how long it took."""
    read, pictures = a_reader(reader), [Path(name) for name in names]
    read(pictures[0])
    wall, cpu = time.perf_counter(), time.process_time()
    for picture in pictures:
        read(picture)
    print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
