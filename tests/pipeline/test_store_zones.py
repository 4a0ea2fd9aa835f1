"""The store's zone by the program's own list: what the rules pay, a preview says and a return leaves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from awarding.campaign_file import parse_campaign
from fixtures.generator.dice import Dice
from fixtures.generator.layouts import LAYOUTS
from fixtures.generator.purchase import ring_up
from fixtures.generator.retailers import shop as shop_named
from fixtures.generator.sample import Kind, draw_sample
from pipeline.campaign_preview import preview
from pipeline.returns import Return, ReturnedLine
from pipeline.runner import run
from pipeline.sample import SAMPLE_PROGRAM
from tests.pipeline.conftest import MILK, Shop, shop_at, today
from tests.pipeline.test_earning import earned, launch
from tests.pipeline.test_rematch import SURE
from tests.pipeline.test_returns import bring_back

LISTED = "program,retailer,store_number,postcode,phone,time_zone\nsample,Dollar Lantern,2678,,,{}\n"
EARLY_AFTERNOON = {
    "id": "test",
    "clock": "program",
    "rules": [
        {
            "kind": "product_bonus",
            "id": "r",
            "points": 40,
            "products": {"skus": ["OAT-OFO-18Z"]},
            "when": {"hours": [{"start": "13:00", "end": "14:00"}]},
        }
    ],
}


@pytest.fixture
def western(tmp_path: Path) -> Iterator[Shop]:
    """The program counts in New York; its store is in Los Angeles, which only the list of stores knows."""
    stores = tmp_path / "stores.csv"
    stores.write_text(LISTED.format("America/Los_Angeles"))
    with shop_at(tmp_path, stores_file=stores) as opened:
        yield opened


def test_the_list_of_stores_says_what_time_it_was(western: Shop) -> None:
    launch(western, **EARLY_AFTERNOON)
    habits = LAYOUTS["narrow"].habits
    purchase = ring_up(
        shop_named("Dollar Lantern"),
        (SURE, MILK, SURE),
        habits=habits,
        date=today(),
        dice=Dice("half past ten"),
        time=dt.time(10, 30),
    )
    paper = draw_sample(
        "zones", kind=Kind.PDF_TEXT, purchased_on=today(), purchase=purchase, layout="narrow"
    ).data
    (sent,) = western.send(paper).receipts
    run(western.wiring, sent.id)
    assert earned(western, sent.id) == 80, "half past ten there is half past one here"
    document = {**EARLY_AFTERNOON, "name": "T", "starts_on": "2020-01-01", "ends_on": "2099-12-31"}
    assert preview(western.wiring, SAMPLE_PROGRAM.id, [parse_campaign(document)]).points == 80
    del western.wiring.stores
    assert western.wiring.settings.stores_file is not None
    western.wiring.settings.stores_file.write_text(LISTED.format("America/New_York"))
    one = bring_back(western, western.view(sent.id), "R-1", ReturnedLine(position=0))
    assert isinstance(one, Return)
    # With the 30 that 6.58 earned by the everyday campaign beyond 3.29.
    assert (one.taken, earned(western, sent.id)) == (70, 40), "the list that was changed since takes nothing"
