"""Mail servers' reports about our answers: kept with the answer that they are about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from pipeline.answers.undelivered import why_undelivered
from pipeline.inbox_views import inbox_message
from pipeline.sample import SAMPLE_PROGRAM, add_sample
from pipeline.settings import Settings
from pipeline.wiring import build
from tests.support.doors import ADDRESS, Doors, channels_toml, mail, write_settings_files
from tests.support.smtp_sink import run_smtp_sink

BOUNDARY = "=_report"


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Doors]:
    with run_smtp_sink() as sink:
        channels, dns = write_settings_files(tmp_path, channels_toml(smtp_port=sink.port), {})
        wiring = build(Settings(data_dir=tmp_path / "data", channels_file=channels, dns_file=dns))
        wiring.database.migrate()
        add_sample(wiring)
        yield Doors(wiring, tmp_path, sink)
        wiring.close()


def returned_whole(sent: EmailMessage) -> tuple[str, str]:
    return "message/rfc822", sent.as_string()


def returned_headers(sent: EmailMessage) -> tuple[str, str]:
    return "text/rfc822-headers", f"Message-ID: {sent['Message-ID']}\nSubject: {sent['Subject']}\n"


def report(kind: str, returned: str, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {ADDRESS}\r\nReturn-Path: <>\r\nSubject: Undelivered\r\n"
        f'MIME-Version: 1.0\r\nContent-Type: multipart/report; boundary="{BOUNDARY}"\r\n\r\n'
        f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        f"--{BOUNDARY}\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; ann@mail.example\r\n"
        f"Action: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; 550 no such user\r\n\r\n"
        f"--{BOUNDARY}\r\nContent-Type: {kind}\r\n\r\n{returned}\r\n--{BOUNDARY}--\r\n"
    ).encode()


@pytest.mark.parametrize("form", [returned_whole, returned_headers])
def test_a_bounce_is_kept_with_the_answer_it_is_about(doors: Doors, form: object) -> None:
    asked = doors.arrive(mail("ann@mail.example", subject="Fwd: order", text="Total 5.00\nTea 5.00"))
    doors.work()
    (answer,) = doors.sink.mails
    assert callable(form)
    bounce = doors.arrive(report(*form(answer.message)))
    doors.work()
    found = doors.message(bounce.inbound_id)
    assert (found.state.value, found.reason) == ("ignored", "bounce")
    assert "our answer to ann@mail.example could not be delivered: 5.1.1" in found.sentence
    assert "550 no such user" in found.sentence
    view = inbox_message(doors.wiring, program_id=SAMPLE_PROGRAM.id, inbound_id=asked.inbound_id)
    assert view is not None
    assert [each.provider_status for each in view.entry.answers] == ["bounced 5.1.1"]
    (kept,) = view.entry.answers
    assert why_undelivered(kept) == "there is no such mailbox"
    assert kept.report_id == bounce.inbound_id
    about = inbox_message(doors.wiring, program_id=SAMPLE_PROGRAM.id, inbound_id=bounce.inbound_id)
    assert about is not None
    assert about.reports_on == replace(kept, body=about.reports_on.body if about.reports_on else "")
    assert len(doors.sink.mails) == 1, "nobody is answered"


def test_a_delay_is_told_and_is_no_bounce(doors: Doors) -> None:
    doors.arrive(mail("ann@mail.example", subject="Fwd: order", text="Total 5.00\nTea 5.00"))
    doors.work()
    kind, returned = returned_headers(doors.sink.mails[0].message)
    bounce = doors.arrive(report(kind, returned, action="delayed", status="4.4.1"))
    doors.work()
    assert "is delayed" in doors.message(bounce.inbound_id).sentence
    assert doors.rows("SELECT provider_status FROM outgoing_messages") == [("",)]


def test_a_report_about_a_mail_that_is_not_ours_is_just_a_bounce(doors: Doors) -> None:
    bounce = doors.arrive(report("text/rfc822-headers", "Message-ID: <out_0000@elsewhere.example>\r\n"))
    doors.work()
    found = doors.message(bounce.inbound_id)
    assert (found.state.value, found.reason) == ("ignored", "bounce")
    assert "something could not be delivered" in found.sentence


def absence_note(sent: EmailMessage) -> bytes:
    return (
        f"From: ann@mail.example\r\nTo: {ADDRESS}\r\nReturn-Path: <>\r\nSubject: Away until Monday\r\n"
        f"Auto-Submitted: auto-replied (vacation)\r\nIn-Reply-To: {sent['Message-ID']}\r\n"
        f"References: {sent['Message-ID']}\r\n\r\nI am away.\r\n"
    ).encode()


def bare_absence_note(sent: EmailMessage) -> bytes:
    return absence_note(sent).replace(b"Auto-Submitted: auto-replied (vacation)\r\n", b"")


def read_receipt(sent: EmailMessage) -> bytes:
    return (
        f"From: ann@mail.example\r\nTo: {ADDRESS}\r\nReturn-Path: <>\r\nSubject: Read: order\r\n"
        f"In-Reply-To: {sent['Message-ID']}\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=disposition-notification; boundary="{BOUNDARY}"\r\n\r\n'
        f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nIt was read.\r\n"
        f"--{BOUNDARY}\r\nContent-Type: message/disposition-notification\r\n\r\n"
        f"Original-Message-ID: {sent['Message-ID']}\r\n"
        f"Disposition: manual-action/MDN-sent-manually; displayed\r\n\r\n"
        f"--{BOUNDARY}\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {sent['Message-ID']}\r\n\r\n--{BOUNDARY}--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("written", "reason"),
    [(absence_note, "auto_reply"), (bare_absence_note, "no_return_path"), (read_receipt, "auto_reply")],
)
def test_an_answer_that_was_delivered_is_not_said_to_have_bounced(
    doors: Doors, written: Callable[[EmailMessage], bytes], reason: str
) -> None:
    doors.arrive(mail("ann@mail.example", subject="Fwd: order", text="Total 5.00\nTea 5.00"))
    doors.work()
    came = doors.arrive(written(doors.sink.mails[0].message))
    doors.work()
    found = doors.message(came.inbound_id)
    assert (found.state.value, found.reason) == ("ignored", reason)
    assert "could not be delivered" not in found.sentence
    assert doors.rows("SELECT provider_status FROM outgoing_messages") == [("",)]


def test_a_shops_order_without_a_return_path_is_not_called_a_report(doors: Doors) -> None:
    raw = mail("orders@shop.example", subject="Your order", text="Total 5.00\nTea 5.00")
    came = doors.arrive(b"Return-Path: <>\r\n" + raw)
    doors.work()
    found = doors.message(came.inbound_id)
    assert (found.state.value, found.reason) == ("ignored", "no_return_path")
    assert found.sentence == "It has no return path, so nobody is answered."


def test_a_server_that_calls_its_report_auto_replied_is_heard(doors: Doors) -> None:
    doors.arrive(mail("ann@mail.example", subject="Fwd: order", text="Total 5.00\nTea 5.00"))
    doors.work()
    raw = report(*returned_headers(doors.sink.mails[0].message))
    doors.arrive(raw.replace(b"Return-Path: <>\r\n", b"Return-Path: <>\r\nAuto-Submitted: auto-replied\r\n"))
    doors.work()
    assert doors.rows("SELECT provider_status FROM outgoing_messages") == [("bounced 5.1.1",)]


def test_a_report_in_words_that_returns_the_mail_is_heard(doors: Doors) -> None:
    doors.arrive(mail("ann@mail.example", subject="Fwd: order", text="Total 5.00\nTea 5.00"))
    doors.work()
    kind, returned = returned_whole(doors.sink.mails[0].message)
    doors.arrive(
        (
            f"From: MAILER-DAEMON@mx.example\r\nTo: {ADDRESS}\r\nReturn-Path: <>\r\nSubject: failure\r\n"
            f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="{BOUNDARY}"\r\n\r\n'
            f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n"
            f"--{BOUNDARY}\r\nContent-Type: {kind}\r\n\r\n{returned}\r\n--{BOUNDARY}--\r\n"
        ).encode()
    )
    doors.work()
    assert doors.rows("SELECT provider_status FROM outgoing_messages") == [("bounced",)]
