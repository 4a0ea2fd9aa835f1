"""Regular expressions that others write into files: none may make a row of text cost seconds."""

from __future__ import annotations

import re
from typing import Final

MAX_PATTERN_LENGTH: Final = 300
MAX_OPEN_REPEATS: Final = 3
"""Each more multiplies the work by the row's length: three on 160 characters are some million steps."""
MAX_SEARCHED: Final = 160
"""Characters of a row that such a pattern is searched in; a printed row has fewer than 100."""

_PIECE: Final = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?[^:=!<P]?|\(|\)|[*+]|\{\d*(?:,\d*)?\}|\||.", re.DOTALL
)


def why_costly(pattern: str) -> str:
    """What in the pattern can make its search explode, as the end of a sentence; empty for nothing."""
    if len(pattern) > MAX_PATTERN_LENGTH:
        return f"is longer than {MAX_PATTERN_LENGTH} characters"
    open_repeats = 0
    groups = [False]  # for each open group: whether something in it repeats or branches
    closed = False  # whether the piece before closed such a group
    for piece in _PIECE.findall(pattern):
        if piece.startswith("("):
            groups.append(False)
            closed = False
        elif piece == ")":
            closed = len(groups) > 1 and groups.pop()
            groups[-1] |= closed
        elif piece in "*+" or (piece.startswith("{") and piece != "{"):
            if closed:
                return "repeats a group that repeats or branches itself"
            open_repeats += piece in "*+" or piece.endswith(",}")
            groups[-1] = True
        else:
            groups[-1] |= piece in ("|", "?")
            closed = False
    return f"has more than {MAX_OPEN_REPEATS} of * and +" if open_repeats > MAX_OPEN_REPEATS else ""
