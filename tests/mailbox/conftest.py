"""Real IMAP servers for every test of the mailbox: pymap always, Dovecot where it is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.dovecot_server import run_dovecot
from tests.support.imap_server import ImapServer
from tests.support.pymap_server import run_pymap


@pytest.fixture(scope="session")
def pymap_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImapServer]:
    with run_pymap(tmp_path_factory.mktemp("pymap")) as server:
        yield server


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[ImapServer]:
    with run_dovecot() as server:
        yield server


@pytest.fixture(params=["pymap", "dovecot"])
def imap_server(request: pytest.FixtureRequest) -> ImapServer:
    """An empty mailbox, once on each server."""
    server: ImapServer = request.getfixturevalue(f"{request.param}_server")
    server.empty()
    return server
