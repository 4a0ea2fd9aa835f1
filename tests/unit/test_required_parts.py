"""Where TILLPOINTS_TEST_REQUIRE_ALL=1 is set, a test that skips fails, and says what to install."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SKIPPING = """
import pytest

def test_needs_a_part():
    pytest.skip("no such part: apt-get install it")

@pytest.mark.xfail(strict=True)
def test_known_to_fail():
    assert False
"""
SKIPPING_WHOLE = 'import pytest\npytest.importorskip("no_such_module_anywhere")\n'


def _run(folder: Path, source: str, *, require_all: str) -> tuple[int, str]:
    (folder / "conftest.py").write_text((Path(__file__).parents[1] / "conftest.py").read_text())
    (folder / "test_it.py").write_text(source)
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "TILLPOINTS_TEST_REQUIRE_ALL": require_all},
    )
    return ended.returncode, ended.stdout


def test_a_module_that_skips_fails_the_run(tmp_path: Path) -> None:
    exit_code, output = _run(tmp_path, SKIPPING_WHOLE, require_all="1")
    assert exit_code != 0
    assert "allows no skip" in output


def test_a_skip_fails_the_run_with_its_reason(tmp_path: Path) -> None:
    exit_code, output = _run(tmp_path, SKIPPING, require_all="1")
    assert exit_code == pytest.ExitCode.TESTS_FAILED
    assert "allows no skip" in output
    assert "apt-get install it" in output
    assert "1 failed, 1 xfailed" in output


def test_data_that_nobody_can_install_may_be_away(tmp_path: Path) -> None:
    source = SKIPPING.replace("no such part: apt-get install it", "no receipts: set TILLPOINTS_SHARED")
    exit_code, output = _run(tmp_path, source, require_all="1")
    assert exit_code == pytest.ExitCode.OK
    assert "1 skipped, 1 xfailed" in output


def test_elsewhere_a_skip_stays_one(tmp_path: Path) -> None:
    exit_code, output = _run(tmp_path, SKIPPING, require_all="")
    assert exit_code == pytest.ExitCode.OK
    assert "1 skipped, 1 xfailed" in output
