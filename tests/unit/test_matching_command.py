"""`tillpoints match`: one answer a line, in order, whatever the lines hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from pipeline.commands.match import match

CATALOG = (
    "sku,gtin,brand,name,size,msrp,aliases\n"
    "FF-12,038000199042,Kellford,Frosted Flakes,12 OZ,4.99,KFD FLK 12|KFD FLAKES12\n"
    "FF-24,,Kellford,Frosted Flakes,24 OZ,7.99,\n"
)


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    file = tmp_path / "catalog.csv"
    file.write_text(CATALOG, encoding="utf-8")
    return file


def run(*arguments: str, lines: str = "") -> Result:
    app = typer.Typer()
    app.command()(match)
    return CliRunner().invoke(app, arguments, input=lines)


def test_each_line_gets_its_answer_in_order(catalog: Path) -> None:
    lines = "\n".join(
        json.dumps(line)
        for line in (
            {
                "description": "KLFRD FRSTD FLK 24OZ",
                "amount": "7.99",
                "quantity": "1",
                "retailer": "Corner Market",
            },
            {"description": "BANANAS", "amount": 1.29},
            {"description": "GROCERY", "code": "038000199042"},
            {"description": "KLFRD FRSTD FLK", "code": None},
        )
    )
    result = run("--catalog", str(catalog), "--json", lines=lines + "\n")
    assert result.exit_code == 0
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(answer["verdict"], answer["sku"]) for answer in answers][:3] == [
        ("accept", "FF-24"),
        ("none", None),
        ("accept", "FF-12"),
    ]
    assert answers[3]["verdict"] == "ask"
    assert answers[2]["gtin"] == "00038000199042"
    assert set(answers[0]) == {"sku", "gtin", "probability", "verdict", "candidates"}
    assert set(answers[0]["candidates"][0]) == {"sku", "probability"}


def test_a_broken_line_is_named_and_answered_with_none(catalog: Path, tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    broken = [
        b"not json",
        b"",
        b"[1]",
        b'{"description": 5}',
        b'{"description": "A", "amount": "4,99"}',
        b'{"description": "A", "amount": "1e999999999"}',
        b'{"description": "A", "quantity": true}',
        b'{"description": "A", "code": 1.5}',
        b'{"description": "\xff"}',
    ]
    file.write_bytes(b"\n".join([*broken, b'{"description": "KLFRD FRSTD FLK 12OZ"}']) + b"\n")
    result = run("--catalog", str(catalog), "--json", str(file))
    assert result.exit_code == 0
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["verdict"] for answer in answers] == ["none"] * len(broken) + ["accept"]
    for number in range(1, len(broken) + 1):
        assert f"line {number}: " in result.stderr
    assert "Traceback" not in result.output


def test_without_json_a_table_says_why(catalog: Path) -> None:
    result = run("--catalog", str(catalog), lines='{"description": "[b]KLFRD FRSTD FLK 12OZ"}\n')
    assert result.exit_code == 0
    assert "accept" in result.stdout
    assert "FF-12" in result.stdout


def test_wrong_usage_ends_with_2(catalog: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("sku,name\n1,\n", encoding="utf-8")
    missing = run("--catalog", str(tmp_path / "none.csv"))
    unusable = run("--catalog", str(bad))
    currency = run("--catalog", str(catalog), "--currency", "DOLLARS")
    assert [missing.exit_code, unusable.exit_code, currency.exit_code] == [2, 2, 2]
    assert "line 2: name is empty" in unusable.stderr
    assert "ISO 4217" in currency.stderr


def test_a_wanted_precision_is_told_with_its_cost_and_a_bad_one_refused(catalog: Path) -> None:
    line = json.dumps({"description": "KLFRD FRSTD FLK 24OZ", "amount": "7.99"}) + "\n"
    usual = run("--catalog", str(catalog), "--json", lines=line)
    assert json.loads(usual.stdout)["verdict"] == "accept"
    wanted = ("--precision", "0.999", "--own-share", "0.01")
    sure = run("--catalog", str(catalog), "--json", *wanted, lines=line)
    assert json.loads(sure.stdout)["verdict"] == "ask"
    assert "Measured on catalogs of about" in sure.stderr
    wrong = run("--catalog", str(catalog), "--json", "--precision", "1.2", lines=line)
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "write a share from 0.5 to 0.999" in wrong.stderr
