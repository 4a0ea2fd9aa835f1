"""`tillpoints COMMAND` as it is typed, in a process forked from one that has imported the program.

Imports take most of a short command's time: they are paid for once in each process of a test run. What runs
is `pipeline.cli.main` with its own arguments, variables, folder and output. What it costs to start, and what
is left unloaded by it, must be asked of a process of one's own.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

LONGEST_S = 120


def tillpoints(
    *arguments: str | Path, environment: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; its status and what it printed.

    Args:
        environment: variables beside this process's own.
        cwd: the folder it is typed in.

    Raises:
        subprocess.TimeoutExpired: it did not end within LONGEST_S seconds.
    """
    words = [str(argument) for argument in arguments]
    with tempfile.TemporaryDirectory(prefix="tillpoints-command-") as name:
        out, err = Path(name, "out"), Path(name, "err")
        told = {
            "arguments": words,
            "environment": {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
            "cwd": str(cwd),
            "out": str(out),
            "err": str(err),
        }
        status = _ask(told)
        if status == -signal.SIGALRM:
            raise subprocess.TimeoutExpired(words, LONGEST_S)
        return subprocess.CompletedProcess(words, status, out.read_text("utf-8"), err.read_text("utf-8"))


def _ask(told: dict[str, Any]) -> int:
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps(told) + "\n")
    server.stdin.flush()
    return int(server.stdout.readline())


@functools.cache
def _server() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.commands"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.communicate)
    return process


def _serve() -> None:
    import importlib

    from pipeline import cli

    for _, module, *_ in cli._COMMANDS:
        importlib.import_module(module)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
            try:
                cli.main()
            except SystemExit as end:
                _end(end.code)
            _end(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(told: dict[str, Any]) -> None:
    signal.alarm(LONGEST_S)
    for number, path, how in (
        (0, os.devnull, os.O_RDONLY),
        (1, told["out"], os.O_WRONLY | os.O_CREAT),
        (2, told["err"], os.O_WRONLY | os.O_CREAT),
    ):
        os.dup2(os.open(path, how, 0o600), number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 -- the parent's had a line read ahead
    os.environ.clear()
    os.environ.update(told["environment"])
    os.chdir(told["cwd"])
    sys.argv = ["tillpoints", *told["arguments"]]


def _end(code: Any) -> None:
    """End as the interpreter does, but for taking the heap apart, which takes longer than a short command."""
    if not isinstance(code, int | None):
        print(code, file=sys.stderr)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0 if isinstance(code, int | None) else 1)


if __name__ == "__main__":
    _serve()
