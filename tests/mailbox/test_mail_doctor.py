"""`tillpoints doctor` and `tillpoints mailbox --once` say what is wrong with a mailbox, and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.mail_checks import check_looked_after, check_mailbox, check_sending
from pipeline.mailbox_lease import heartbeat_name
from pipeline.sample import SAMPLE_PROGRAM
from receipts.database.repositories.outbox import Outbox
from receipts.errors import TransientError
from tests.support.dovecot_server import NO_IDLE, NOT_EVEN_MOVE, run_dovecot
from tests.support.imap_server import PASSWORD, ImapServer, free_port
from tests.support.smtp_sink import run_smtp_sink

MAIL = b"From: maya@example.com\r\nSubject: one\r\n\r\nTotal 15.90\r\n"


def test_all_is_well(office: Any, imap_server: ImapServer) -> None:
    imap_server.append([MAIL, MAIL])
    said = check_mailbox(office.settings())
    assert said == ("INBOX holds 2, 2 wait; new mail comes at once (IDLE); taken mail is flagged and stays")
    moved = check_mailbox(office.settings(done_folder="Taken", idle=False))
    assert "asked every 0.3 s, as set" in moved
    assert "moved to 'Taken', which is made when it is first needed" in moved
    assert imap_server.flags().popitem()[1] == set(), "a check changes nothing"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "password": ({"password": "wrong"}, r"refuses the user receipts or the password.*correct them"),
    "folder": ({"folder": "Reciepts"}, r"no folder 'Reciepts'.*create it, or set one of INBOX"),
    "port": ({"imap_port": 1}, r"cannot reach 127\.0\.0\.1:1 .*is the port open"),
    "host": ({"imap_host": "localhost", "imap_security": "tls"}, r"no encrypted connection.*993 is tls"),
    "unencrypted": ({"imap_host": "mail.example.com"}, r"without encryption.*tls or starttls"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_explained(office: Any, case: str) -> None:
    changes, sentence = WRONG[case]
    with pytest.raises(TransientError, match=sentence) as caught:
        check_mailbox(office.settings(**changes))
    assert PASSWORD not in str(caught.value)


def test_a_server_without_idle_or_move(office_at: Callable[[ImapServer], Any]) -> None:
    with run_dovecot(more=NO_IDLE) as server:
        said = check_mailbox(office_at(server).settings(poll_s=30))
    assert "asked every 30 s, since the server has no IDLE" in said
    with run_dovecot(more=NOT_EVEN_MOVE) as server:
        said = check_mailbox(office_at(server).settings(done_folder="Taken"))
    assert "copied and marked deleted (the server cannot move)" in said


def test_sending_is_tried_without_sending(office: Any) -> None:
    with pytest.raises(TransientError, match="no smtp_host is set"):
        check_sending(office.settings())
    with run_smtp_sink(login=True) as sink:
        told = {"smtp_host": "127.0.0.1", "smtp_port": sink.port, "smtp_security": "none"}
        assert check_sending(office.settings(**told)) == f"127.0.0.1:{sink.port} lets us send"
        with pytest.raises(TransientError, match="refuses the user receipts or the password"):
            check_sending(office.settings(**told, smtp_password="wrong"))
        assert sink.mails == []
    with pytest.raises(TransientError, match="cannot reach"):
        check_sending(office.settings(smtp_host="127.0.0.1", smtp_port=free_port(), smtp_security="none"))


def test_whether_a_process_looks_after_it(office: Any) -> None:
    with pytest.raises(TransientError, match="nobody looks after it; start it with"):
        check_looked_after(office.wiring, SAMPLE_PROGRAM.id)
    office.work().once()
    assert check_looked_after(office.wiring, SAMPLE_PROGRAM.id) == "looked after"
    import datetime as dt

    with office.wiring.database.write() as session:
        Outbox(session, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)).beat(heartbeat_name(SAMPLE_PROGRAM.id))
    with pytest.raises(TransientError, match="since 2026-01-01 00:00 UTC"):
        check_looked_after(office.wiring, SAMPLE_PROGRAM.id)


def test_the_commands(
    office_at: Callable[[ImapServer], Any], pymap_server: ImapServer, tmp_path: Path
) -> None:
    pymap_server.empty()
    pymap_server.append([MAIL])
    office = office_at(pymap_server)
    once = office.command("mailbox", "--once")
    assert (once.returncode, once.stdout) == (
        0,
        "receipts@example.com: 1 new, 0 known before, 0 too large, 0 gone, 0 failed\n",
    ), once.stderr
    wrong = office.command("mailbox", "--once", password="wrong")
    assert wrong.returncode == 1
    assert "refuses the user" in wrong.stdout
    doctor = office.command("doctor")
    lines = {match[2]: match[1] for match in re.finditer(r"^(\S+) +(\w+)", doctor.stdout, re.MULTILINE)}
    assert lines["mailbox"] == "ok", doctor.stdout
    assert lines["answers"] == "WRONG", doctor.stdout
    assert lines["fetching"] == "ok", doctor.stdout
