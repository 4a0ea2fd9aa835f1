"""Near-twins of what a catalog holds (bench/matching_traps.py): no line of another product is paid for."""

from __future__ import annotations

import importlib
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest

from matching.index import CatalogIndex
from matching.match import LineQuery, match_lines
from receipts.catalog import Catalog
from receipts.match import MatchVerdict

BENCH = Path(__file__).resolve().parents[2] / "bench"
TRAPS = 500


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    sys.path.insert(0, str(BENCH))
    try:
        return importlib.import_module("matching_traps")
    finally:
        sys.path.remove(str(BENCH))


@pytest.mark.parametrize("seed", [1, 2])
def test_no_trap_is_paid_for(bench: ModuleType, seed: int) -> None:
    products, made = bench.traps(random.Random(seed), TRAPS)
    index = CatalogIndex.build(Catalog("traps", products))
    queries = [LineQuery(n, trap.description, None, trap.amount, None, "") for n, trap in enumerate(made)]
    answers = list(zip(made, match_lines(queries, index), strict=True))
    accepted = [(trap, match) for trap, match in answers if match.verdict is MatchVerdict.ACCEPT]
    assert [(trap.description, match.sku) for trap, match in accepted if match.sku != trap.right] == []
    # A matcher that accepts nothing would pass the above.
    right = [trap for trap in made if trap.kind.endswith("right")]
    assert sum(trap in right for trap, _ in accepted) >= len(right) // 2
