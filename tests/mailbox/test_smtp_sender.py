"""Mail that goes out, to a real SMTP server."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from ingest.email.connection import MailServer, PasswordLogin, Security
from ingest.email.smtp import MailSender, Route
from ingest.email.trouble import MailboxError, TlsError, UnreachableError, WrongPasswordError
from receipts.errors import RefusedError, TransientError
from tests.support.imap_server import HOST, PASSWORD, USER, free_port, make_certificate
from tests.support.smtp_sink import run_smtp_sink

TO_MAYA = Route("receipts@example.com", ("maya@example.com",))


def answer() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "receipts@example.com"
    message["To"] = "maya@example.com"
    message["Subject"] = "Gr\u00fc\u00dfe: 120 points"
    message["Message-ID"] = "<one@example.com>"
    message.set_content("You earned 120 points.\n.\nA line that is a dot alone stays.\n")
    message.add_alternative("<p>You earned <b>120</b> points. \u2713</p>", subtype="html")
    return message


def server(port: int, security: Security = Security.NONE, **changes: object) -> MailServer:
    told: dict[str, object] = {"login": None, "connect_timeout_s": 3.0, "read_timeout_s": 3.0, **changes}
    return MailServer(str(told.pop("host", HOST)), port, security, **told)  # type: ignore[arg-type]


def test_a_mail_arrives_as_it_was_written() -> None:
    with run_smtp_sink() as sink:
        MailSender(server(sink.port)).send(answer(), TO_MAYA)
    (mail,) = sink.mails
    assert (mail.sender, mail.recipients) == ("receipts@example.com", ["maya@example.com"])
    assert mail.message["Subject"] == "Gr\u00fc\u00dfe: 120 points"
    plain, html = mail.message.iter_parts()
    assert (
        plain.get_content().replace("\r\n", "\n").endswith("points.\n.\nA line that is a dot alone stays.\n")
    )
    assert "\u2713" in html.get_content()
    assert b"\n" not in mail.raw.replace(b"\r\n", b"")


def test_the_null_sender_stays_null() -> None:
    with run_smtp_sink() as sink:
        MailSender(server(sink.port)).send(answer(), Route("", ("maya@example.com",)))
    assert sink.mails[0].sender == ""


def test_encrypted_and_signed_in(tmp_path: Path) -> None:
    pair = make_certificate(tmp_path)
    login = PasswordLogin(USER, PASSWORD)
    with run_smtp_sink(login=True, starttls=pair) as sink:
        good = server(sink.port, Security.STARTTLS, host="localhost", login=login, ca_file=pair[0])
        MailSender(good).check()
        assert sink.mails == []
        MailSender(good).send(answer(), TO_MAYA)
        wrong = server(
            sink.port,
            Security.STARTTLS,
            host="localhost",
            login=PasswordLogin(USER, "wrong"),
            ca_file=pair[0],
        )
        with pytest.raises(WrongPasswordError, match="app password"):
            MailSender(wrong).check()
        nobody = server(sink.port, Security.STARTTLS, host="localhost", ca_file=pair[0])
        with pytest.raises(WrongPasswordError, match="wants a login"):
            MailSender(nobody).send(answer(), TO_MAYA)
        with pytest.raises(TlsError, match="CA file"):
            MailSender(server(sink.port, Security.STARTTLS, host="localhost", login=login)).check()
    assert len(sink.mails) == 1
    with run_smtp_sink(tls=pair) as sink:
        MailSender(server(sink.port, Security.TLS, host="localhost", ca_file=pair[0])).send(answer(), TO_MAYA)
    assert len(sink.mails) == 1


def test_a_wrong_security_says_which_is_right(tmp_path: Path) -> None:
    with run_smtp_sink() as sink:
        with pytest.raises(TlsError, match="does not offer STARTTLS"):
            MailSender(server(sink.port, Security.STARTTLS)).check()
        with pytest.raises(MailboxError, match="587 is starttls"):
            MailSender(server(sink.port, Security.TLS)).check()
    with pytest.raises(TlsError, match="without encryption"):
        MailSender(server(25, Security.NONE, host="smtp.example.com")).check()


def test_refused_for_good_or_for_now() -> None:
    with run_smtp_sink() as sink:
        sink.answers = {
            "gone@example.com": "550 5.1.1 no such user",
            "full@example.com": "452 4.2.2 mailbox full",
        }
        sender = MailSender(server(sink.port))
        with pytest.raises(RefusedError, match=r"550 5\.1\.1 no such user"):
            sender.send(answer(), Route("receipts@example.com", ("gone@example.com",)))
        with pytest.raises(TransientError, match="mailbox full"):
            sender.send(answer(), Route("receipts@example.com", ("full@example.com",)))
        sender.send(answer(), TO_MAYA)
    assert len(sink.mails) == 1


@pytest.mark.parametrize("address", ["a@b>\r\nRCPT TO:<c@d", "two words@example.com", "a@b\n", "<a@b>"])
def test_an_address_cannot_give_commands(address: str) -> None:
    with pytest.raises(RefusedError, match="no mail address"):
        Route("receipts@example.com", (address,))


def test_addresses_beyond_ascii() -> None:
    with run_smtp_sink() as sink:
        MailSender(server(sink.port)).send(
            answer(), Route("receipts@example.com", ("m\u00fcller@example.com",))
        )
    assert sink.mails[0].recipients == ["m\u00fcller@example.com"]


def test_a_server_away_or_silent_is_worth_another_try() -> None:
    with pytest.raises(UnreachableError, match="cannot reach"):
        MailSender(server(free_port())).check()
    with socket.create_server((HOST, 0)) as silent:
        started = time.monotonic()
        with pytest.raises(UnreachableError, match=r"in time|timed out"):
            MailSender(server(silent.getsockname()[1], connect_timeout_s=1.0, read_timeout_s=1.0)).check()
        assert time.monotonic() - started < 3


def test_a_server_that_hangs_up_in_the_middle_is_worth_another_try() -> None:
    with socket.create_server((HOST, 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"220 hello\r\n")
                for line in connection.makefile("rb"):
                    if line.startswith(b"DATA"):
                        return
                    connection.sendall(b"250 fine\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with pytest.raises(UnreachableError, match="broke while sending"):
            MailSender(server(listener.getsockname()[1])).send(answer(), TO_MAYA)
        thread.join(10)
