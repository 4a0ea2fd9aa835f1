"""The files around the code say what is so."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
RUNTIME = [
    *PROJECT["project"]["dependencies"],
    *(line for extra in PROJECT["project"]["optional-dependencies"].values() for line in extra),
]
EVERYTHING = [*RUNTIME, *PROJECT["dependency-groups"]["dev"]]


def _locked() -> dict[str, list[str]]:
    versions: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", LOCK, re.MULTILINE):
        versions.setdefault(canonicalize_name(name), []).append(version)
    return versions


@pytest.mark.parametrize("asked", EVERYTHING)
def test_the_lock_holds_what_is_asked_for(asked: str) -> None:
    requirement = Requirement(asked)
    versions = _locked()[canonicalize_name(requirement.name)]
    assert all(requirement.specifier.contains(version, prereleases=True) for version in versions)


def test_the_lock_has_a_hash_for_each_package_and_names_no_place() -> None:
    packages = [block for block in re.split(r"^(?=\S)", LOCK, flags=re.MULTILINE) if "==" in block]
    assert len(packages) > 100
    assert [block.split("==")[0] for block in packages if "--hash=sha256:" not in block] == []
    assert re.findall(r"https?://|--index|--extra-index|--find-links|file:", LOCK) == []


@pytest.mark.parametrize("asked", RUNTIME)
def test_each_dependency_is_in_the_notices(asked: str) -> None:
    notices = (ROOT / "THIRD_PARTY_NOTICES.md").read_text(encoding="utf-8")
    assert f"| {canonicalize_name(Requirement(asked).name)} |" in notices, "run: make notices"


def test_the_licence_is_what_the_project_says() -> None:
    assert PROJECT["project"]["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_every_make_target_says_what_it_does() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    targets = {line.split()[1] for line in shown.splitlines()}
    assert {"setup", "run", "demo", "test", "bench", "check", "lock", "clean"} <= targets


def test_a_python_too_old_is_refused_in_words(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\necho 3.9\n")
    old.chmod(0o755)
    ended = subprocess.run(
        ["sh", "tools/find_python.sh"],
        cwd=ROOT,
        env={"PYTHON": str(old), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    assert "needs Python 3.11, 3.12 or 3.13" in ended.stderr
    assert "is 3.9" in ended.stderr
