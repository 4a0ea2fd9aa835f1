"""A provider that runs on this machine, plain and behind TLS, and forms as it sends them."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpcore
import pytest
from hypothesis import settings

from ingest.sms.media import MediaAccount, MediaLimits
from tests.support.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, FakeTwilio, serving_twilio

UNHURRIED = settings(deadline=None)
"""The machine may be busy."""
PUBLIC = "93.184.216.34"
ACCOUNT = MediaAccount(ACCOUNT_SID, AUTH_TOKEN)
PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 400
QUICK = MediaLimits(total_s=1.0, step_s=0.5, waits_s=(1.0, 3.0))
"""For servers that stall."""
PATIENT = MediaLimits(total_s=60.0, step_s=30.0, waits_s=QUICK.waits_s)
"""For servers that answer, on a machine that may be busy."""
NAMES = ("api.twilio.com", "mms.twiliocdn.com", "media.twiliocdn.com", "s3-external-1.amazonaws.com")


@pytest.fixture(scope="session")
def payloads(shared_data: Path) -> list[dict[str, Any]]:
    """Bodies of webhooks as the provider sent them."""
    text = (shared_data / "receipts" / "twilio" / "webhook_payloads.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)
    return found


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with serving_twilio() as running:
        yield running


@pytest.fixture
def inner() -> Iterator[FakeTwilio]:
    """A server of the house that no message may make us ask."""
    with serving_twilio() as running:
        yield running


@dataclass
class Names:
    """A resolver whose answers a test writes; each name's answers are given one after the other."""

    answers: dict[str, list[tuple[str, ...]]]
    asked: list[str] = field(default_factory=list)

    def addresses(self, host: str) -> tuple[str, ...]:
        self.asked.append(host)
        answers = self.answers[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]


def public_names() -> Names:
    return Names({name: [(PUBLIC,)] for name in NAMES})


@dataclass
class Wire(httpcore.SyncBackend):
    """The real network, except that public addresses lead to a server of this machine."""

    port: int
    dialled: list[tuple[str, int]] = field(default_factory=list)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        self.dialled.append((host, port))
        return super().connect_tcp("127.0.0.1", self.port, timeout, local_address, socket_options)


@dataclass(frozen=True)
class Certificates:
    """For the provider's names, from an authority that only the tests know."""

    server: ssl.SSLContext
    client: ssl.SSLContext
    stranger: ssl.SSLContext
    """A server's whose certificate is for another of the names only."""


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: apt-get install openssl")
    folder = tmp_path_factory.mktemp("certificates")

    def certificate(name: str, hosts: tuple[str, ...]) -> ssl.SSLContext:
        key, pem = folder / f"{name}.key", folder / f"{name}.pem"
        subject = ["-subj", f"/CN={name}", "-addext", "subjectAltName=" + ",".join(f"DNS:{h}" for h in hosts)]
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        command += ["-nodes", "-days", "3650", "-keyout", str(key), "-out", str(pem), *subject]
        subprocess.run(command, check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, key)
        return context

    server = certificate("provider", NAMES)
    stranger = certificate("stranger", ("mms.twiliocdn.com",))
    client = ssl.create_default_context(cafile=str(folder / "provider.pem"))
    client.load_verify_locations(folder / "stranger.pem")
    return Certificates(server, client, stranger)


@pytest.fixture
def twilio_tls(certificates: Certificates) -> Iterator[FakeTwilio]:
    with serving_twilio(tls=certificates.server) as running:
        yield running
