"""The files around the code say what is so."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pipeline.settings import Settings

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
IMAGE_LOCK = (ROOT / "requirements.image.lock").read_text(encoding="utf-8")
RUNTIME = [
    *PROJECT["project"]["dependencies"],
    *(line for extra in PROJECT["project"]["optional-dependencies"].values() for line in extra),
]
EVERYTHING = [*RUNTIME, *PROJECT["dependency-groups"]["dev"]]


def _locked(lock: str = LOCK) -> dict[str, list[str]]:
    versions: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", lock, re.MULTILINE):
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


def test_the_image_gets_what_runs_and_nothing_of_what_tests() -> None:
    image, everything = _locked(IMAGE_LOCK), _locked()
    assert all(set(versions) <= set(everything[name]) for name, versions in image.items())
    assert {canonicalize_name(Requirement(line).name) for line in RUNTIME} <= set(image)
    tests = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependency-groups"]["dev"]}
    assert not tests & set(image)
    copied = re.findall(r"^COPY (\w+) \1$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert copied == PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


def test_compose_knows_each_setting_and_command() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    known = {f"TILLPOINTS_{name.upper()}" for name in Settings.model_fields}
    ours = {name: each for name, each in compose["services"].items() if each["image"] == "tillpoints"}
    assert {"api", "worker", "relay", "mailbox"} <= set(ours)
    for name, each in ours.items():
        named = {variable for variable in each["environment"] if variable.startswith("TILLPOINTS_")}
        assert named <= known, name
        assert each["read_only"], name
        assert each["command"] == [name], name
