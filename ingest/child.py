"""A process of its own for what looks into a hostile file: one file in, one line of JSON out."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# Each child may take the memory that its caller allows: no more of them at once than can compute at once.
_CHILDREN = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))


@dataclass(frozen=True, slots=True)
class ChildAnswer:
    """How it ended.

    Attributes:
        answer: its standard output.
        complaint: its standard error.
        exit_code: negative where a signal ended it.
    """

    answer: bytes
    complaint: bytes
    exit_code: int


@dataclass(frozen=True, slots=True)
class ChildTooSlow:
    """It was ended because it had not answered in time."""


def run_child(script: Path, *arguments: str, file: IO[bytes], timeout_s: float) -> ChildAnswer | ChildTooSlow:
    """Run one of our scripts on `file`; the limits of memory and processor time it lays on itself."""
    command = [sys.executable, "-I", str(script), *arguments]
    with (
        _CHILDREN,
        # The child inherits neither secrets from the environment nor any open file but this one.
        subprocess.Popen(  # noqa: S603 - our own interpreter on our own file; nothing comes from outside
            command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={}, close_fds=True
        ) as child,
    ):
        try:
            answer, complaint = child.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            return ChildTooSlow()
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
    return ChildAnswer(answer, complaint, child.returncode)
