"""For whoever runs it: alive, ready, and numbers for Prometheus. Open, and without names of anyone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pydantic import BaseModel

from api.auth import before_sign_in, wiring_of
from api.errors import ApiError, FieldError, documented
from pipeline.health import Load, load, readiness
from pipeline.pace import Pace, pace
from pipeline.publishers.behind import Behind, behind
from pipeline.wiring import Wiring

router = APIRouter(tags=["operations"], dependencies=[Depends(before_sign_in)])


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """Every part answers."""

    status: Literal["ready"] = "ready"
    parts: list[str]


@router.get("/healthz", summary="Is the process alive?")
def alive() -> Alive:
    """Open. Asks nothing but this process."""
    return Alive()


@router.get("/readyz", summary="Is every part ready?", responses=documented(HTTPStatus.SERVICE_UNAVAILABLE))
def ready(request: Request) -> Ready:
    """Open. Database, file store, relay and workers."""
    parts = readiness(wiring_of(request))
    troubles = tuple(FieldError(location=part.name, message=part.trouble) for part in parts if part.trouble)
    if troubles:
        detail = "; ".join(f"{each.location}: {each.message}" for each in troubles)
        raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "not_ready", detail, errors=troubles)
    return Ready(parts=[part.name for part in parts])


class PipelineCollector(Collector):
    """Asks the database at each scrape, so that every process tells the same."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not ask the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Receipts by state, and how long the oldest one has been waiting for a worker."""
        now = load(self._wiring)
        receipts = GaugeMetricFamily("tillpoints_receipts", "Receipts by state.", labels=("state",))
        for state, count in now.receipts.items():
            receipts.add_metric((state.value,), count)
        yield receipts
        yield GaugeMetricFamily(
            "tillpoints_queue_age_seconds",
            "How long the oldest receipt that no worker has taken has been waiting.",
            value=now.oldest_untouched_s,
        )
        inbound = GaugeMetricFamily("tillpoints_inbound", "Mails and texts by state.", labels=("state",))
        for standing, count in now.inbound.items():
            inbound.add_metric((standing.value,), count)
        yield inbound
        yield GaugeMetricFamily(
            "tillpoints_inbound_age_seconds",
            "How long the oldest mail or text that no worker has taken in has been waiting.",
            value=now.oldest_inbound_s,
        )
        answers = GaugeMetricFamily(
            "tillpoints_answers", "Answers to mails and texts by state.", labels=("state",)
        )
        for stage, count in now.answers.items():
            answers.add_metric((stage.value,), count)
        yield answers
        yield from _trouble(now)
        yield from _books(now)
        yield from _publishers(behind(self._wiring))
        yield from _going(pace(self._wiring))


def _trouble(now: Load) -> Iterable[Metric]:
    failures = GaugeMetricFamily("tillpoints_failures", "Failed receipts by kind.", labels=("kind",))
    for kind, count in now.failures.items():
        failures.add_metric((kind.value,), count)
    yield failures
    yield GaugeMetricFamily(
        "tillpoints_outbox", "Bells and messages that are due or will be.", value=now.outbox
    )
    yield GaugeMetricFamily(
        "tillpoints_outbox_lag_seconds",
        "How long the oldest bell or message that is due has been waiting for the relay.",
        value=now.outbox_lag_s,
    )


def _books(now: Load) -> Iterable[Metric]:
    yield GaugeMetricFamily(
        "tillpoints_books_differ",
        "1 where the last proof of the books found a difference.",
        value=int(now.books_differ),
    )
    yield GaugeMetricFamily(
        "tillpoints_books_checked_age_seconds",
        "How long ago the books were last proven; 0 where they never were.",
        value=now.books_checked_s,
    )


def _publishers(known: Sequence[Behind]) -> Iterable[Metric]:
    labels = ("program", "publisher")  # as many as the file of publishers names
    oldest = GaugeMetricFamily(
        "tillpoints_publisher_oldest_seconds",
        "How long the oldest message that the publisher owes has been waiting.",
        labels=labels,
    )
    aside = GaugeMetricFamily(
        "tillpoints_publisher_set_aside", "Messages that it tried in vain and set aside.", labels=labels
    )
    stopped = GaugeMetricFamily(
        "tillpoints_publisher_stopped", "1 where it waits for a person to start it again.", labels=labels
    )
    for each in known:
        name = (each.program_id, each.name)
        oldest.add_metric(name, each.oldest_s)
        aside.add_metric(name, each.set_aside)
        stopped.add_metric(name, int(each.stopped))
    yield from (oldest, aside, stopped)


def _going(now: Pace) -> Iterable[Metric]:
    took = GaugeMetricFamily(
        "tillpoints_stage_seconds", "Of the last five minutes, by stage.", labels=("stage", "quantile")
    )
    worked = GaugeMetricFamily(
        "tillpoints_stage_receipts",
        "Receipts that went through the stage in the last five minutes.",
        labels=("stage",),
    )
    for stage, each in now.stages.items():
        took.add_metric((stage, "0.5"), each.median)
        took.add_metric((stage, "0.95"), each.p95)
        worked.add_metric((stage,), each.count)
    yield took
    yield worked
    engine = GaugeMetricFamily(
        "tillpoints_engine_seconds",
        "The OCR engine on a receipt, of the last five minutes.",
        labels=("quantile",),
    )
    if now.engine is not None:
        engine.add_metric(("0.5",), now.engine.median)
        engine.add_metric(("0.95",), now.engine.p95)
    yield engine
    lines = GaugeMetricFamily(
        "tillpoints_lines",
        "Lines of the last 1,000 receipts: own product, unsure, other.",
        labels=("standing",),
    )
    lines.add_metric(("own",), now.lines_own)
    lines.add_metric(("unsure",), now.lines_asked)
    lines.add_metric(("other",), now.lines - now.lines_own - now.lines_asked)
    yield lines
    sure = GaugeMetricFamily(
        "tillpoints_reading_sureness",
        "Mean confidence in total, date and retailer, last 1,000 receipts.",
        labels=("channel",),
    )
    for channel, mean in now.sure_by_channel.items():
        sure.add_metric((channel,), mean)
    yield sure
    by_retailer = GaugeMetricFamily(
        "tillpoints_retailer_sureness",
        "The same by retailer, the ten most frequent ones.",
        labels=("retailer",),
    )
    for retailer, mean in now.sure_by_retailer.items():
        by_retailer.add_metric((retailer,), mean)
    yield by_retailer
    by_both = GaugeMetricFamily(
        "tillpoints_retailer_channel_sureness",
        "The same by retailer and channel together, the ten most frequent pairs.",
        labels=("retailer", "channel"),
    )
    for pair, mean in now.sure_by_both.items():
        by_both.add_metric(pair, mean)
    yield by_both


@router.get(
    "/metrics",
    summary="Numbers for Prometheus",
    response_class=Response,
    responses={
        200: {
            "description": "Requests by route; receipts, mails, texts and answers by state, and their wait.",
            "content": {"text/plain": {"example": 'tillpoints_receipts{state="held"} 3.0\n'}},
        },
        **documented(HTTPStatus.SERVICE_UNAVAILABLE),
    },
)
def metrics(request: Request) -> Response:
    """Open, sums over all programs: keep it behind your proxy if the sums are nobody's business."""
    registry: CollectorRegistry = request.app.state.registry
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
