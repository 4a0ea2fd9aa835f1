"""Requests made from the OpenAPI document, in the name of every role: each is answered as the document says.

Short here; `make schemathesis` asks for longer, by TILLPOINTS_TEST_SCHEMA_EXAMPLES.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.rates import RateLimits, Rates

from .conftest import World, a_world

EXAMPLES = os.environ.get("TILLPOINTS_TEST_SCHEMA_EXAMPLES", "")
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance")
CHECKS += ("response_schema_conformance", "response_headers_conformance")
PEOPLE = ("maya", "ruth", "ada", "core")
LEFT_OUT = r"/events$|^/v1/messages$|^/readyz$|^/v1/uploads/"
"""Two hold the connection open until something happens; no relay runs here, so that nothing is ready; and the
last takes bytes of a kind (tus) that schemathesis cannot make. Other tests ask each of them."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("asked")) as house:
        yield house


def _asked(world: World, folder: Path, *, person: str, most: int, phases: str) -> str:
    token = world.people[person].http.headers["Authorization"]
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{world.url}/openapi.json"]
    command += ["--header", f"Authorization: {token}", "--checks", ",".join(CHECKS)]
    command += ["--phases", phases, "--max-examples", str(most), "--mode", "positive", "--seed", "9"]
    command += ["--request-timeout", "20", "--workers", "1", "--no-color", "--generation-database", "none"]
    command += ["--exclude-path-regex", LEFT_OUT]
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True, timeout=1700)
    return "" if done.returncode == 0 else done.stdout[-20_000:] + done.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("person", PEOPLE)
def test_every_answer_is_documented(world: World, person: str, tmp_path: Path) -> None:
    if importlib.util.find_spec("schemathesis") is None:
        pytest.skip("schemathesis is not installed: run `make setup`, which installs it")
    world.app.state.rates = Rates(RateLimits(address=0, member=0, program=0))
    if EXAMPLES:
        said = _asked(world, tmp_path, person=person, most=int(EXAMPLES), phases="examples,coverage,fuzzing")
    else:
        said = _asked(world, tmp_path, person=person, most=1, phases="fuzzing")
    assert not said, said
