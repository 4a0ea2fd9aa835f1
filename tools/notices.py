"""Writes THIRD_PARTY_NOTICES.md from what is installed: what Tillpoints needs to run, and its licences."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "THIRD_PARTY_NOTICES.md"
LONGEST_NAME = 80
"""A longer License field holds the licence's text, not its name."""

HEAD = """# Third-party notices

Tillpoints is under the Apache License 2.0 (LICENSE). It needs the packages below to run; none is part of this
repository, and each comes from the package index under its own licence, whose text it carries. Tools for
development only are not listed. Renew this page with `make notices`.

| package | asked for | by | licence |
| --- | --- | --- | --- |
"""

BUNDLED = """
## Libraries inside those packages that have another licence

Who passes on an environment or an image with these packages in it passes on these libraries too.

| in | library | licence |
| --- | --- | --- |
| pillow-heif | libheif, libde265 | LGPL-3.0 |
| pillow-heif | x265, an encoder, not used by Tillpoints | GPL-2.0-or-later |
| opencv-python-headless | FFmpeg, for video, not used by Tillpoints | LGPL-2.1 |
| psycopg-binary | libpq; OpenSSL; Kerberos | PostgreSQL; Apache-2.0; MIT |
| pypdfium2 | PDFium and what it holds | BSD-3-Clause, Apache-2.0 and others |
| rapidocr | the PP-OCR models of PaddleOCR | Apache-2.0 |
"""


def licence_of(package: Distribution) -> str:
    """The licence as the package's metadata states it, best statement first."""
    metadata = package.metadata
    stated = [*(metadata.get_all("License-Expression") or []), *(metadata.get_all("License") or [])]
    for name in stated:
        if 0 < len(name) <= LONGEST_NAME and "\n" not in name:
            return str(name)
    classifiers = [
        value.rsplit(" :: ", 1)[-1]
        for value in metadata.get_all("Classifier") or []
        if value.startswith("License ::") and not value.endswith("OSI Approved")
    ]
    return ", ".join(classifiers) or "see the package"


def requirements_of(lines: Iterable[str], extras: Iterable[str]) -> list[Requirement]:
    """Those that hold on this machine with one of the extras, or none."""
    wanted = []
    for line in lines:
        requirement = Requirement(line)
        environments = [{"extra": extra} for extra in ("", *extras)]
        if requirement.marker is None or any(map(requirement.marker.evaluate, environments)):
            wanted.append(requirement)
    return wanted


def closure(asked: list[tuple[Requirement, str]]) -> dict[str, tuple[str, str, Distribution]]:
    """Everything asked for, and what that asks for in turn: range, who asked first, and the package."""
    found: dict[str, tuple[str, str, Distribution]] = {}
    waiting = list(asked)
    while waiting:
        requirement, by = waiting.pop(0)
        name = canonicalize_name(requirement.name)
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue  # asked for on other systems only
        if name not in found:
            found[name] = (str(requirement.specifier) or "any", by, package)
            further = requirements_of(package.requires or [], requirement.extras)
            waiting += [(one, name) for one in further]
    return found


def main() -> None:
    """Write the page."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [(Requirement(line), "Tillpoints") for line in project["dependencies"]]
    for extra, lines in project["optional-dependencies"].items():
        asked += [(Requirement(line), f"Tillpoints ({extra})") for line in lines]
    rows = [
        f"| {name} | {specifier} | {by} | {licence_of(package)} |"
        for name, (specifier, by, package) in sorted(closure(asked).items())
    ]
    TARGET.write_text(HEAD + "\n".join(rows) + "\n" + BUNDLED, encoding="utf-8")


if __name__ == "__main__":
    main()
