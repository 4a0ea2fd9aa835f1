"""pymap, an IMAP server from PyPI: in memory, sets no keywords, has IDLE and MOVE.

Run as a program it is pymap itself, with IDLE taken away where the first argument is --no-idle.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.imap_server import (
    HOST,
    PASSWORD,
    USER,
    ImapServer,
    dying_with_us,
    free_port,
    make_certificate,
    wait_for_port,
)


@contextmanager
def run_pymap(folder: Path, *, idle: bool = True, starttls: bool = False) -> Iterator[ImapServer]:
    if importlib.util.find_spec("pymap") is None:
        pytest.skip("pymap is not installed: run `make setup`, which installs it")
    port, log = free_port(), folder / "pymap.log"
    certificate = None
    command = [sys.executable, "-m", "tests.support.pymap_server", *(() if idle else ("--no-idle",))]
    command += ["--host", HOST, "--port", str(port)]
    if starttls:
        certificate, key = make_certificate(folder)
        command += ["--cert", str(certificate), "--key", str(key)]
    else:
        command += ["--no-tls"]
    command += ["dict", "--demo-user", USER, "--demo-password", PASSWORD]
    with log.open("wb") as output:
        process = subprocess.Popen(
            dying_with_us(command), stdout=output, stderr=output, cwd=Path(__file__).parents[2]
        )
    try:
        wait_for_port(port, process, log)
        yield ImapServer("pymap", port, process, keywords=False, certificate=certificate)
    finally:
        process.kill()
        process.wait()


def main() -> None:
    from pymap.backend.dict import Config
    from pymap.config import BackendCapability
    from pymap.main import main as run

    if "--no-idle" in sys.argv:
        sys.argv.remove("--no-idle")
        Config.backend_capability = property(  # type: ignore[assignment]
            lambda self: BackendCapability(idle=False, object_id=True, multi_append=True)
        )
    run()


if __name__ == "__main__":
    main()
