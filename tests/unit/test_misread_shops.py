"""A shop's name that was misread by a letter or two has the shop's book; another shop has its own."""

from __future__ import annotations

import pytest

from pipeline.learning import meant_shop

KNOWN = ("dollar lantern", "harbor foods", "boots", "migros", "store 1207")


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("dollar lantern", "dollar lantern"),
        ("dollar lantem", "dollar lantern"),
        ("do11ar lantern", "do11ar lantern"),  # digits are told apart
        ("harbor fods", "harbor foods"),
        ("harbour foods", "harbor foods"),
        ("harbor goods market", "harbor goods market"),
        ("booths", "booths"),  # another chain
        ("tigros", "tigros"),
        ("store 1208", "store 1208"),
        ("aldo", "aldo"),
    ],
)
def test_the_only_near_shop_is_meant(read: str, meant: str) -> None:
    assert meant_shop(read, KNOWN) == meant


def test_between_two_near_shops_nobody_chooses() -> None:
    assert meant_shop("corner markit", ("corner market", "corner markut")) == "corner markit"
    assert meant_shop("corner markit", ()) == "corner markit"
