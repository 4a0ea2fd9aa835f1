from __future__ import annotations

import pytest

from ocr.engines.rapid import RapidEngine


@pytest.fixture(scope="session")
def rapid() -> RapidEngine:
    """One for the whole process: to load its models takes as long as to read a receipt."""
    return RapidEngine(threads=1)
