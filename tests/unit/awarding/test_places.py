"""A fault of a JSON document is shown at its line."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from awarding.places import line_of, lines_of, place_of

TEXT = """{
  "id": "a, \\"b\\": {",
  "rules": [
    {"kind": "x", "points": 1},

    {
      "products": {"skus": ["A",
        "B"]}
    }
  ]
}"""


def test_each_value_has_the_line_that_it_stands_on() -> None:
    lines = lines_of(TEXT)
    assert {
        place: lines[place] for place in ("id", "rules[0].points", "rules[1]", "rules[1].products.skus[1]")
    } == {
        "id": 2,
        "rules[0].points": 4,
        "rules[1]": 6,
        "rules[1].products.skus[1]": 8,
    }
    assert line_of(lines, "rules[1].points") == 6
    assert line_of(lines, "caps.per_day") == 1
    assert place_of("rules[1].points: is missing; add it") == "rules[1].points"
    assert place_of("the campaign: ends_on is before starts_on") == ""


_NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=4)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | _NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(_VALUES)
def test_every_document_has_a_line_for_each_of_its_values(document: Any) -> None:
    text = json.dumps(document, indent=1)
    lines = lines_of(text)
    assert set(lines.values()) <= set(range(1, text.count("\n") + 2))
    if isinstance(document, dict):
        for name in document:
            assert text.split("\n")[lines[name] - 1].startswith(f" {json.dumps(name)}: ")
