"""The journeys by keys together do everything that the pages let one do, and have nothing but keys."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.api.conftest import World
from tests.browser import hands, test_manager_by_keys, test_member_by_keys, test_reviewer_by_keys
from tests.browser.hands import of_routes, of_scripts

JOURNEYS = (test_member_by_keys, test_reviewer_by_keys, test_manager_by_keys)
BY_SCRIPT = {"check", "clear", "click", "dblclick", "dispatch_event", "drag_to", "focus", "fill", "hover"}
BY_SCRIPT |= {
    "mouse",
    "press_sequentially",
    "select_option",
    "set_checked",
    "set_input_files",
    "tap",
    "uncheck",
}
"""What Playwright does without a key."""


def test_each_action_of_the_pages_has_a_journey_by_keys(house: World) -> None:
    """What is new is added to the journey of the person whose it is: each journey does all of its own."""
    covered = {each for journey in JOURNEYS for each in journey.MINE}
    assert sorted(set(of_routes(house.app)) - covered) == []
    assert sorted(of_scripts() - {each for journey in JOURNEYS for each in journey.of_my_scripts()}) == []


def test_the_journeys_touch_nothing_but_keys() -> None:
    found = [
        f"{Path(module.__file__ or '').name}:{node.lineno} {node.attr}"
        for module in (hands, *JOURNEYS)
        for node in ast.walk(ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in BY_SCRIPT
    ]
    assert found == []
