"""Our IMAP client against real servers."""

from __future__ import annotations

import io
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingest.email.connection import PasswordLogin, Security
from ingest.email.imap import TAKEN_KEYWORD, Fetched, Mailbox, Waiting
from ingest.email.trouble import (
    MailboxError,
    NoIdleError,
    NoSuchFolderError,
    TlsError,
    UnreachableError,
    WrongPasswordError,
)
from tests.support.dovecot_server import NO_IDLE, NOT_EVEN_MOVE, run_dovecot
from tests.support.imap_server import HOST, USER, ImapServer, free_port
from tests.support.pymap_server import run_pymap

MAIL = b"From: maya@example.com\r\nSubject: %s\r\n\r\nTotal 15.90\r\n"
MEGABYTE = 1_000_000


def size_of(mailbox: Mailbox, uid: int) -> int:
    summary = mailbox.summaries([uid]).get(uid)
    return 0 if summary is None else summary.size_bytes


def fetched(mailbox: Mailbox, uid: int, max_bytes: int = 50 * MEGABYTE) -> tuple[Fetched, bytes]:
    into = io.BytesIO()
    end = mailbox.fetch(uid, into, size_bytes=size_of(mailbox, uid), max_bytes=max_bytes)
    return end, into.getvalue()


def test_a_message_comes_out_byte_for_byte_and_unmarked(imap_server: ImapServer) -> None:
    raw = MAIL % b"one" + bytes(range(32, 127)) * 3 + b"\r\n" + "Gr\u00fc\u00dfe".encode("latin-1") + b"\r\n"
    imap_server.append([raw])
    with Mailbox(imap_server.account) as mailbox:
        folder = mailbox.select("INBOX")
        (uid,) = mailbox.waiting(Waiting.ALL)
        assert size_of(mailbox, uid) == len(raw)
        assert fetched(mailbox, uid) == (Fetched.WHOLE, raw)
        assert mailbox.head(uid) == b"From: maya@example.com\r\nSubject: one\r\n\r\n"
    assert folder.uidvalidity > 0
    assert folder.keywords is imap_server.keywords
    assert imap_server.flags() == {uid: set()}


