"""The operator's commands, as they are typed."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.runner import run
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt, today
from tests.support import commands

ROOT = Path(__file__).resolve().parents[2]


def tillpoints(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"TILLPOINTS_DATA_DIR": str(folder), "COLUMNS": "200"}
    return commands.tillpoints(*arguments, environment=environment)


def test_a_program_is_set_up_from_nothing(tmp_path: Path) -> None:
    empty = tillpoints(tmp_path, "catalog", "import", "fixtures/catalog.csv")
    assert empty.returncode == 2
    assert "program add" in empty.stderr
    assert "sunny" in tillpoints(tmp_path, "program", "add", "sunny", "--name", "Sunny").stdout
    assert "already" in tillpoints(tmp_path, "program", "add", "sunny", "--name", "Sunny").stderr
    assert "82 products" in tillpoints(tmp_path, "catalog", "import", "fixtures/catalog.csv").stdout
    campaigns = [str(path) for path in sorted((ROOT / "fixtures" / "campaigns").iterdir())]
    assert tillpoints(tmp_path, "campaign", "import", *campaigns).stdout.count("is now in force") == 3
    assert tillpoints(tmp_path, "campaign", "import", *campaigns).stdout.count("already") == 3
    words = ("account", "add", "mo@example.com", "--role", "member", "--name", "Mo")
    assert "password:" in tillpoints(tmp_path, *words).stdout
    again = tillpoints(tmp_path, *words)
    assert (again.returncode, "already" in again.stderr) == (1, True)


def test_the_list_of_commands_imports_none_of_them() -> None:
    code = (
        "import sys\n"
        "from pipeline.cli import main\n"
        "sys.argv = ['tillpoints', '--help']\n"
        "try:\n    main()\n"
        "finally:\n    print(*sys.modules, file=sys.stderr)\n"
    )
    listed = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert {"pipeline.commands.read", "sqlalchemy", "numpy"}.isdisjoint(listed.stderr.split())
    shown = {line.split()[1] for line in listed.stdout.splitlines() if line.startswith("\u2502 ")}
    assert {"read", "serve", "sample-doors", "account"} <= shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("program", "add", "x", "--name", "X", "--currency", "dollars"),
        ("program", "add", "x", "--name", "X", "--time-zone", "Mars/Base"),
        ("explain",),
        ("nonsense",),
    ],
)
def test_wrong_usage_ends_with_2_and_a_sentence(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    said = tillpoints(tmp_path, *arguments)
    assert said.returncode == 2
    assert said.stderr.strip()
    assert "Traceback" not in said.stderr


def test_a_wrong_setting_stops_the_start_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILLPOINTS_PORT", "99999")
    said = tillpoints(tmp_path, "doctor")
    assert said.returncode == 1
    assert "TILLPOINTS_PORT" in said.stderr
    assert "Traceback" not in said.stderr


def test_serve_refuses_a_taken_port_before_it_starts_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("TILLPOINTS_PORT", str(taken.getsockname()[1]))
        said = tillpoints(tmp_path / "new", "serve", "--sample")
    assert said.returncode == 1
    assert "set TILLPOINTS_PORT" in said.stderr
    assert "Ready" not in said.stderr


def test_explain_tells_the_whole_story(sunny: Shop) -> None:
    (sent,) = sunny.send(e_receipt("explain", OATS, MILK)).receipts
    run(sunny.wiring, sent.id)
    folder = sunny.wiring.settings.data_dir
    story = tillpoints(folder, "explain", sent.id)
    for part in ("awarded", "Oatmere Old Fashioned Oats", "everyday/per-dollar", "points    30", "reading"):
        assert part in story.stdout, story.stdout + story.stderr
    assert f"(printed date: {today()}; day of submission: " in story.stdout, "clear, with evidence"
    assert "worked out again from the evidence kept: the same" in story.stdout
    ends = [line[-1] for line in story.stdout.splitlines() if line.startswith("  rule ")]
    assert set(ends) == {"]"}, "a piped line is never folded inside its sentence"
    assert max(map(len, story.stdout.splitlines())) < 1000, "and not filled up with blanks"
    told = json.loads(tillpoints(folder, "explain", sent.id, "--json").stdout)
    assert (told["state"], told["points"]) == ("awarded", 30)
    unknown = tillpoints(folder, "explain", "rcp_nothing")
    assert (unknown.returncode, "no receipt" in unknown.stderr) == (1, True)


def test_doctor_names_what_is_wrong(sunny: Shop) -> None:
    said = tillpoints(sunny.wiring.settings.data_dir, "doctor")
    assert said.returncode == 1, "no relay runs here"
    assert "ok    database" in said.stdout
    assert "WRONG relay" in said.stdout
    assert "tillpoints serve" in said.stdout
