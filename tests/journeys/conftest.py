from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.nursery import Nursery, run_nursery


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with run_nursery() as running:
        yield running
