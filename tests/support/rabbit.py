"""RabbitMQ as a process of ours: own folder, own ports, own name server, any user."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.imap_server import HOST, dying_with_us, free_port, wait_for_port

_PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_CONFIG = """
listeners.tcp.1 = {host}:{port}
loopback_users = none
log.file = false
log.console = true
log.console.level = warning
"""


@dataclass
class Rabbit:
    """A broker that runs, with the account guest."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"amqp://guest@{HOST}:{self.port}//"

    def freeze(self) -> None:
        """It takes connections and answers nothing."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.killpg(self.process.pid, signal.SIGCONT)


def skip_without_rabbit() -> None:
    if not _PROGRAM.exists() or shutil.which("epmd") is None:
        pytest.skip("RabbitMQ is missing: apt-get install --no-install-recommends rabbitmq-server")


@contextmanager
def rabbit() -> Iterator[Rabbit]:
    """A broker on free ports of this machine, gone with its folder at the end."""
    skip_without_rabbit()
    with tempfile.TemporaryDirectory(prefix="tillpoints-rabbit-", ignore_cleanup_errors=True) as name:
        folder, port, names, inner = Path(name), free_port(), free_port(), free_port()
        (folder / "rabbitmq.conf").write_text(_CONFIG.format(host=HOST, port=port))
        (folder / "plugins").write_text("[].")
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": name,
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(names),
            "ERL_EPMD_ADDRESS": HOST,
            "RABBITMQ_NODENAME": f"test{port}@localhost",
            "RABBITMQ_DIST_PORT": str(inner),
            "RABBITMQ_MNESIA_BASE": name,
            "RABBITMQ_LOG_BASE": name,
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_SERVER_ERL_ARGS": "+S 1:1 +sbwt none",
        }
        log, epmd = folder / "said", shutil.which("epmd") or ""
        # Ours, in the foreground: the one that Erlang starts by itself would outlive the test.
        registry = subprocess.Popen(
            dying_with_us([epmd, "-port", str(names), "-address", HOST]), env=environment
        )
        with log.open("wb") as said:
            process = subprocess.Popen(
                dying_with_us([str(_PROGRAM)]),
                env=environment,
                cwd=name,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        try:
            wait_for_port(port, process, log)
            yield Rabbit(port, process)
        finally:
            # It has nothing worth keeping, and would take seconds to end in good order.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            registry.terminate()
            registry.wait()
