"""One receipt in all processes under the trace id that its sender gave, and what a dead collector does."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import structlog

from api.app import create_app
from pipeline.logs import set_up_logs
from pipeline.publishers.base import Outcome, Taken
from pipeline.publishers.follow import Follower
from pipeline.relay import Relay
from pipeline.runner import run
from pipeline.sample import MAYA, SAMPLE_PROGRAM
from pipeline.setting_words import LogLevel
from pipeline.settings import Settings
from pipeline.tracing import OtlpRecorder, begin_tracing
from receipts.identity import ReceiptId
from receipts.message import Message
from receipts.spans import record_by, span, trace_id, traceparent, under, well_formed
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt
from tests.support.collector import Collector, KeptSpan, running_collector

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLERS = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with running_collector() as running:
        yield running


@pytest.fixture
def recorder(collector: Collector) -> Iterator[OtlpRecorder]:
    made = begin_tracing(Settings(otlp_endpoint=collector.url))
    assert made is not None
    yield made
    record_by(None)
    made.close()


class Core:
    """A publisher that keeps what it was sent, and under which trace."""

    parallel = 2

    def __init__(self) -> None:
        self.took: list[tuple[Message, str | None]] = []

    def send(self, message: Message) -> Outcome:
        self.took.append((message, traceparent()))
        return Taken()

    def check(self) -> str:
        return "there"

    def close(self) -> None:
        pass


def sent_under(shop: Shop, header: str) -> ReceiptId:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(shop.wiring))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
            asked = {"email": MAYA.email, "password": MAYA.password}
            token = (await http.post("/v1/tokens", json=asked)).json()["access_token"]
            return await http.post(
                "/v1/submissions",
                files={"files": ("receipt.pdf", e_receipt("traced", OATS, MILK))},
                headers={
                    "traceparent": header,
                    "Authorization": f"Bearer {token}",
                },
            )

    # In a thread of its own: where a browser was driven before, this one has a loop that runs already.
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(asyncio.run, ask()).result()
    assert answer.status_code == 202, answer.text
    return ReceiptId(answer.json()["receipts"][0]["id"])


def test_one_trace_from_the_request_to_the_publisher(
    sunny: Shop, recorder: OtlpRecorder, collector: Collector
) -> None:
    receipt_id = sent_under(sunny, CALLERS)
    relay, core = Relay(sunny.wiring), Core()
    relay.relay_due()
    assert run(sunny.wiring, receipt_id) is ReceiptState.AWARDED
    relay.relay_due()
    follower = Follower(sunny.wiring.database, SAMPLE_PROGRAM.id, "core", core)
    while follower.step():
        pass
    recorder.flush(5)

    spans = collector.of(TRACE)
    names = [each.name for each in spans]
    assert names.count("POST /v1/submissions") == 1
    for name in ("relay ring", "read", "decode", "match", "screen", "fraud", "decide", "post", "publish"):
        assert name in names, name
    ids = {each.span_id: each for each in spans}
    assert [each.name for each in spans if each.parent_id not in ids] == ["POST /v1/submissions"]
    (decode,) = [each for each in spans if each.name == "decode"]
    assert ids[decode.parent_id].name == "read"
    (published,) = [each for each in spans if each.name == "publish"]
    assert ids[published.parent_id].name == "post"
    assert published.facts["outcome"] == "taken"
    ((_, header),) = core.took
    assert header is not None and header.split("-")[1:3] == [TRACE, published.span_id]
    _tells_nothing_of_anyone(spans, sunny)


def _tells_nothing_of_anyone(spans: list[KeptSpan], shop: Shop) -> None:
    said = b"\n".join(each.raw for each in spans)
    for secret in (shop.maya, "maya", "OATS", "Dovecote", "receipt.pdf", "Dollar Lantern"):
        assert secret.lower().encode() not in said.lower(), secret
    known = {"receipt_id", "program_id", "attempt", "state", "publisher", "type", "outcome"}
    known |= {"http.request.method", "http.route", "http.response.status_code"}
    assert {key for each in spans for key in each.facts} <= known


def test_an_error_is_told_by_its_type_and_never_by_its_words(
    recorder: OtlpRecorder, collector: Collector
) -> None:
    with pytest.raises(ValueError, match="Maya"), under(CALLERS), span("read"):
        raise ValueError("Maya Silva paid 12.50")
    recorder.flush(5)
    (kept,) = collector.of(TRACE)
    assert kept.status == "ValueError"
    assert b"Maya" not in kept.raw


def test_without_a_collector_ids_still_go_along_and_logs_name_them(
    sunny: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt_id = sent_under(sunny, CALLERS)
    assert [row[0] for row in sunny.rows("SELECT traceparent FROM receipts")] == [CALLERS]
    set_up_logs(LogLevel.INFO)
    try:
        run(sunny.wiring, receipt_id)
    finally:
        structlog.reset_defaults()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {line["trace_id"] for line in lines if line.get("receipt_id") == receipt_id} == {TRACE}
    assert {row[0] for row in sunny.rows("SELECT traceparent FROM messages")} == {CALLERS}


@pytest.mark.parametrize(
    "header",
    ["", "00-0-0-01", f"00-{'0' * 32}-00f067aa0ba902b7-01", f"ff-{TRACE}-00f067aa0ba902b7-01", CALLERS * 9],
)
def test_a_header_that_is_none_begins_a_trace(header: str) -> None:
    assert well_formed(header) is None
    with under(well_formed(header)):
        assert trace_id() is None


def test_a_collector_that_never_answers_holds_up_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as silent:
        recorder = begin_tracing(Settings(otlp_endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}"))
        assert recorder is not None
        try:
            began = time.thread_time(), time.perf_counter()
            for _ in range(5000):  # more than the queue holds
                with under(CALLERS), span("read"):
                    pass
            spent_s, took_s = time.thread_time() - began[0], time.perf_counter() - began[1]
            assert spent_s / 5000 < 0.001
            assert took_s < 10
            ending = threading.Thread(target=recorder.close, daemon=True)
            ending.start()
            ending.join(5)
            assert not ending.is_alive(), "a process would hang at its end"
        finally:
            record_by(None)
