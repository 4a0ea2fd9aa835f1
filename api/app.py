"""The one app: every route, its errors and its headers, around one process's wiring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from prometheus_client import CollectorRegistry
from starlette.middleware.sessions import SessionMiddleware

from api import errors, pages
from api.addresses import PlainAddresses
from api.alias_models import ALIAS_EXAMPLES
from api.auth import SESSION_COOKIE
from api.channel_examples import CHANNEL_EXAMPLES
from api.delivery_models import DELIVERY_EXAMPLES
from api.earning_examples import EARNING_EXAMPLES
from api.examples import EXAMPLES
from api.matching_models import MATCHING_EXAMPLES
from api.middleware import ActsForNobody, BodyLimit, DrainRefused, RequestMetrics, SecurityHeaders
from api.policy_models import POLICY_EXAMPLES
from api.pressure import Pressure
from api.rates import RateLimits, Rates, ensure_rate
from api.rematch_models import REMATCH_EXAMPLES
from api.routes import (
    activities,
    addresses,
    aliases,
    barcode_photos,
    blind_reviews,
    channels,
    corrections,
    deliveries,
    direct_uploads,
    giving,
    inbound,
    matching,
    members,
    messages,
    operations,
    policies,
    program,
    receipts,
    rematch,
    review,
    review_desk,
    schemas,
    second_person,
    spending,
    status,
    submissions,
    tokens,
    uploads,
    withdrawals,
)
from api.routes.status import STATUS_EXAMPLES
from api.routes.uploads import CHECKED_MOST_BYTES
from api.spending_models import SPENDING_EXAMPLES
from api.throttle import Guessed, Throttle
from api.traced import Traced
from pipeline.clock import utc_now
from pipeline.settings import load_settings
from pipeline.wiring import Wiring, build

BODY_MAX_BYTES = 1_000_000
"""Of everything but uploads, which count for themselves: the largest is a campaign of a few kilobytes."""
STREAMING_PATHS = frozenset(
    {"/v1/submissions", "/v1/direct-uploads", "/send", "/v1/catalog", "/program/catalog"}
)
STREAMING_ENDING = "/barcode-photo"
"""How paths end whose receipt and line vary.

Uploads go through `api.uploads`, which counts while it streams and answers in its own words."""

_DESCRIPTION = """
Receipts to points: send a photo or PDF of a receipt, follow it through its stages, read what it earned.

* **Sign-in**: `POST /v1/tokens`, then `Authorization: Bearer ...`. Each route names the roles it serves; ids
  outside the caller's reach answer 404.
* **Errors** are RFC 9457 problems; program against `code`.
* **Lists** page by `cursor` and `next_cursor`.
* **Safe retries**: `Idempotency-Key` on `POST /v1/submissions` and on what a member says of a line.
"""

_ROUTERS = (
    tokens.router,
    submissions.router,
    direct_uploads.router,
    uploads.router,
    receipts.router,
    withdrawals.router,
    barcode_photos.router,
    members.router,
    addresses.router,
    inbound.router,
    review.router,
    review_desk.router,
    corrections.router,
    second_person.router,
    aliases.router,
    blind_reviews.router,
    messages.router,
    deliveries.router,
    schemas.router,
    program.router,
    activities.router,
    matching.router,
    policies.router,
    rematch.router,
    spending.router,
    giving.router,
    status.router,
    operations.router,
    channels.router,
)

_ALL_EXAMPLES = (
    EXAMPLES
    | CHANNEL_EXAMPLES
    | EARNING_EXAMPLES
    | ALIAS_EXAMPLES
    | MATCHING_EXAMPLES
    | POLICY_EXAMPLES
    | REMATCH_EXAMPLES
    | SPENDING_EXAMPLES
    | DELIVERY_EXAMPLES
    | STATUS_EXAMPLES
)


def _throttle(wiring: Wiring, guessed: Guessed) -> Throttle:
    return Throttle(wiring.database, wiring.secret_key, guessed, utc_now)


def _rate_limits(wiring: Wiring) -> RateLimits:
    settings = wiring.settings
    return RateLimits(
        address=settings.max_requests_of_address,
        member=settings.max_requests_of_member,
        program=settings.max_requests_of_program,
    )


def create_app(wiring: Wiring) -> FastAPI:
    """The app around this wiring; the database's tables are the caller's to migrate."""
    app = FastAPI(
        title="Tillpoints",
        version="1",
        description=_DESCRIPTION.strip(),
        docs_url=None,  # its page would load scripts from another host
        redoc_url=None,
        dependencies=[Depends(ensure_rate)],
    )
    _ = wiring.channels  # a wrong file of channels stops the start, not the first page
    app.state.wiring = wiring
    app.state.registry = CollectorRegistry()
    app.state.registry.register(operations.PipelineCollector(wiring))
    app.state.pressure = Pressure(wiring, most=wiring.settings.max_waiting_receipts)
    app.state.rates = Rates(_rate_limits(wiring))
    app.state.throttle = _throttle(wiring, Guessed.SIGN_IN)
    app.state.second_step_throttle = _throttle(wiring, Guessed.SECOND_STEP)
    app.state.link_throttle = _throttle(wiring, Guessed.LINK)
    app.state.barcode_throttle = _throttle(wiring, Guessed.BARCODE)
    https = wiring.settings.resolved_public_url.startswith("https://")
    # The last one added is the outermost.
    app.add_middleware(PlainAddresses)
    app.add_middleware(
        BodyLimit,
        max_bytes=BODY_MAX_BYTES,
        free=STREAMING_PATHS,
        free_ending=STREAMING_ENDING,
        larger={"/v1/picture-checks": CHECKED_MOST_BYTES},
    )
    app.add_middleware(
        SessionMiddleware,
        secret_key=wiring.secret_key,
        session_cookie=SESSION_COOKIE,
        max_age=wiring.settings.session_life_s,
        same_site="lax",
        https_only=https,
    )
    app.add_middleware(DrainRefused)
    app.add_middleware(SecurityHeaders, https=https)
    app.add_middleware(ActsForNobody)
    app.add_middleware(RequestMetrics, registry=app.state.registry)
    app.add_middleware(Traced)
    errors.install(app)
    for router in _ROUTERS:
        app.include_router(router)
    pages.install(app)
    _document(app)
    return app


def app_from_settings() -> FastAPI:
    """For uvicorn: the app of the process's own settings."""
    return create_app(build(load_settings()))


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for operation in item.values():
            yield path, operation


def _document(app: FastAPI) -> None:
    """Complete the OpenAPI document: the problem of every error, examples, and what any route can answer."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            problem = errors.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(problem.pop("$defs", {}))
            schemas["Problem"] = problem
            for name, example in _ALL_EXAMPLES.items():
                schemas[name]["examples"] = [example]
            for path, operation in _operations(document):
                if path.startswith("/v1/"):
                    operation["responses"].setdefault("503", errors.documented_try_again())
                    operation["responses"].setdefault("429", errors.documented_too_often())
                    # What is no plain text in an address's query is refused before any route sees it.
                    if any(each["in"] == "query" for each in operation.get("parameters", ())):
                        operation["responses"].setdefault("400", errors.documented_bad_query())
                # Added by the framework to every path with an id, though text cannot fail to be text.
                if "HTTPValidationError" in str(operation["responses"].get("422")):
                    del operation["responses"]["422"]
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it
