"""What sealing costs a picture: `python -m bench sealing`.

Files of usual sizes are put and read in turn with and without keys, on SQLite and a local folder: processor
and clock time of each, the database's part in it. Without keys the hash alone is checked.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from cryptography.fernet import Fernet

from pipeline.sample import SAMPLE_PROGRAM
from pipeline.settings import Settings
from pipeline.wiring import build
from receipts.files import Store
from receipts.identity import MemberId, Sha256
from tests.support.ready import make_ready

SIZES = {"e-receipt, 50 kB": 50_000, "photo, 2 MB": 2_000_000, "photo, 8 MB": 8_000_000}
ROUNDS = 40


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench sealing")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args(arguments).rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys = folder / "keys"
        keys.write_bytes(Fernet.generate_key())
        wiring = build(Settings(data_dir=folder / "data", master_keys_file=keys))
        make_ready(wiring)
        ways: dict[str, tuple[Store, Store]] = {
            "as it is": (wiring.plain_store, wiring.plain_store),
            "sealed": (wiring.store.of(SAMPLE_PROGRAM.id, MemberId("mem_bench")), wiring.store),
        }
        print("| file | way | put: processor ms | put: ms | read: processor ms | read: ms |")
        print("| --- | --- | --- | --- | --- | --- |")
        for size, size_bytes in SIZES.items():
            spent: dict[str, list[tuple[float, ...]]] = {way: [] for way in ways}
            for _ in range(rounds):
                for way, (into, out) in ways.items():
                    spent[way].append(_one(into, out, os.urandom(size_bytes)))
            for way, each in spent.items():
                told = " | ".join(f"{median(times) * 1000:.1f}" for times in zip(*each, strict=True))
                print(f"| {size} | {way} | {told} |")
        wiring.close()
    return 0


def _one(into: Store, out: Store, data: bytes) -> tuple[float, ...]:
    put = _timed(lambda: into.put_bytes(data))
    name: Sha256 = put[2]
    read = _timed(lambda: out.read_bytes(name))
    return (*put[:2], *read[:2])


def _timed(work: Callable[[], object]) -> tuple[float, float, object]:
    began = time.process_time(), time.perf_counter()
    made = work()
    return time.process_time() - began[0], time.perf_counter() - began[1], made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
