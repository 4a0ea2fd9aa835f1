"""docs/migrate.md says what the commands print: each example is run and compared, word for word."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.clock import utc_now
from pipeline.commands import migrate
from pipeline.settings import Settings
from pipeline.wiring import Wiring, build
from receipts.database.repositories.programs import Programs
from tests.migration.conftest import EXAMPLE, SUNNY

PAGE = Path(__file__).parents[2] / "docs/migrate.md"
_BLOCK = re.compile(r"```\n\$ tillpoints migrate (.*?)\n(.*?)```\n", re.DOTALL)


@pytest.fixture
def wiring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wiring]:
    shutil.copytree(EXAMPLE, tmp_path / "club")
    made = build(Settings(data_dir=tmp_path / "data"), acts_across=True)
    made.database.migrate()
    with made.database.write() as session:
        Programs(session).add(SUNNY, utc_now())
    monkeypatch.chdir(tmp_path / "club")
    monkeypatch.setattr(migrate, "ready_wiring", lambda: made)
    yield made
    made.close()


def printed(page: str) -> str:
    """The page with what its commands print now."""
    runner = CliRunner()

    def again(block: re.Match[str]) -> str:
        done = runner.invoke(migrate.migrate, shlex.split(block[1]))
        assert done.exit_code == 0, done.output
        return f"```\n$ tillpoints migrate {block[1]}\n{done.output}```\n"

    return _BLOCK.sub(again, page)


def test_the_page_shows_what_is_printed(wiring: Wiring) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert len(_BLOCK.findall(page)) == 5
    assert printed(page) == page
    runner = CliRunner()
    runs = runner.invoke(migrate.migrate, ["runs"]).output.splitlines()
    assert [line.split("  ", 1)[1] for line in runs] == [
        "old-club  signed off by Ada Lindt",
        "old-club  loaded",
    ]
    assert "1001,mem_" in (
        runner.invoke(migrate.migrate, ["ids", "old-club", "ids.csv"]) and Path("ids.csv").read_text()
    )
    wrong = runner.invoke(migrate.migrate, ["load", "none.toml"])
    assert (wrong.exit_code, "cannot be opened" in wrong.output) == (2, True)
    with Path("points.csv").open("a", encoding="utf-8") as file:
        file.write("1003;25;;\n")
    Path("old-club.toml").write_text(
        Path("old-club.toml").read_text().replace("points = 1830", ""), encoding="utf-8"
    )
    Path("members.csv").write_text(
        Path("members.csv").read_text().replace(";80;A;", ";105;A;"), encoding="utf-8"
    )
    differs = runner.invoke(migrate.migrate, ["reconcile", "old-club.toml", "--sign-off", "Ada Lindt"])
    assert differs.exit_code == 1
    assert Path("old-club.differences.csv").read_text().splitlines()[1:] == ["1003,points,750,500"]
    assert len(runner.invoke(migrate.migrate, ["runs"]).output.splitlines()) == 2, "nothing was signed"
