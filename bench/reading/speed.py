"""Seconds a receipt in one thread: the whole of reading against the bare engine as it comes, side by side.

Each reader is a fresh process; pictures go to the two in turn, so that other work on the machine slows both.
Nothing is kept. A process is started by ``python -m bench.reading.speed ours`` (or ``bare``), takes paths on
its input and answers with a JSON object a line.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from bench.reading.cases import DEFAULTS, MEDIA_TYPES, Case

READERS: Final = ("ours", "bare")
ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
MOST_RATIO: Final = 0.5
MOST_MB: Final = 700.0
"""Issue 4: of the bare engine's time, and of memory."""
KB_PER_MB: Final = 1024


@dataclass(frozen=True, slots=True)
class Spent:
    """Of one picture: seconds of processor and of the clock."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True)
class Speed:
    """Medians over the pictures, and the most memory that each process held."""

    pictures: int
    seconds: dict[str, Spent]
    cpu_ratio: float
    wall_ratio: float
    peak_mb: dict[str, float]


def _ours() -> Callable[[Path], object]:
    import cv2

    from ocr.document import read_document
    from ocr.engines.rapid import RapidEngine
    from pipeline.settings import reads_in_bfloat16

    cv2.setNumThreads(1)
    engine = RapidEngine(threads=1, bfloat16=reads_in_bfloat16())
    return lambda path: read_document(
        path.read_bytes(), MEDIA_TYPES[path.suffix.lower()], engine=lambda: engine, defaults=DEFAULTS
    )


def _bare() -> Callable[[Path], object]:
    """RapidOCR with its own settings, but for the number of threads."""
    import cv2
    from rapidocr import RapidOCR

    cv2.setNumThreads(1)
    threads = ("intra_op_num_threads", "inter_op_num_threads")
    engine = RapidOCR(
        params={
            "Global.log_level": "error",
            **{f"EngineConfig.onnxruntime.{name}": 1 for name in threads},
        }
    )
    return lambda path: engine(str(path))


def peak_mb() -> float:
    """The most memory that this process has held.

    Not `getrusage`: on Linux its figure begins with the parent's, from before the new program was loaded.
    """
    status = Path("/proc/self/status")
    if status.exists():
        held = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))
        if held:
            return int(held[1]) / KB_PER_MB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KB_PER_MB


def a_reader(reader: str) -> Callable[[Path], object]:
    """What reads a picture: `ours`, the whole of reading, or `bare`, RapidOCR as it comes; one thread."""
    return {"ours": _ours, "bare": _bare}[reader]()


def serve(reader: str) -> None:
    """Read the pictures named on the input; the first is to warm up."""
    read = a_reader(reader)
    for line in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        read(Path(line.strip()))
        spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
        print(json.dumps({**spent, "peak_mb": peak_mb()}), flush=True)


def _start(reader: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "bench.reading.speed", reader],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **ONE_THREAD},
        cwd=Path(__file__).parents[2],
    )


def _ask(process: subprocess.Popen[str], path: Path) -> dict[str, float]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the reader has no pipes")
    print(path, file=process.stdin, flush=True)
    answer: dict[str, float] = json.loads(process.stdout.readline())
    return answer


def race(cases: Sequence[Case]) -> Speed:
    """Both readers on the same pictures, in turn."""
    processes = {reader: _start(reader) for reader in READERS}
    spent: dict[str, list[Spent]] = {reader: [] for reader in READERS}
    peak: dict[str, float] = {}
    try:
        for process in processes.values():
            _ask(process, cases[0].path)
        for number, case in enumerate(cases, start=1):
            for reader, process in processes.items():
                answer = _ask(process, case.path)
                spent[reader].append(Spent(answer["cpu"], answer["wall"]))
                peak[reader] = answer["peak_mb"]
            if sys.stderr.isatty() or number == len(cases):
                print(f"\rspeed: {number} of {len(cases)}", end="", file=sys.stderr, flush=True)
    finally:
        for process in processes.values():
            process.terminate()
            process.wait()
    print(file=sys.stderr)
    pairs = list(zip(spent["ours"], spent["bare"], strict=True))
    return Speed(
        pictures=len(cases),
        seconds={
            reader: Spent(median(each.cpu for each in runs), median(each.wall for each in runs))
            for reader, runs in spent.items()
        },
        cpu_ratio=median(ours.cpu / bare.cpu for ours, bare in pairs),
        wall_ratio=median(ours.wall / bare.wall for ours, bare in pairs),
        peak_mb=peak,
    )


if __name__ == "__main__":
    serve(sys.argv[1])
