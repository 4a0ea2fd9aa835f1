"""`tillpoints inbox` and `tillpoints address`, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipeline.commands.inbox import address, inbox
from pipeline.sample import MAYA, TOM
from pipeline.takein.run import take_in
from receipts.inbound import InboundState
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt
from tests.support.doors import Doors, channels_toml, mail, write_settings_files
from tests.support.smtp_sink import SmtpSink

NUMBER = "+12025550123"


def tillpoints(folder: Path, command: str, *arguments: str) -> Result:
    """The command as its process would run it."""
    apps = {"inbox": inbox, "address": address}
    environment = {"TILLPOINTS_DATA_DIR": str(folder), "COLUMNS": "200"}
    return CliRunner().invoke(apps[command], arguments, env=environment, prog_name=f"tillpoints {command}")


@pytest.fixture
def doors(sunny: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Doors:
    """The sample program's mailbox; nothing is sent."""
    channels, dns = write_settings_files(tmp_path, channels_toml(smtp_port=9), {})
    monkeypatch.setenv("TILLPOINTS_CHANNELS_FILE", str(channels))
    monkeypatch.setenv("TILLPOINTS_DNS_FILE", str(dns))
    return Doors(sunny.wiring, tmp_path, SmtpSink(9))


def test_the_inbox_lists_filters_and_runs_again(sunny: Shop, doors: Doors) -> None:
    folder = sunny.wiring.settings.data_dir
    empty = tillpoints(folder, "inbox")
    assert (empty.exit_code, empty.stdout, "Nothing has come in" in empty.stderr) == (0, "", True)
    pdf = (e_receipt("inbox", OATS, MILK), "application/pdf", "r.pdf")
    kept = doors.arrive(mail("nobody@mail.example", subject="[red]no markup", attached=(pdf,))).inbound_id
    bounce = doors.arrive(mail("x@mail.example", headers=(("Auto-Submitted", "auto-replied"),))).inbound_id
    assert take_in(sunny.wiring, kept) is InboundState.UNLINKED
    assert take_in(sunny.wiring, bounce) is InboundState.IGNORED
    listed = tillpoints(folder, "inbox").stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["id", bounce, kept]
    assert "No member has linked this address." in listed[2]
    assert "[red]no markup" in listed[2], "a mail is called by its subject, a text by its words"
    assert "link waiting" in listed[2]
    only = tillpoints(folder, "inbox", "--state", "unlinked", "--json").stdout.splitlines()
    (told,) = [json.loads(line) for line in only]
    assert (told["id"], told["state"], told["may_run_again"]) == (kept, "unlinked", True)
    assert [answer["kind"] for answer in told["answers"]] == ["link"]
    assert "is on its way again" in tillpoints(folder, "inbox", "again", kept).stdout
    assert "waits already" in tillpoints(folder, "inbox", "again", kept).stdout
    assert take_in(sunny.wiring, kept) is InboundState.UNLINKED
    unknown = tillpoints(folder, "inbox", "again", "inb_nothing")
    assert (unknown.exit_code, "no message's id" in unknown.stdout) == (1, True)
    wrong = tillpoints(folder, "inbox", "--state", "lost")
    assert (wrong.exit_code, "unlinked" in wrong.stderr) == (2, True)


def test_an_address_is_linked_listed_and_unlinked(sunny: Shop, doors: Doors) -> None:
    folder = sunny.wiring.settings.data_dir
    pdf = (e_receipt("address", OATS, MILK), "application/pdf", "r.pdf")
    kept = doors.arrive(mail("maya@work.example", attached=(pdf,))).inbound_id
    assert take_in(sunny.wiring, kept) is InboundState.UNLINKED
    said = tillpoints(folder, "address", "link", MAYA.email, "Maya@Work.example").stdout
    assert f"maya@work.example is linked to {sunny.maya}. Kept messages on their way now: 1." in said
    assert take_in(sunny.wiring, kept) is InboundState.TAKEN
    assert "is linked" in tillpoints(folder, "address", "link", sunny.maya, "+1 (202) 555-0123").stdout
    listed = tillpoints(folder, "address", "list", MAYA.email).stdout
    assert {f"email  {MAYA.email}", "email  maya@work.example", f"phone  {NUMBER}"} <= set(
        listed.splitlines()
    )
    assert "secret receipts+" in listed
    assert "any more" in tillpoints(folder, "address", "unlink", sunny.maya, NUMBER).stdout
    gone = tillpoints(folder, "address", "unlink", sunny.maya, NUMBER)
    assert (gone.exit_code, "is not linked" in gone.stderr) == (1, True)
    assert NUMBER not in tillpoints(folder, "address", "list", sunny.maya).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("address", "link", TOM.email, "nonsense"), 2, "country code"),
        (("address", "link", "mem_nobody", NUMBER), 1, "has no member"),
        (("address", "list", "ruth@example.com"), 1, "has no member"),
        (("address", "list", TOM.email, "--program", "nowhere"), 2, "no program"),
    ],
)
def test_wrong_usage_ends_with_a_sentence(
    sunny: Shop, arguments: tuple[str, ...], code: int, said: str
) -> None:
    ended = tillpoints(sunny.wiring.settings.data_dir, *arguments)
    assert (ended.exit_code, said in ended.stderr) == (code, True), ended.stderr
