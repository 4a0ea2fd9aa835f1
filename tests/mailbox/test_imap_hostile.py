"""Our IMAP client against servers that play it false: each answers by rote what its test says."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import threading
import time
from collections.abc import Callable

import pytest

from ingest.email.imap import Fetched, Mailbox, Waiting
from ingest.email.trouble import MailboxError, NoIdleError, ServerError, UnreachableError
from tests.support.imap_server import HOST, PASSWORD, ImapServer

MAIL = b"From: maya@example.com\r\nSubject: %s\r\n\r\nTotal 15.90\r\n"
MEGABYTE = 1_000_000


def size_of(mailbox: Mailbox, uid: int) -> int:
    return mailbox.summaries([uid])[uid].size_bytes


Script = Callable[[socket.socket], None]


def play(script: Script) -> tuple[int, threading.Thread, socket.socket]:
    listener = socket.create_server((HOST, 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, listener:
            connection.settimeout(10)
            with contextlib.suppress(OSError):
                script(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return listener.getsockname()[1], thread, listener


def answers(connection: socket.socket, replies: dict[bytes, bytes]) -> None:
    """Speak IMAP by rote: the first reply whose word is in the command, with TAG filled in."""
    connection.sendall(b"* OK hello\r\n")
    file = connection.makefile("rb")
    usual = {
        b"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n",
        b"LOGIN": b"TAG OK done\r\n",
        b"SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\nTAG OK [READ-WRITE] ok\r\n",
        b"NOOP": b"TAG OK done\r\n",
        b"SEARCH": b"* SEARCH 5\r\nTAG OK done\r\n",
        b"SIZE": b"* 1 FETCH (UID 5 RFC822.SIZE 10 FLAGS ())\r\nTAG OK done\r\n",
    }
    for line in file:
        tag = line.split()[0]
        reply = next(
            (text for word, text in {**replies, **usual, **replies}.items() if word in line.upper()),
            b"TAG BAD what\r\n",
        )
        connection.sendall(reply.replace(b"TAG", tag))


HOSTILE: dict[str, tuple[dict[bytes, bytes], type[MailboxError]]] = {
    "a literal of four gigabytes": (
        {b"BODY.PEEK": b"* 1 FETCH (UID 5 BODY[]<0> {4000000000}\r\n"},
        UnreachableError,
    ),
    "more than was asked for": (
        {
            b"BODY.PEEK": b"* 1 FETCH (UID 5 BODY[]<0> {2000000}\r\n"
            + b"x" * 2_000_000
            + b")\r\nTAG OK done\r\n"
        },
        ServerError,
    ),
    "endless lines": ({b"BODY.PEEK": b"* 1 EXISTS\r\n" * 400_000}, UnreachableError),
    "one endless line": ({b"BODY.PEEK": b"* " + b"x" * 5_000_000}, MailboxError),
    "a thousand brackets": (
        {b"BODY.PEEK": b"* 1 FETCH " + b"(" * 100_000 + b"\r\nTAG OK done\r\n"},
        ServerError,
    ),
    "no brackets at all": ({b"BODY.PEEK": b"* 1 FETCH 17\r\nTAG OK done\r\n"}, ServerError),
    "a number for a text": (
        {b"BODY.PEEK": b"* 1 FETCH (UID 5 BODY[]<0> 17)\r\nTAG OK done\r\n"},
        ServerError,
    ),
    "no text": ({b"BODY.PEEK": b"* 1 FETCH (UID 5 BODY[]<0> NIL)\r\nTAG OK done\r\n"}, ServerError),
    "a refusal": ({b"BODY.PEEK": b"TAG NO not today\r\n"}, ServerError),
    "words in place of numbers": ({b"SEARCH": b"* SEARCH five\r\nTAG OK done\r\n"}, ServerError),
    "no UIDVALIDITY": ({b"SELECT": b"* 1 EXISTS\r\nTAG OK done\r\n"}, ServerError),
    "goodbye": ({b"BODY.PEEK": b"* BYE shutting down\r\n"}, UnreachableError),
    "noise": ({b"BODY.PEEK": os.urandom(3000) + b"\r\n"}, MailboxError),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_server_is_bounded_and_named(case: str) -> None:
    replies, error = HOSTILE[case]
    port, thread, _ = play(lambda connection: answers(connection, replies))
    account = ImapServer("hostile", port, None, keywords=False).account  # type: ignore[arg-type]
    into = io.BytesIO()
    with pytest.raises(error) as caught, Mailbox(account) as mailbox:
        mailbox.select("INBOX")
        (uid,) = mailbox.waiting(Waiting.ALL)
        mailbox.fetch(uid, into, size_bytes=size_of(mailbox, uid), max_bytes=MEGABYTE)
    assert len(str(caught.value)) < 600
    assert len(into.getvalue()) <= MEGABYTE
    thread.join(10)


def test_a_server_that_promises_idle_and_refuses_it_is_polled_from_then_on() -> None:
    promise = {b"CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE\r\nTAG OK done\r\n"}
    port, thread, _ = play(lambda connection: answers(connection, promise))
    account = ImapServer("refusing", port, None, keywords=False).account  # type: ignore[arg-type]
    with Mailbox(account) as mailbox:
        mailbox.select("INBOX")
        assert mailbox.has_idle
        with pytest.raises(NoIdleError, match="refuses to wait"):
            mailbox.wait(5, lambda: False)
        assert not mailbox.has_idle
        assert list(mailbox.waiting(Waiting.ALL)) == [5]
    thread.join(10)


def test_short_parts_and_wrong_sizes_still_make_the_whole_message() -> None:
    raw = MAIL % b"in short parts" + b"abcdefgh" * 500

    def script(connection: socket.socket) -> None:
        connection.sendall(b"* OK hello\r\n")
        for line in connection.makefile("rb"):
            tag = line.split()[0]
            if b"BODY.PEEK" in line:
                offset = int(line.partition(b"<")[2].partition(b".")[0])
                part = raw[offset : offset + 777]
                connection.sendall(b"* 1 FETCH (UID 5 BODY[]<%d> {%d}\r\n%b)\r\n" % (offset, len(part), part))
            elif b"CAPABILITY" in line:
                connection.sendall(b"* CAPABILITY IMAP4rev1\r\n")
            elif b"SELECT" in line:
                connection.sendall(b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n")
            connection.sendall(tag + b" OK done\r\n")

    for told in (len(raw), 10, 3 * len(raw)):
        port, thread, _ = play(script)
        account = ImapServer("short", port, None, keywords=False).account  # type: ignore[arg-type]
        into = io.BytesIO()
        with Mailbox(account) as mailbox:
            mailbox.select("INBOX")
            assert mailbox.fetch(5, into, size_bytes=told, max_bytes=MEGABYTE) is Fetched.WHOLE
        thread.join(10)
        assert into.getvalue() == raw, f"told {told}"


def test_a_server_that_falls_silent_is_not_waited_for_for_ever() -> None:
    port, thread, _ = play(lambda connection: time.sleep(3))
    account = ImapServer("silent", port, None, keywords=False).account_with(  # type: ignore[arg-type]
        connect_timeout_s=1, read_timeout_s=1
    )
    started = time.monotonic()
    with pytest.raises(UnreachableError, match="in time"):
        Mailbox(account)
    assert time.monotonic() - started < 3
    thread.join(10)
    assert PASSWORD not in repr(account)


@pytest.mark.parametrize("before", [b"* 1 FETCH (UID 5 BODY[]<0> {900}\r\n", b"* 1 FETCH ("])
def test_a_server_that_drips_is_not_waited_for_for_ever(before: bytes) -> None:
    """Each byte comes in time; the answer would take an hour."""

    def script(connection: socket.socket) -> None:
        connection.sendall(b"* OK hello\r\n")
        for line in connection.makefile("rb"):
            tag = line.split()[0]
            if b"BODY.PEEK" in line:
                connection.sendall(before)
                for _ in range(900):
                    connection.sendall(b"x")
                    time.sleep(0.1)
            elif b"CAPABILITY" in line:
                connection.sendall(b"* CAPABILITY IMAP4rev1\r\n")
            elif b"SELECT" in line:
                connection.sendall(b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n")
            connection.sendall(tag + b" OK done\r\n")

    port, thread, _ = play(script)
    account = ImapServer("dripping", port, None, keywords=False).account_with(  # type: ignore[arg-type]
        connect_timeout_s=1, read_timeout_s=0.5
    )
    started = time.monotonic()
    with pytest.raises(UnreachableError, match="too long"), Mailbox(account) as mailbox:
        mailbox.select("INBOX")
        mailbox.fetch(5, io.BytesIO(), size_bytes=900, max_bytes=MEGABYTE)
    assert time.monotonic() - started < 10
    thread.join(10)


def test_numbers_far_apart_are_asked_for_at_once() -> None:
    """A span at a time, one message of this number would take 86,000 searches."""
    far = 2**32 - 1
    asked: list[bytes] = []
    found = b"* SEARCH %d\r\nTAG OK done\r\n" % far

    def script(connection: socket.socket) -> None:
        answers(connection, {b"SEARCH": found})

    port, thread, _ = play(script)
    account = ImapServer("far", port, None, keywords=False).account  # type: ignore[arg-type]
    with Mailbox(account) as mailbox:
        mailbox.select("INBOX")
        uids = mailbox.waiting(Waiting.ALL, between=lambda: asked.append(b"span"))
        assert next(uids) == far
    assert len(asked) == 1
    thread.join(10)


def test_a_number_beyond_all_numbers_is_refused() -> None:
    found = {b"SEARCH": b"* SEARCH 10000000000000000000\r\nTAG OK done\r\n"}
    port, thread, _ = play(lambda connection: answers(connection, found))
    account = ImapServer("beyond", port, None, keywords=False).account  # type: ignore[arg-type]
    with Mailbox(account) as mailbox:
        mailbox.select("INBOX")
        with pytest.raises(ServerError, match="beyond"):
            list(mailbox.waiting(Waiting.ALL))
    thread.join(10)


def test_a_connection_that_breaks_at_the_login_is_no_wrong_password() -> None:
    port, thread, _ = play(lambda connection: answers(connection, {b"LOGIN": b"* BYE too busy\r\n"}))
    account = ImapServer("busy", port, None, keywords=False).account  # type: ignore[arg-type]
    with pytest.raises(UnreachableError, match=r"too busy|broke"):
        Mailbox(account)
    thread.join(10)
