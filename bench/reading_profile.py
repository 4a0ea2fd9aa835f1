"""Where the time of reading goes: `python -m bench.reading_profile FILE...`, pictures of receipts.

Without files, a tenth of the scans and all photos beside the clone are taken. Each picture is read by the
whole of `read_document` in one thread under Python's own profiler, which counts the processor's time and not
the clock's, so that other work on the machine disturbs little. The first picture is read twice: the first
time loads the models and is not counted.

`--stats FILE` writes the profiler's own figures, for `python -m pstats FILE`.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2

from bench.__main__ import SHARED
from bench.reading.cases import DEFAULTS, MEDIA_TYPES
from ocr import decode, document, parse, pictures, pixels
from ocr.engines.detector import Detector
from ocr.engines.rapid import RapidEngine
from ocr.engines.recogniser import Recogniser
from ocr.engines.turns import crop
from ocr.picture import steps, verdict
from pipeline.settings import reads_in_bfloat16

EVERY: Final = 10
MS_PER_S: Final = 1000

Code = tuple[str, int, str]
"""File, line and name: how the profiler calls a function."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of reading: what is spent in `whole`, less what is spent in `without`."""

    name: str
    whole: Callable[..., object]
    without: tuple[Callable[..., object], ...] = ()


PARTS: Final = (
    Part("decode", decode.decode),
    Part("verdict on the picture", verdict.judge_picture),
    Part("repair", steps.repair),
    Part("find text: network", Detector._run),
    Part("find text: boxes", Detector.find, (Detector._run,)),
    Part("cut out lines", crop),
    Part("read lines", Recogniser.read_strip),
    Part("rows", pictures.row_readings),
    Part("parse", parse.parse),
    Part("picture to keep", pixels.as_jpeg),
)
WHOLE: Final = Part("all", document.read_document)


def _code(function: Callable[..., object]) -> Code:
    code = function.__code__
    return (code.co_filename, code.co_firstlineno, code.co_name)


def _pictures(named: Sequence[Path]) -> list[Path]:
    if named:
        return list(named)
    receipts = SHARED / "receipts"
    scans, photos = (sorted((receipts / kind / "images").iterdir()) for kind in ("scans", "photos"))
    return [*scans[::EVERY], *photos]


def profile(paths: Sequence[Path]) -> pstats.Stats:
    """Read every picture once, after a first reading that only loads."""
    cv2.setNumThreads(1)
    engine = RapidEngine(threads=1, bfloat16=reads_in_bfloat16())

    def read(path: Path) -> None:
        media_type = MEDIA_TYPES[path.suffix.lower()]
        document.read_document(path.read_bytes(), media_type, engine=lambda: engine, defaults=DEFAULTS)

    read(paths[0])
    profiler = cProfile.Profile(time.process_time)
    for path in paths:
        profiler.runcall(read, path)
    return pstats.Stats(profiler)


def table(stats: pstats.Stats, receipts: int) -> list[str]:
    """The parts' milliseconds, share and calls a receipt."""
    figures = stats.stats  # type: ignore[attr-defined] # the class is documented, its one field is not

    def spent(function: Callable[..., object]) -> tuple[int, float]:
        calls, _, _, seconds, _ = figures.get(_code(function), (0, 0, 0.0, 0.0, {}))
        return calls, seconds

    _, whole = spent(WHOLE.whole)
    lines, told = [f"{'part':24} {'ms':>7} {'share':>6} {'calls':>6}"], 0.0
    for part in PARTS:
        calls, seconds = spent(part.whole)
        seconds -= sum(spent(function)[1] for function in part.without)
        told += seconds
        lines.append(_line(part.name, seconds / receipts, seconds / whole, calls / receipts))
    lines.append(_line("the rest", (whole - told) / receipts, (whole - told) / whole))
    return [*lines, _line(WHOLE.name, whole / receipts, 1.0, 1)]


def _line(name: str, seconds: float, share: float, calls: float | None = None) -> str:
    often = "" if calls is None else f"{calls:6.1f}"
    return f"{name:24} {MS_PER_S * seconds:7.0f} {share:6.0%} {often}".rstrip()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Where the time of reading goes, a receipt.")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--stats", type=Path, help="write the profiler's own figures here")
    wanted = parser.parse_args()
    paths = _pictures(wanted.files)
    stats = profile(paths)
    if wanted.stats:
        stats.dump_stats(wanted.stats)
    print(f"processor milliseconds a receipt, one thread, {len(paths)} receipts")
    print("\n".join(table(stats, len(paths))))


if __name__ == "__main__":
    main()
