"""Hostile files of every format are refused fast, in little memory, and who opened them goes on.

`python -m bench zoo` prints the clock and the memory of each in a process of its own.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from fixtures.zoo import FILES, TEXTS, saved
from ingest import child
from ingest.accept import DEFAULT_LIMITS, accept
from ocr.document import ReadDefaults
from ocr.engines.base import OcrEngine
from pipeline.confined import CONFINED
from pipeline.mail_reading import read_parts
from receipts.errors import Rejection
from receipts.image import Accepted, MediaType

MOST_S = 2.0
MOST_BYTES = 512 * 2**20


def _no_engine() -> OcrEngine:
    return None  # type: ignore[return-value]  # a blank page is refused before an engine sees it


def _refused(path: Path) -> Rejection:
    """By the door, or as a page without a receipt."""
    answer = accept(path, allowed=frozenset(MediaType))
    if isinstance(answer, Rejection):
        return answer
    (part,) = read_parts(
        path.read_bytes(),
        answer.media_type,
        engine=_no_engine,
        defaults=ReadDefaults(currency="USD"),
        limits=DEFAULT_LIMITS,
        opening=CONFINED,
    )
    assert isinstance(part.outcome, Rejection)
    return part.outcome


@pytest.mark.parametrize("name", [*FILES, *TEXTS])
def test_it_is_refused_within_its_bounds(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, good = tmp_path / "hostile", tmp_path / "good"
    path.write_bytes({**FILES, **TEXTS}[name]())
    good.write_bytes(saved("PNG"))
    monkeypatch.setattr(child._MAKERS, "costs", child.Costs())
    started = time.process_time()
    assert _refused(path).member_sentence
    assert time.process_time() - started + child.costs().processor_s < MOST_S
    assert child.costs().peak_bytes < MOST_BYTES
    assert isinstance(accept(good), Accepted)
