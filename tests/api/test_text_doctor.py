"""`tillpoints doctor` on texts: what is set up wrongly is said with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from fixtures.doors.plan import channels_file, make_plan
from fixtures.doors.texts import SampleTexts
from pipeline.settings import Settings
from pipeline.text_checks import check_texting
from pipeline.wiring import build
from receipts.errors import RefusedError
from receipts.identity import ProgramId
from tests.support import commands
from tests.support.fake_twilio import API, FakeTwilio, serving_twilio
from tests.support.text_door import ACCOUNT, NUMBER, PUBLIC, TEXTS, TOKEN


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with serving_twilio() as running:
        running.account_sid, running.auth_token = ACCOUNT, TOKEN
        running.numbers[NUMBER] = (PUBLIC + TEXTS, "POST")
        yield running


def channels_of(twilio: FakeTwilio, folder: Path, *, token: str = TOKEN, more: str = "") -> Path:
    """The file of channels."""
    path = folder / "channels.toml"
    path.write_text(
        f'[program.sample.sms]\naccount_sid = "{ACCOUNT}"\nauth_token = "{token}"\n'
        f'numbers = ["{NUMBER}", "whatsapp:{NUMBER}"]\napi_base_url = "{twilio.url}"\n{more}\n'
    )
    return path


def trouble(twilio: FakeTwilio, folder: Path, **options: str) -> str:
    """What is wrong; empty where nothing is."""
    channels = channels_of(twilio, folder, **options)
    wiring = build(Settings(data_dir=folder / "data", public_url=PUBLIC, channels_file=channels))
    settings = wiring.channels_of(ProgramId("sample")).sms
    assert settings is not None
    try:
        check_texting(wiring, settings)
    except RefusedError as error:
        return str(error)
    finally:
        wiring.close()
    return ""


def test_doctor_says_how_texts_come(twilio: FakeTwilio, tmp_path: Path) -> None:
    told = {
        "TILLPOINTS_DATA_DIR": str(tmp_path / "data"),
        "TILLPOINTS_CHANNELS_FILE": str(channels_of(twilio, tmp_path)),
        "TILLPOINTS_PUBLIC_URL": PUBLIC,
        "TILLPOINTS_OCR_ENGINE": "tesseract",
    }
    for ours, expected in (
        (True, f"texts come to {PUBLIC}{TEXTS}"),
        (False, "check account_sid and auth_token"),
    ):
        twilio.auth_token = TOKEN if ours else "changed in the console"
        ended = commands.tillpoints("doctor", environment=told)
        (line,) = [line for line in ended.stdout.splitlines() if " texts sample " in line]
        assert line.startswith("ok " if ours else "WRONG ")
        assert expected in line
        assert TOKEN not in ended.stdout + ended.stderr


def test_what_is_wrong_is_said_with_what_to_do(twilio: FakeTwilio, tmp_path: Path) -> None:
    assert trouble(twilio, tmp_path) == ""
    twilio.numbers[NUMBER] = ("https://demo.twilio.com/welcome", "POST")
    where = f"set its incoming webhook to {PUBLIC}{TEXTS}, by POST"
    assert trouble(twilio, tmp_path) == f"texts to {NUMBER} go to https://demo.twilio.com/welcome: {where}"
    twilio.numbers[NUMBER] = (PUBLIC + TEXTS, "GET")
    assert "come by GET: set its incoming webhook to POST" in trouble(twilio, tmp_path)
    twilio.numbers.clear()
    assert f"the account has no number {NUMBER}" in trouble(twilio, tmp_path)
    twilio.account_status = "suspended"
    assert "the account is suspended" in trouble(twilio, tmp_path)


def test_a_service_may_decide_where_texts_go(twilio: FakeTwilio, tmp_path: Path) -> None:
    twilio.numbers[NUMBER] = ("", "POST")
    assert "go nowhere" in trouble(twilio, tmp_path)
    assert trouble(twilio, tmp_path, more=f'messaging_service_sid = "MG{"0" * 32}"') == ""


def test_the_samples_own_provider_is_found_well(tmp_path: Path) -> None:
    sample = make_plan(tmp_path, public_url="http://127.0.0.1:8000")
    provider = SampleTexts(sample)
    provider.start()
    wiring = build(
        Settings(
            data_dir=tmp_path / "data",
            public_url="http://127.0.0.1:8000",
            channels_file=channels_file(tmp_path),
        )
    )
    try:
        settings = wiring.channels_of(ProgramId("sample")).sms
        assert settings is not None
        assert "the account is active, 1 numbers looked at" in check_texting(wiring, settings)
    finally:
        wiring.close()
        provider.stop()


def test_what_the_provider_refuses_is_named(twilio: FakeTwilio, tmp_path: Path) -> None:
    def refuse(handler: BaseHTTPRequestHandler) -> None:
        body = b'{"code": 20404, "message": "Unable to fetch record", "status": 404}'
        handler.send_response(404)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    twilio.answers[f"{API}/{ACCOUNT}.json"] = refuse
    said = trouble(twilio, tmp_path)
    assert said.startswith("the provider refused our question about the account (20404): ")
