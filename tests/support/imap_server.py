"""What every real IMAP server of the tests can do, whichever program it is."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient

from ingest.email.connection import MailServer, PasswordLogin, Security

HOST = "127.0.0.1"
USER, PASSWORD = "receipts", "a pass \"word\" with 'marks' \\ in it"
START_TIMEOUT_S = 90.0


def dying_with_us(command: list[str]) -> list[str]:
    """The command, made to end when the test process ends, however it ends (Linux only)."""
    if sys.platform != "linux":
        return command
    ask = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 15); os.execv(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-c", ask, *command]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_TIMEOUT_S
    while True:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
            return
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.02)


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost and its key, signed by itself; for 127.0.0.1 it is the wrong name."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed: apt-get install openssl")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    return certificate, key


@dataclass
class ImapServer:
    """A running server with one user.

    Attributes:
        keywords: whether it keeps keywords of our own.
        certificate: to be trusted as a CA file; for localhost only.
        files: where it keeps its mails, a file each.
    """

    name: str
    port: int
    process: subprocess.Popen[bytes]
    keywords: bool
    certificate: Path | None = None
    tls_port: int = 0
    files: Path | None = None

    @property
    def account(self) -> MailServer:
        """How our client is told to reach it."""
        return MailServer(
            HOST,
            self.port,
            Security.NONE,
            PasswordLogin(USER, PASSWORD),
            connect_timeout_s=20,
            read_timeout_s=60,
        )

    def account_with(self, **changes: Any) -> MailServer:
        return replace(self.account, **changes)

    @contextlib.contextmanager
    def client(self, folder: str | None = "INBOX") -> Iterator[IMAPClient]:
        """Somebody else's mail program on the same mailbox."""
        client = IMAPClient(HOST, port=self.port, ssl=False, timeout=60)
        try:
            client.login(USER, PASSWORD)
            if folder is not None:
                client.select_folder(folder)
            yield client
        finally:
            with contextlib.suppress(Exception):
                client.logout()

    def empty(self) -> None:
        """No folder but an empty INBOX."""
        with self.client("INBOX") as client:
            everything = client.search("ALL")
            if everything:
                client.delete_messages(everything, silent=True)
                client.expunge()
            for _, _, name in client.list_folders():
                if name != "INBOX":
                    client.delete_folder(name)

    def append(self, messages: Iterable[bytes], folder: str = "INBOX") -> None:
        with self.client(None) as client:
            for message in messages:
                client.append(folder, message)

    def flags(self, folder: str = "INBOX") -> dict[int, set[bytes]]:
        with self.client(folder) as client:
            found = client.fetch(client.search("ALL"), ["FLAGS"])
            return {uid: set(parts[b"FLAGS"]) - {rb"\Recent"} for uid, parts in found.items()}

    def subjects(self, folder: str = "INBOX") -> list[str]:
        with self.client(folder) as client:
            found = client.fetch(client.search("ALL"), ["BODY.PEEK[HEADER.FIELDS (SUBJECT)]"])
            heads = [
                value
                for parts in found.values()
                for key, value in parts.items()
                if key.startswith(b"BODY[HEADER")
            ]
            return [head.decode().partition(":")[2].strip() for head in heads]
