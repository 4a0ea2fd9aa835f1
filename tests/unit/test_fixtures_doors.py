"""The sample's mail server and text provider, and the bench of forwards without its data."""

from __future__ import annotations

import smtplib
import subprocess
import sys
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from fixtures.doors.mail import _Handler
from fixtures.doors.plan import ADDRESS, HOST, DoorsPlan, make_plan
from fixtures.doors.texts import SampleTexts
from ingest.accept import DEFAULT_LIMITS
from ingest.email.envelope import Automatic, read_envelope

ROOT = Path(__file__).parents[2]


@pytest.fixture
def plan(tmp_path: Path) -> DoorsPlan:
    return make_plan(tmp_path, public_url="http://127.0.0.1:8000")


def test_a_provider_that_starts_anew_gives_no_id_twice(plan: DoorsPlan) -> None:
    first, second = SampleTexts(plan), SampleTexts(plan)
    assert {first.sid("MM") for _ in range(50)}.isdisjoint(second.sid("MM") for _ in range(50))
    assert len(first.sid("SM")) == 34


@pytest.mark.parametrize(("sender", "path"), [("", b"<>"), ("ann@mail.example", b"<ann@mail.example>")])
def test_the_mail_server_writes_the_return_path_as_servers_do(
    plan: DoorsPlan, monkeypatch: pytest.MonkeyPatch, sender: str, path: bytes
) -> None:
    taken: list[bytes] = []
    monkeypatch.setattr(_Handler, "_append", lambda _self, raw: taken.append(raw))
    controller = Controller(_Handler(plan), hostname=HOST, port=plan.smtp_port)
    controller.start()
    try:
        with smtplib.SMTP(HOST, plan.smtp_port, timeout=10) as smtp:
            smtp.sendmail(sender, [ADDRESS], b"From: orders@shop.example\r\nSubject: x\r\n\r\nx\r\n")
    finally:
        controller.stop()
    (raw,) = taken
    assert b"Return-Path: " + path + b"\r\n" in raw
    assert (read_envelope(raw).automatic is Automatic.NO_RETURN_PATH) == (sender == "")


def test_the_bench_of_forwards_says_where_it_expects_its_data(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "forwards", str(tmp_path / "none")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert f"No forwarded mails at {tmp_path / 'none'}" in done.stderr
    assert "TILLPOINTS_SHARED" in done.stderr
    assert done.stdout == ""


def test_the_page_on_mail_names_the_limit_that_files_have() -> None:
    page = (ROOT / "docs" / "mail.md").read_text(encoding="utf-8")
    assert f"files over {DEFAULT_LIMITS.max_bytes // 1_000_000} MB" in page
