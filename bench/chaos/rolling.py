"""A new version rolled out under load: process by process, back, and out again."""

from __future__ import annotations

import io
import subprocess
import tarfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.chaos.family import Family, Member

PASSES = 3
"""Out, back and out: at the end all run the present program."""
REPOSITORY = Path(__file__).parents[2]


def code_of(commit: str, folder: Path) -> Path:
    """The program as it was at that commit, in a folder of its own.

    Raises:
        RuntimeError: git does not have it; the message says what git said.
    """
    made = subprocess.run(  # noqa: S603 - git, of this repository
        ("git", "-C", str(REPOSITORY), "archive", commit),  # noqa: S607
        capture_output=True,
        check=False,
    )
    if made.returncode:
        raise RuntimeError(f"git has no program of {commit}: {made.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(made.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


@dataclass
class Turns:
    """Each process in turn, three times, spread over the run.

    Attributes:
        members: the processes; they begin with the old program.
        old: its folder.
        seconds: that the run lasts.
    """

    family: Family
    members: Sequence[Member]
    old: Path
    seconds: float

    def begin(self) -> None:
        """Meanwhile."""
        threading.Thread(target=self._roll, daemon=True).start()

    def _roll(self) -> None:
        pause = 0.9 * self.seconds / (PASSES * len(self.members))
        for number in range(PASSES):
            for member in self.members:
                time.sleep(pause)
                self.family.roll(member, self.old if number % 2 else None)
