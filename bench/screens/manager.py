"""The program manager's pages."""

from __future__ import annotations

from bench.screens.shot import Shot
from pipeline.sample import ADA

SHOTS: tuple[Shot, ...] = (
    Shot("program", ADA, "/program"),
    Shot("program-dashboard", ADA, "/program/dashboard"),
    Shot("program-dashboard-dark", ADA, "/program/dashboard", dark=True),
    Shot("program-catalog", ADA, "/program/catalog"),
    Shot("program-product", ADA, "/program/catalog", follow="a[href^='/program/catalog/product']"),
    Shot("program-campaigns", ADA, "/program/campaigns"),
    Shot("program-campaign-new", ADA, "/program/campaigns/form"),
    Shot("program-campaign-json", ADA, "/program/campaigns/edit"),
    Shot("program-retailers", ADA, "/program/retailers"),
    Shot("program-retailer-facts", ADA, "/program/retailers/facts?name=Larderline"),
    Shot("program-points", ADA, "/program/points"),
    Shot("program-people", ADA, "/program/people"),
    Shot("program-people-log", ADA, "/program/people/log"),
    Shot("program-failures", ADA, "/program/failures"),
    Shot("program-review-terms", ADA, "/program/review-terms"),
    Shot("second-step", ADA, "/second-step"),
    Shot("program-keys", ADA, "/program/keys"),
    Shot("program-policies", ADA, "/program/policies"),
    Shot("program-inbox", ADA, "/program/inbox"),
    Shot("program-inbox-message", ADA, "/program/inbox", follow="a[href^='/program/inbox/inb_']"),
    Shot("program-deliveries", ADA, "/program/deliveries"),
)
