"""Spoils whole files of every format and shows them to the door and to reading, for some minutes.

Each file must be accepted or refused with a reason: an exception, a worker that dies, or more than the
bounds is a finding, and its file is kept. The seed is printed, so that a run can be done again.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from fixtures.hostile import many_page_pdf
from fixtures.zoo import FILES, TEXTS, saved
from ingest import child
from ingest.accept import DEFAULT_LIMITS, accept
from ocr.document import ReadDefaults
from ocr.documents.work import always
from ocr.engines.base import OcrEngine
from pipeline.confined import CONFINED, examined_confined
from pipeline.examine import look_into_pdf
from pipeline.mail_reading import read_parts
from receipts.errors import Rejection
from receipts.image import IMAGE_TYPES, Accepted, MediaType

MOST_S = 2.0
"""Of the door. What passes it may take as long as a large honest file."""
MOST_MIB = 512
SMALL = 400_000
_TOKENS = (
    b"\xff\xda",
    b"\xff\xd8",
    b"IDAT",
    b"obj",
    b"stream",
    b"/Kids",
    b"<<",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
)

Spoil = Callable[[random.Random, bytearray], None]


def _flip(dice: random.Random, data: bytearray) -> None:
    for _ in range(dice.randint(1, 40)):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _head(dice: random.Random, data: bytearray) -> None:
    for _ in range(dice.randint(1, 12)):
        data[dice.randrange(min(len(data), 600))] = dice.randrange(256)


def _cut(dice: random.Random, data: bytearray) -> None:
    del data[dice.randrange(1, len(data)) :]


def _repeat(dice: random.Random, data: bytearray) -> None:
    at, length = dice.randrange(len(data)), dice.randint(1, 4000)
    data[at:at] = data[at : at + length] * dice.randint(1, 60)


def _swap(dice: random.Random, data: bytearray) -> None:
    at, other, length = dice.randrange(len(data)), dice.randrange(len(data)), dice.randint(1, 2000)
    data[at : at + length] = data[other : other + length]


def _token(dice: random.Random, data: bytearray) -> None:
    for _ in range(dice.randint(1, 5)):
        at = dice.randrange(len(data))
        data[at:at] = dice.choice(_TOKENS)


SPOILS: tuple[Spoil, ...] = (_flip, _head, _cut, _repeat, _swap, _token)


def corpus() -> dict[str, bytes]:
    """Whole files of every format, and the smaller ones of the zoo, by name."""
    whole = {
        "JPEG": saved("JPEG", 300),
        "progressive JPEG": saved("JPEG", 300, progressive=True),
        "PNG": saved("PNG", 300),
        "WebP": saved("WEBP", 300),
        "lossless WebP": saved("WEBP", 300, lossless=True),
        "TIFF": saved("TIFF", 300, compression="tiff_lzw"),
        "TIFF of JPEG": saved("TIFF", 300, compression="jpeg"),
        "HEIC": saved("HEIF", 300),
        "PDF": many_page_pdf(3),
        "mail": b"From: a@b.example\r\nSubject: order\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n"
        b"--q\r\nContent-Type: text/html\r\n\r\n<table><tr><td>Oats<td>5.00</table>Total 5.00\r\n--q--\r\n",
        "page": b"<!DOCTYPE html><html><table><tr><td>Oats<td>5.00<tr><td>Total<td>5.00</table></html>",
    }
    zoo = {name: make() for name, make in {**FILES, **TEXTS}.items()}
    return whole | {name: data for name, data in zoo.items() if len(data) < SMALL}


def _no_engine() -> OcrEngine:
    raise AssertionError("not asked for")


def _shown(path: Path) -> str:
    """What becomes of the file; pixels are decoded and looked into, but no engine reads them."""
    answer = accept(path, allowed=frozenset(MediaType))
    if isinstance(answer, Rejection):
        return answer.reason.value
    _read(path.read_bytes(), answer)
    return "accepted"


def _read(data: bytes, accepted: Accepted) -> None:
    kind = accepted.media_type
    if kind in IMAGE_TYPES:
        CONFINED.picture(data, kind, page=CONFINED.pages_of(data, kind)[-1])
        examined_confined(data, kind, None)
    elif kind is MediaType.PDF:
        CONFINED.pdf(data, always)
        look_into_pdf(data)
    else:
        defaults = ReadDefaults(currency="USD")
        read_parts(data, kind, engine=_no_engine, defaults=defaults, limits=DEFAULT_LIMITS, opening=CONFINED)


def _one(dice: random.Random, whole: dict[str, bytes], path: Path) -> tuple[str, str, str]:
    """Name, what became of it, and the finding, empty for none."""
    name = dice.choice(list(whole))
    data = bytearray(whole[name])
    for _ in range(dice.randint(1, 3)):
        if data:
            dice.choice(SPOILS)(dice, data)
    path.write_bytes(data)
    child._MAKERS.costs = child.Costs()
    started = time.process_time()
    try:
        said = _shown(path)
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        return name, "failed", f"{type(error).__name__}: {error}"[-600:]
    spent, cost = time.process_time() - started, child.costs()
    if said != "accepted" and spent + cost.processor_s > MOST_S:
        return name, said, f"refused after {spent + cost.processor_s:.1f} s"
    if said != "accepted" and cost.peak_bytes > MOST_MIB * 2**20:
        return name, said, f"refused after {cost.peak_bytes >> 20} MiB"
    return name, said, ""


def main() -> int:
    """Print what became of the files; 1 where anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "tillpoints-fuzz")
    options = parser.parse_args()
    dice, whole, told = random.Random(options.seed), corpus(), Counter[str]()  # noqa: S311 - nothing secret
    findings, until = 0, time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spoiled"
        while time.monotonic() < until:
            name, said, finding = _one(dice, whole, path)
            told[said] += 1
            if finding:
                findings += 1
                options.keep.mkdir(exist_ok=True)
                kept = options.keep / f"{options.seed}-{told.total()}"
                kept.write_bytes(path.read_bytes())
                print(f"{name}: {finding}\n  kept as {kept}", flush=True)
    print(
        f"{told.total():,} files of {len(whole)} kinds in {options.minutes:g} minutes, seed {options.seed}:"
    )
    print(", ".join(f"{count:,} {said}" for said, count in told.most_common()))
    print(f"{findings} findings.")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
