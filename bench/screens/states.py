"""States that the demo does not come to: a suspected twin, and a correction for a second person."""

from __future__ import annotations

import datetime as dt

import httpx

from fixtures.generator.dice import Dice
from fixtures.generator.sample import Kind
from fixtures.scenarios.stage import Stage, other, own
from pipeline.sample import ADA, MAYA, RUTH, TOM, SampleAccount

LONG_AGO = dt.timedelta(days=200)
"""Older than the program takes, so that a person has to look."""
PATIENCE_S = 120.0


def make_states(url: str) -> None:
    """Send what is needed, over the API, to a program with the sample."""
    today = dt.datetime.now(dt.UTC).date()
    for who, name in ((MAYA, "first"), (TOM, "second")):
        _send(url, who, _photo(today - LONG_AGO, seed=name))
    settled = _send(url, MAYA, _photo(today, seed="settled"))
    with _client(url, ADA) as http:
        http.put("/v1/review-terms", json={"second_above": 10}).raise_for_status()
    with _client(url, RUTH) as http:
        lines = http.get(f"/v1/receipts/{settled}").json()["lines"]
        last = max(each["position"] for each in lines)
        asked = {"lines": [{"position": last, "sku": "KTW-MTM-26Z"}]}
        http.post(f"/v1/receipts/{settled}/correction", json=asked)


def _photo(day: dt.date, *, seed: str) -> bytes:
    """A photo of its own of one purchase: the same paper for the same day."""
    stage = Stage(day, Dice("screens/paper"))
    lines = [own("OAT-OFO-18Z", 329), other("Dovecote Whole Milk", 399), own("OAT-HCG-12Z", 549)]
    purchase = stage.purchase("paper", "Larderline", "invoice", lines)
    shots = Stage(day, Dice(f"screens/{seed}"))
    return shots.picture(seed, purchase, "invoice", kind=Kind.PHOTO).data


def _client(url: str, who: SampleAccount) -> httpx.Client:
    asked = {"email": who.email, "password": who.password}
    token = httpx.post(f"{url}/v1/tokens", json=asked, timeout=PATIENCE_S).json()["access_token"]
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE_S)


def _send(url: str, who: SampleAccount, data: bytes) -> str:
    """The receipt's id, once it is at its end."""
    with _client(url, who) as http:
        sent = http.post("/v1/submissions", files=[("files", ("receipt.jpg", data))]).json()
        with http.stream("GET", f"/v1/submissions/{sent['id']}/events") as events:
            for _ in events.iter_lines():
                pass
        receipt_id: str = sent["receipts"][0]["id"]
        return receipt_id
