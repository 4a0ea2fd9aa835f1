"""Words that part near-twins: flavours, and what a maker says of one of several kinds of the same thing.

A till cuts names from the right: where such a word is missing between printed ones, it was not cut. The words
are in `variants.toml`, by language.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Final

from matching.text import fold

VARIANTS_FILE: Final = "variants.toml"


def variants_in(document: str) -> dict[str, frozenset[str]]:
    """By language, folded as names and lines are."""
    return {
        language: frozenset(map(fold, words.split())) for language, words in tomllib.loads(document).items()
    }


VARIANTS: Final = frozenset[str]().union(
    *variants_in((files("matching") / VARIANTS_FILE).read_text(encoding="utf-8")).values()
)
