"""Short forms that no rule derives from the word (``CHIX``): data, by category of goods."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from matching.text import fold

ABBREVIATIONS_FILE: Final = "abbreviations.toml"


def abbreviations_in(document: str) -> Mapping[str, tuple[str, ...]]:
    """Short form to what it stands for, folded as names and lines are, of all categories.

    A till prints no category beside a word: the categories order the file for who keeps it.
    """
    found: dict[str, dict[str, None]] = {}
    for words in tomllib.loads(document).values():
        for short, meant in words.items():
            found.setdefault(fold(short), {}).update(dict.fromkeys(map(fold, meant.split())))
    return MappingProxyType({short: tuple(meant) for short, meant in found.items()})


ABBREVIATIONS: Final = abbreviations_in((files("matching") / ABBREVIATIONS_FILE).read_text(encoding="utf-8"))
