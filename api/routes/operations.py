"""For whoever runs it: alive, ready, and numbers for Prometheus. Open, and without names of anyone."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pydantic import BaseModel

from api.auth import wiring_of
from api.errors import ApiError, FieldError, documented
from pipeline.health import Load, load, readiness
from pipeline.wiring import Wiring

router = APIRouter(tags=["operations"])


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
