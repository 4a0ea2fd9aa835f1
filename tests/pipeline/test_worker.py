"""A stage that hangs takes its worker with it, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HUNG = """
import time
from pipeline import worker
from pipeline.queue import ADVANCE
from pipeline.settings import load_settings
from pipeline.wiring import build
worker.run = lambda *_, **__: time.sleep({seconds})
worker.make_worker(build(load_settings())).tasks[ADVANCE]("rcp_x")
print("went on")
"""


def work(folder: Path, *, seconds: float) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "TILLPOINTS_DATA_DIR": str(folder),
        "TILLPOINTS_STAGE_TIMEOUT_S": "1",
        "TILLPOINTS_LEASE_S": "2",
    }
    return subprocess.run(
        [sys.executable, "-c", HUNG.format(seconds=seconds)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_hung_stage_is_ended_with_its_process(tmp_path: Path) -> None:
    ended = work(tmp_path, seconds=30)
    assert ended.returncode == -signal.SIGALRM
    assert "went on" not in ended.stdout


def test_an_ordinary_stage_is_left_alone(tmp_path: Path) -> None:
    ended = work(tmp_path, seconds=0.1)
    assert (ended.returncode, ended.stdout.strip()) == (0, "went on")
