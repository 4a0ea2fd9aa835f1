"""`tillpoints unwrap`: one answer a mail, in order, whatever the files hold."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from pipeline.commands.unwrap import unwrap
from tests.support.forwards import ADDRESS, BODY, LAYOUTS, NAME, SUBJECT, WORDS

ORIGINAL = (
    f"From: {NAME} <{ADDRESS}>\r\nTo: ida@post.example\r\nSubject: {SUBJECT}\r\n"
    "Date: Tue, 14 Nov 2023 18:05:42 +0100\r\n\r\nTotal: 14.90\r\n"
)


@pytest.fixture
def no_keys(tmp_path: Path) -> Path:
    file = tmp_path / "dns.json"
    file.write_text("{}")
    return file


def run(*arguments: str | Path) -> Result:
    app = typer.Typer()
    app.command()(unwrap)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def answers(*arguments: str | Path) -> list[dict[str, Any]]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_bare_body_is_unwrapped_with_the_subject_given(tmp_path: Path, no_keys: Path) -> None:
    body = tmp_path / "body.txt"
    body.write_text(LAYOUTS["outlook_mac"](WORDS["de"]), encoding="utf-8")
    (answer,) = answers(body, "--subject", f"WG: {SUBJECT}", "--dns", no_keys)
    assert answer["file"] == str(body)
    assert answer["forwarded"] is True
    assert answer["from"] == {"name": NAME, "address": ADDRESS}
    assert answer["date"] == "2023-11-14T18:05:00"
    assert answer["date_text"] == "14/11/2023 18:05"
    assert answer["subject"] == SUBJECT
    assert answer["body"] == BODY
    assert answer["proof"] == "unproven"


def test_a_mail_of_ones_own_is_shown_as_it_is(tmp_path: Path, no_keys: Path) -> None:
    mail = tmp_path / "own.eml"
    mail.write_bytes(ORIGINAL.encode())
    (answer,) = answers(mail, "--dns", no_keys)
    assert (answer["forwarded"], answer["depth"], answer["to"]) == (False, 0, ["ida@post.example"])
    assert answer["date"] == "2023-11-14T18:05:42+01:00"
    assert answer["proof"] == "unproven"


def test_a_broken_file_has_its_own_line_and_the_others_go_on(tmp_path: Path, no_keys: Path) -> None:
    broken, mail = tmp_path / "broken.eml", tmp_path / "own.eml"
    broken.write_bytes(b"\x00\x01\x02")
    mail.write_bytes(ORIGINAL.encode())
    missing, broken_answer, good = answers(tmp_path / "none.eml", broken, mail, "--dns", no_keys)
    assert (missing["status"], missing["reason"]) == ("rejected", "not_found")
    assert (broken_answer["status"], broken_answer["reason"]) == ("rejected", "damaged")
    assert (good["status"], good["reason"]) == ("read", None)


def test_a_page_is_a_bare_body_too(tmp_path: Path) -> None:
    page = tmp_path / "body.html"
    page.write_text(
        f"<p>From: {NAME} &lt;{ADDRESS}&gt;<br>Sent: 14 November 2023 18:05<br>Subject: x</p><p>Total</p>"
    )
    (answer,) = answers(page)
    assert (answer["from"]["address"], answer["body"]) == (ADDRESS, "Total")


def test_people_get_a_table_and_markup_in_a_mail_stays_text(tmp_path: Path) -> None:
    body = tmp_path / "body.txt"
    body.write_text(LAYOUTS["gmail"](WORDS["fr"]).replace(SUBJECT, "[red]Order[/red]"), encoding="utf-8")
    result = run(body, tmp_path / "none.eml")
    assert result.exit_code == 0
    assert "forwarded (inline)" in result.stdout
    assert "[red]Order[/red]" in result.stdout
    assert "not_found" in result.stdout


def test_wrong_usage_exits_2_and_says_what_to_do(tmp_path: Path) -> None:
    no_json = tmp_path / "dns.json"
    no_json.write_text("nonsense")
    assert run().exit_code == 2
    for dns in (no_json, tmp_path / "none.json"):
        result = run(no_json, "--dns", dns)
        assert result.exit_code == 2
        assert "--dns" in result.output


def test_every_original_in_a_mail_is_shown(tmp_path: Path, no_keys: Path) -> None:
    blocks = [
        "---------- Forwarded message ---------\r\n"
        f"From: {shop} <orders@shop.example>\r\nDate: Tue, Mar {day}, 2026 at 2:05 PM\r\n"
        "Subject: Your order\r\nTo: <ida@post.example>\r\n\r\nOats   4.00\r\nTotal   4.00\r\n\r\n"
        for day, shop in ((3, "Harbour"), (4, "Till"))
    ]
    mail = tmp_path / "two.eml"
    head = "From: Ida <ida@post.example>\r\nSubject: Fwd: Your order\r\n\r\n"
    mail.write_bytes((head + "".join(blocks)).encode())
    (answer,) = answers(mail, "--dns", no_keys)
    (other,) = answer["others"]
    assert [each["from"]["name"] for each in (answer, other)] == ["Harbour", "Till"]
    assert [each["date"][:10] for each in (answer, other)] == ["2026-03-03", "2026-03-04"]
    assert (other["kind"], other["proof"], other["body"]) == (
        "inline",
        "unproven",
        "Oats   4.00\nTotal   4.00",
    )
    shown = run(mail, "--dns", no_keys).stdout
    assert "(1 of 2)" in shown
    assert "(2 of 2)" in shown
    body = tmp_path / "two.txt"
    body.write_bytes("".join(blocks).encode())
    (answer,) = answers(body, "--dns", no_keys)
    assert len(answer["others"]) == 1


def test_what_a_terminal_would_obey_is_not_shown(tmp_path: Path, no_keys: Path) -> None:
    mail = tmp_path / "hostile.eml"
    obeyed = "\x1b[2J \x1b]0;title\x07 \x9b5n \u202e"
    mail.write_text(f"From: Shop {obeyed} <s@x.example>\nSubject: Order {obeyed}\n\nTea {obeyed} 5.00\n")
    answer = run(str(mail), "--dns", str(no_keys))
    assert answer.exit_code == 0
    assert "Tea" in answer.stdout
    assert not set(answer.stdout) & set("\x1b\x07\x9b\u202e")


def test_a_pipe_is_no_mail_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.eml")
    answer = run(str(tmp_path / "pipe.eml"), "--json")
    assert json.loads(answer.stdout)["reason"] == "not_found"
