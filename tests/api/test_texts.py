"""The text provider's webhooks: only what it signed is taken, and once."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from pipeline.clock import utc_now
from pipeline.sample import SAMPLE_PROGRAM
from receipts.database.repositories.outgoing import Outgoing
from receipts.database.tables import InboundRow, OutgoingRow
from receipts.inbound import InboundState, OutgoingKind, Via
from tests.support.text_door import (
    ACCOUNT,
    NUMBER,
    OTHER_NUMBER,
    PUBLIC,
    SECOND,
    STATUS,
    STRANGE_ACCOUNT,
    STRANGE_TOKEN,
    TEXTS,
    TOKEN,
    Door,
    Fields,
    photo,
)

MAYAS_NUMBER = "+12025550111"


@pytest.fixture(autouse=True)
def _a_quiet_hour(door: Door) -> None:
    """After five texts an hour nothing is said, and other tests may have texted in these names before."""
    with door.wiring.database.write() as session:
        session.query(InboundRow).update({InboundRow.received_at: utc_now() - timedelta(hours=2)})


class TestSignature:
    def test_a_signed_text_is_kept_for_a_worker(self, door: Door) -> None:
        form = door.form(From=MAYAS_NUMBER, **photo())
        assert door.said(form) == (
            f"{SAMPLE_PROGRAM.name}: Thanks, we are reading your receipt. We text you when it is done."
        )
        message = door.newest(form)
        assert (message.via, message.state, message.recipient) == (Via.SMS, InboundState.WAITING, NUMBER)

    @pytest.mark.parametrize(
        "options",
        [
            {"token": "another"},
            {"token": STRANGE_TOKEN},
            {"url": PUBLIC + STATUS},
            {"url": PUBLIC + TEXTS + "?a=1"},
            {"url": "http://points.example.com" + TEXTS},
            {"url": "http://127.0.0.1" + TEXTS},
            {"X-Twilio-Signature": ""},
            {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
        ],
    )
    def test_any_other_gets_403_and_not_a_word(self, door: Door, options: Fields) -> None:
        before = len(door.kept())
        answer = door.send(door.form(**photo()), **options)
        assert (answer.status_code, answer.content) == (403, b"")
        assert len(door.kept()) == before

    @pytest.mark.parametrize(
        ("header", "value"),
        [
            ("Host", "evil.example"),
            ("X-Forwarded-Host", "evil.example"),
            ("X-Forwarded-Proto", "http"),
            ("X-Forwarded-Port", "1"),
            ("Forwarded", "host=evil.example;proto=http"),
            ("X-Original-URL", "/other"),
        ],
    )
    def test_what_a_proxy_or_caller_says_of_the_address_changes_nothing(
        self, door: Door, header: str, value: str
    ) -> None:
        headers = {header: value}
        assert "we keep your receipt" in door.said(door.form(**photo()), **headers)
        forged = door.send(door.form(**photo()), url=f"http://{value}{TEXTS}", **headers)
        assert forged.status_code == 403

    def test_without_a_signature_it_is_403(self, door: Door) -> None:
        answer = door.http.post(TEXTS, data=door.form(**photo()))
        assert (answer.status_code, answer.content) == (403, b"")

    @pytest.mark.parametrize(
        "change",
        [
            {"AccountSid": "AC" + "c" * 32},
            {"AccountSid": STRANGE_ACCOUNT},
            {"To": "+12125550199"},
            {"To": OTHER_NUMBER},
            {"To": SECOND},
            {"To": ""},
            {"AccountSid": ""},
        ],
    )
    def test_an_account_or_number_of_nobody_is_403(self, door: Door, change: Fields) -> None:
        for token in (TOKEN, STRANGE_TOKEN, ""):
            answer = door.send(door.form(**photo(), **change), token=token)
            assert (answer.status_code, answer.content) == (403, b"")

    def test_a_changed_form_is_403(self, door: Door) -> None:
        form = door.form(**photo())
        signature = RequestValidator(TOKEN).compute_signature(PUBLIC + TEXTS, form)
        for changed in (
            {**form, "From": "+12025559999"},
            {**form, "Extra": ""},
            {**form, "MediaUrl0": "http://x"},
        ):
            answer = door.http.post(TEXTS, data=changed, headers={"X-Twilio-Signature": signature})
            assert answer.status_code == 403

    def test_a_query_that_the_provider_was_given_is_signed_with_it(self, door: Door) -> None:
        form = door.form(**photo())
        address = TEXTS + "?door=1&b=%20"
        assert "we keep your receipt" in door.said(form, url=PUBLIC + address, path=address)

    def test_the_second_call_of_a_failed_first_is_the_same_text(self, door: Door) -> None:
        form = door.form(**photo())
        first = door.said(form)
        kept = len(door.kept())
        assert door.said({**form, "ErrorCode": "11200", "ErrorUrl": PUBLIC + TEXTS}) == first
        assert len(door.kept()) == kept

    @pytest.mark.parametrize("body", [b"", b"\xff", b"a=%ff", b"{}", b"a=1&" * 300, b"To=1&To=2"])
    def test_what_is_no_form_is_403(self, door: Door, body: bytes) -> None:
        answer = door.http.post(TEXTS, content=body, headers={"X-Twilio-Signature": "x"})
        assert (answer.status_code, answer.content) == (403, b"")

    def test_a_form_without_end_is_413(self, door: Door) -> None:
        def endless() -> Iterator[bytes]:
            for _ in range(100):
                yield b"a" * 10_000

        for answer in (
            door.http.post(TEXTS, content=b"a" * 70_000),
            door.http.post(TEXTS, content=endless()),
            door.http.post(STATUS, content=endless()),
        ):
            assert (answer.status_code, answer.json()["code"]) == (413, "too_large")

    def test_only_post_is_taken(self, door: Door) -> None:
        assert door.http.get(TEXTS, params=door.form()).status_code == 405

    def test_every_real_form_is_taken(self, door: Door, shared_data: Path) -> None:
        told = (shared_data / "receipts" / "twilio" / "webhook_payloads.json").read_text()
        for payload in json.loads(told):
            ours = {**payload["fields"], "AccountSid": ACCOUNT}
            body = urlencode(ours)
            signature = RequestValidator(TOKEN).compute_signature(PUBLIC + TEXTS, ours)
            answer = door.http.post(
                TEXTS,
                content=body,
                headers={
                    "X-Twilio-Signature": signature,
                    "Content-Type": "application/x-www-form-urlencoded",
                },
            )
            assert answer.status_code == 200, payload["name"]
            if "MediaUrl0" in ours:
                assert "Thanks, we " in answer.text, payload["name"]


class TestReplays:
    def test_the_same_text_again_is_answered_again_and_kept_once(self, door: Door) -> None:
        form = door.form(**photo())
        first = door.said(form)
        before = len(door.kept())
        assert [door.said(form) for _ in range(3)] == [first] * 3
        assert len(door.kept()) == before

    def test_the_providers_token_names_a_delivery(self, door: Door) -> None:
        form = door.form(**photo())
        token = {"I-Twilio-Idempotency-Token": "3f2a8c"}
        first = door.said(form, **token)
        before = len(door.kept())
        assert door.said({**form, "ApiVersion": "2010-04-01"}, **token) == first
        assert len(door.kept()) == before

    def test_ten_at_once_are_one(self, door: Door) -> None:
        form = door.form(**photo())
        before = len(door.kept())
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(lambda _: door.said(form), range(10)))
        assert len(set(answers)) == 1
        assert len(door.kept()) == before + 1


class TestStatus:
    @pytest.fixture
    def sent(self, door: Door) -> str:
        """The provider's id of a text that we sent."""
        sid = f"SM{time.monotonic_ns():032x}"
        with door.wiring.database.write() as session:
            Outgoing(session, SAMPLE_PROGRAM.id, utc_now()).add(
                via=Via.SMS,
                kind=OutgoingKind.GUIDE,
                recipient="+12025550111",
                inbound_id=None,
                submission_id=None,
                once=sid,
            )
            row = session.query(OutgoingRow).order_by(OutgoingRow.created_at.desc()).first()
            assert row is not None
            row.provider_id = sid
        return sid

    def status_of(self, door: Door, sid: str) -> str:
        with door.wiring.database.read() as session:
            return session.query(OutgoingRow).filter_by(provider_id=sid).one().provider_status

    def test_how_a_text_fares_is_kept(self, door: Door, sent: str) -> None:
        form = {"MessageSid": sent, "AccountSid": ACCOUNT, "MessageStatus": "delivered", "From": NUMBER}
        answer = door.send(form, url=PUBLIC + STATUS, path=STATUS)
        assert (answer.status_code, answer.content) == (204, b"")
        assert self.status_of(door, sent) == "delivered"

    @pytest.mark.parametrize(
        ("reports", "kept"),
        [
            (["queued", "sent", "delivered"], "delivered"),
            (["delivered", "sent", "queued"], "delivered"),
            (["failed", "sent"], "failed"),
            (["undelivered", "sending"], "undelivered"),
            (["delivered", "read", "delivered"], "read"),
            (["delivered", "undelivered"], "delivered"),
            (["something_new", "queued", "something_new"], "queued"),
        ],
    )
    def test_a_report_that_comes_late_takes_nothing_back(
        self, door: Door, sent: str, reports: list[str], kept: str
    ) -> None:
        for status in reports:
            form = {"MessageSid": sent, "AccountSid": ACCOUNT, "MessageStatus": status}
            assert door.send(form, url=PUBLIC + STATUS, path=STATUS).status_code == 204
        assert self.status_of(door, sent) == kept

    def test_at_the_other_address_too(self, door: Door, sent: str) -> None:
        form = {"MessageSid": sent, "AccountSid": ACCOUNT, "MessageStatus": "failed", "To": NUMBER}
        before = len(door.kept())
        assert door.said({**form, "ErrorCode": "30003"}) == ""
        assert self.status_of(door, sent) == "failed 30003"
        assert len(door.kept()) == before

    def test_only_signed_ones(self, door: Door, sent: str) -> None:
        form = {"MessageSid": sent, "AccountSid": ACCOUNT, "MessageStatus": "delivered"}
        for options in ({"token": "another"}, {"url": PUBLIC + TEXTS}):
            told = {"url": PUBLIC + STATUS, "path": STATUS, **options}
            answer = door.send(form, **told)
            assert (answer.status_code, answer.content) == (403, b"")
        strange = {**form, "AccountSid": STRANGE_ACCOUNT}
        assert door.send(strange, token=STRANGE_TOKEN, url=PUBLIC + STATUS, path=STATUS).status_code == 204
        assert self.status_of(door, sent) == ""

    def test_of_a_text_that_is_not_ours_nothing_is_said(self, door: Door) -> None:
        form = {"MessageSid": "SM" + "f" * 32, "AccountSid": ACCOUNT, "MessageStatus": "sent"}
        assert door.send(form, url=PUBLIC + STATUS, path=STATUS).status_code == 204
        garbled = {"MessageSid": "x", "AccountSid": ACCOUNT, "MessageStatus": "<b>"}
        assert door.send(garbled, url=PUBLIC + STATUS, path=STATUS).status_code == 204


def test_answers_are_fast(door: Door) -> None:
    door.said(door.form(**photo()))
    seconds = []
    for _ in range(20):
        form = door.form(**photo())
        started = time.perf_counter()
        door.said(form)
        seconds.append(time.perf_counter() - started)
    median = sorted(seconds)[10]
    print(f"\na text is answered in {1000 * median:.0f} ms (median), {1000 * max(seconds):.0f} ms at most")
    assert median < 0.5