@pytest.mark.parametrize("size", [999_999, 1_000_000, 1_000_001, 3_500_000])
def test_sizes_around_the_part(imap_server: ImapServer, size: int) -> None:
    head = MAIL % b"large"
    raw = head + b"0123456789abcde\r\n" * ((size - len(head)) // 17)
    raw += b"x" * (size - len(raw) - 2) + b"\r\n"
    imap_server.append([raw])
    with Mailbox(imap_server.account) as mailbox:
        mailbox.select("INBOX")
        (uid,) = mailbox.waiting(Waiting.ALL)
        assert fetched(mailbox, uid) == (Fetched.WHOLE, raw)
        assert fetched(mailbox, uid, max_bytes=size - 1)[0] is Fetched.TOO_LARGE


def test_marked_messages_wait_no_more(imap_server: ImapServer) -> None:
    imap_server.append([MAIL % str(n).encode() for n in range(3)])
    which = Waiting.UNMARKED if imap_server.keywords else Waiting.UNSEEN
    with Mailbox(imap_server.account) as mailbox:
        folder = mailbox.select("INBOX")
        first, *others = mailbox.waiting(which)
        mailbox.mark([first], keyword=folder.keywords)
        assert list(mailbox.waiting(which)) == others
        assert list(mailbox.waiting(which, from_uid=others[1])) == others[1:]
    expected = {rb"\Seen", TAKEN_KEYWORD.encode()} if imap_server.keywords else {rb"\Seen"}
    assert imap_server.flags()[first] == expected


def test_what_a_person_has_read_still_waits_where_keywords_are(dovecot_server: ImapServer) -> None:
    dovecot_server.empty()
    dovecot_server.append([MAIL % b"read by a person"])
    with dovecot_server.client() as person:
        person.add_flags(person.search("ALL"), [rb"\Seen"])
    with Mailbox(dovecot_server.account) as mailbox:
        mailbox.select("INBOX")
        assert len(list(mailbox.waiting(Waiting.UNMARKED))) == 1


def test_moved_messages_are_in_the_other_folder(imap_server: ImapServer) -> None:
    imap_server.append([MAIL % b"stays", MAIL % b"goes"])
    with Mailbox(imap_server.account) as mailbox:
        mailbox.ensure_folder("Taken in \u00fc")
        mailbox.ensure_folder("Taken in \u00fc")
        mailbox.select("INBOX")
        stays, goes = mailbox.waiting(Waiting.ALL)
        mailbox.move([goes], "Taken in \u00fc")
        assert list(mailbox.waiting(Waiting.ALL)) == [stays]
    assert imap_server.subjects() == ["stays"]
    assert imap_server.subjects("Taken in \u00fc") == ["goes"]


def test_a_server_that_cannot_move_copies_and_marks_deleted() -> None:
    with run_dovecot(more=NOT_EVEN_MOVE) as server:
        server.append([MAIL % b"stays", MAIL % b"goes"])
        with Mailbox(server.account) as mailbox:
            assert not mailbox.has_move
            mailbox.ensure_folder("Done")
            mailbox.select("INBOX")
            stays, goes = mailbox.waiting(Waiting.ALL)
            mailbox.move([goes], "Done")
            assert list(mailbox.waiting(Waiting.ALL)) == [stays]
        assert server.subjects("Done") == ["goes"]
        assert server.flags()[goes] >= {rb"\Deleted"}, "a bare EXPUNGE would remove others' mail too"


def test_a_message_deleted_under_our_hands_is_gone(imap_server: ImapServer) -> None:
    imap_server.append([MAIL % b"first", MAIL % b"second" + b"x" * 3 * MEGABYTE])
    with Mailbox(imap_server.account) as mailbox:
        mailbox.select("INBOX")
        first, second = mailbox.waiting(Waiting.ALL)
        size = size_of(mailbox, second)

        def somebody_deletes_it() -> None:
            with imap_server.client() as client:
                client.delete_messages([second])
                client.expunge()

        into = io.BytesIO()
        end = mailbox.fetch(
            second, into, size_bytes=size, max_bytes=9 * MEGABYTE, between=somebody_deletes_it
        )
        assert end is Fetched.GONE or (end is Fetched.WHOLE and len(into.getvalue()) == size)
        assert fetched(mailbox, second)[0] is Fetched.GONE
        assert mailbox.head(second) is None
        assert mailbox.summaries([first, second]).keys() == {first}
        assert fetched(mailbox, first)[0] is Fetched.WHOLE
        assert fetched(mailbox, 4_000_000_000)[0] is Fetched.GONE


def test_news_wakes_us_at_once(imap_server: ImapServer) -> None:
    with Mailbox(imap_server.account) as mailbox:
        mailbox.select("INBOX")
        assert list(mailbox.waiting(Waiting.ALL)) == []
        sent_at: list[float] = []

        def send() -> None:
            time.sleep(0.7)
            sent_at.append(time.monotonic())
            imap_server.append([MAIL % b"news"])

        thread = threading.Thread(target=send)
        thread.start()
        assert mailbox.wait(15, lambda: False)
        woke_s = time.monotonic() - sent_at[0]
        thread.join()
        assert len(list(mailbox.waiting(Waiting.ALL))) == 1
    print(f"\n{imap_server.name}: awake {woke_s * 1000:.0f} ms after the mail came")
    assert woke_s < 5


def test_mail_that_came_before_the_wait_wakes_us_too(dovecot_server: ImapServer) -> None:
    """Dovecot tells of it along with its consent; pymap tells of nothing older than the wait."""
    dovecot_server.empty()
    with Mailbox(dovecot_server.account) as mailbox:
        mailbox.select("INBOX")
        assert list(mailbox.waiting(Waiting.ALL)) == []
        dovecot_server.append([MAIL % b"between the search and the wait"])
        started = time.monotonic()
        mailbox.wait(20, lambda: False)
        assert time.monotonic() - started < 10
        assert len(list(mailbox.waiting(Waiting.ALL))) == 1


def test_a_wait_ends_when_told_and_when_its_time_is_over(imap_server: ImapServer) -> None:
    with Mailbox(imap_server.account) as mailbox:
        mailbox.select("INBOX")
        started = time.monotonic()
        mailbox.wait(30, lambda: True)
        mailbox.wait(0.5, lambda: False)
        assert time.monotonic() - started < 8
        assert list(mailbox.waiting(Waiting.ALL)) == [], "the connection is still good for commands"


@pytest.mark.parametrize("kind", ["pymap", "dovecot"])
def test_a_server_without_idle_is_told_apart(kind: str, tmp_path: Path) -> None:
    run = run_pymap(tmp_path, idle=False) if kind == "pymap" else run_dovecot(more=NO_IDLE)
    with run as server, Mailbox(server.account) as mailbox:
        mailbox.select("INBOX")
        assert not mailbox.has_idle
        with pytest.raises(NoIdleError, match="no IDLE"):
            mailbox.wait(5, lambda: False)
        server.append([MAIL % b"polled"])
        assert len(list(mailbox.waiting(Waiting.ALL))) == 1


def test_a_wrong_password_says_so(imap_server: ImapServer) -> None:
    wrong = imap_server.account_with(login=PasswordLogin(USER, "wrong"))
    with pytest.raises(WrongPasswordError, match="app password") as caught:
        Mailbox(wrong)
    assert USER in str(caught.value)
    assert "wrong" not in str(caught.value)


def test_a_password_may_hold_any_letters() -> None:
    with run_dovecot() as server, pytest.raises(WrongPasswordError):
        Mailbox(server.account_with(login=PasswordLogin(USER, "pa\u00dfw\u00f6rter \u2713")))


def test_a_missing_folder_names_those_there_are(imap_server: ImapServer) -> None:
    with imap_server.client(None) as client:
        client.create_folder("Receipts")
    with (
        Mailbox(imap_server.account) as mailbox,
        pytest.raises(NoSuchFolderError, match=r"'Reciepts'.*Receipts"),
    ):
        mailbox.select("Reciepts")


def test_an_unencrypted_connection_is_refused_but_to_this_machine(imap_server: ImapServer) -> None:
    with pytest.raises(TlsError, match="without encryption"):
        Mailbox(imap_server.account_with(host="mail.example.com"))


def over_tls(server: ImapServer, security: Security, **changes: Any) -> Any:
    port = server.tls_port if security is Security.TLS else server.port
    return replace(
        server.account, host="localhost", port=port, security=security, ca_file=server.certificate, **changes
    )


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_dovecot_over_tls(dovecot_server: ImapServer, security: Security) -> None:
    dovecot_server.empty()
    raw = MAIL % b"over TLS" + b"line of twenty chars\r\n" * 150_000
    dovecot_server.append([raw])
    with Mailbox(over_tls(dovecot_server, security)) as mailbox:
        mailbox.select("INBOX")
        (uid,) = mailbox.waiting(Waiting.ALL)
        assert fetched(mailbox, uid) == (Fetched.WHOLE, raw)
        timer = threading.Timer(1.2, dovecot_server.append, [[MAIL % b"second"]])
        timer.start()
        started = time.monotonic()
        assert mailbox.wait(20, lambda: False)
        assert time.monotonic() - started < 10
        timer.join()
        assert len(list(mailbox.waiting(Waiting.ALL))) == 2


def test_pymap_over_starttls(tmp_path: Path) -> None:
    with (
        run_pymap(tmp_path, starttls=True) as server,
        Mailbox(over_tls(server, Security.STARTTLS)) as mailbox,
    ):
        assert mailbox.select("INBOX").messages == 0


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_tls_trouble_says_what_to_do(dovecot_server: ImapServer, security: Security) -> None:
    good = over_tls(dovecot_server, security)
    with pytest.raises(TlsError, match="name its certificate as the CA file"):
        Mailbox(replace(good, ca_file=None))
    with pytest.raises(TlsError, match="use the name that the certificate is for"):
        Mailbox(replace(good, host=HOST))
    other_port = dovecot_server.port if security is Security.TLS else dovecot_server.tls_port
    with pytest.raises(MailboxError, match=r"993|in time|broke"):
        Mailbox(replace(good, port=other_port, connect_timeout_s=3, read_timeout_s=3))
    with pytest.raises(TlsError, match="PEM"):
        Mailbox(replace(good, ca_file=Path(__file__)))


def test_a_server_without_starttls_says_so(pymap_server: ImapServer) -> None:
    with pytest.raises(TlsError, match="does not offer STARTTLS"):
        Mailbox(pymap_server.account_with(security=Security.STARTTLS))


def test_a_server_that_is_away_is_worth_another_try() -> None:
    server = ImapServer("nobody", free_port(), None, keywords=False)  # type: ignore[arg-type]
    with pytest.raises(UnreachableError, match="cannot reach"):
        Mailbox(server.account)
    with pytest.raises(UnreachableError, match="cannot reach"):
        Mailbox(server.account_with(host="no-such-host.invalid", allow_unencrypted=True))
