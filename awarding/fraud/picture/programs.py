"""Which known program a metadata field names, by the list in ``programs.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final

from awarding.fraud.picture.findings import Named

LONGEST_FIELD: Final = 400
"""Characters of a field that are looked at: a program's name and version take under a hundred."""


def programs_in(text: str, field: str) -> Iterator[Named]:
    """The programs that the field names; of names within one another the longest."""
    pattern, kinds = _list()
    for found in pattern.finditer(text[:LONGEST_FIELD]):
        # A dotless i matches an i, and is none.
        if (named := kinds.get(found.group(0).casefold())) is not None:
            yield Named(*named, field)


@cache
def _list() -> tuple[re.Pattern[str], dict[str, tuple[str, str]]]:
    listed = tomllib.loads(files(__package__).joinpath("programs.toml").read_text(encoding="utf-8"))
    kinds = {name.casefold(): (kind, name) for kind, names in listed.items() for name in names}
    # Longest first: "Adobe Photoshop Lightroom" is no Photoshop.
    names = sorted((name for _, name in kinds.values()), key=len, reverse=True)
    alternatives = "|".join(map(re.escape, names))
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE), kinds
