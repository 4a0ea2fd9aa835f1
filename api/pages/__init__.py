"""The pages: server-rendered, one small script each, nothing from another host."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from api.pages import (
    account,
    addresses,
    blind,
    bulk,
    campaigns,
    catalog,
    corrections,
    dashboard,
    deliveries,
    failures,
    inbox,
    join,
    keys,
    learned,
    member,
    objections,
    people,
    phone,
    points,
    policies,
    program,
    provider,
    render,
    retailers,
    review,
    review_terms,
    saved_views,
    second_person,
    second_step,
    withdrawals,
    you,
)

_PAGES = (
    account.router,
    second_step.router,
    provider.router,
    member.router,
    you.router,
    phone.router,
    objections.router,
    withdrawals.router,
    addresses.router,
    join.router,
    bulk.router,  # likewise before the cases
    saved_views.router,
    second_person.router,
    blind.router,  # before the cases, whose path would take its name for an id
    review.router,
    corrections.router,
    learned.router,
    dashboard.router,
    catalog.router,
    campaigns.router,
    keys.router,
    people.router,
    points.router,
    policies.router,
    retailers.router,
    review_terms.router,
    program.router,
    failures.router,
    inbox.router,
    deliveries.router,
)


def install(app: FastAPI) -> None:
    """Add the pages and their static files, and let problems be drawn as pages."""
    for router in _PAGES:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=str(render.STATIC)), name="static")
    app.state.render_problem_page = render.problem_page
