"""Which capitals engines take for which, as a table of weights (`confusions.toml`)."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Final

import numpy as np
import numpy.typing as npt

CONFUSIONS_FILE: Final = "confusions.toml"
# Letters beyond the capitals share the last row and column, which weigh nothing.
OTHER_LETTER: Final = ord("Z") + 1


def weights_in(document: str) -> npt.NDArray[np.float32]:
    """Letter x letter, 0 to 1: how readily an engine takes the one for the other."""
    listed = tomllib.loads(document)
    table = np.zeros((OTHER_LETTER + 1, OTHER_LETTER + 1), dtype=np.float32)
    for name in ("alike", "often"):
        for one, other in listed[name].split():
            table[ord(one), ord(other)] = table[ord(other), ord(one)] = listed[f"{name}_weight"]
    return table


CONFUSIONS: Final = weights_in((files("matching") / CONFUSIONS_FILE).read_text(encoding="utf-8"))
