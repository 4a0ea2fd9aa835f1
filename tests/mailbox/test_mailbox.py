"""The mailbox process on real servers: every mail is taken once, whatever happens on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ingest.email.imap import TAKEN_KEYWORD
from pipeline.clock import utc_now
from pipeline.mailbox import message_key, run_mailboxes
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.wiring import build
from receipts.database.repositories.leases import Leases
from receipts.errors import TransientError
from tests.support.cutting_proxy import run_cutting_proxy
from tests.support.imap_server import ImapServer

MAIL = b"From: maya@example.com\r\nSubject: %s\r\n\r\nTotal 15.90\r\n"


def mails(*subjects: str) -> list[bytes]:
    return [MAIL % subject.encode() for subject in subjects]


def until(true: Callable[[], bool], within_s: float = 45.0) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


class Running:
    """A mailbox's loop in a thread of its own."""

    def __init__(self, work: Any) -> None:
        self.stop = threading.Event()
        self.errors: list[BaseException] = []
        self.thread = threading.Thread(target=self._run, args=(work,))

    def _run(self, work: Any) -> None:
        try:
            work.run(self.stop)
        except BaseException as error:  # noqa: BLE001  (shown below, in the test's own thread)
            self.errors.append(error)

    def __enter__(self) -> Running:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(15)
        assert not self.thread.is_alive(), "it does not stop when told"
        assert self.errors == []


def test_waiting_mail_is_stored_then_flagged(office: Any, imap_server: ImapServer) -> None:
    sent = mails("one", "two", "three")
    imap_server.append(sent)
    taken = office.work().once()
    assert taken.new == 3
    assert sorted(office.stored()) == sorted(sent)
    assert office.bells() == 3
    flag = TAKEN_KEYWORD.encode() if imap_server.keywords else rb"\Seen"
    assert all(flag in flags for flags in imap_server.flags().values())
    again = office.work().once()
    assert (again.new, again.failed) == (0, 0)
    assert len(office.stored()) == 3
    assert office.bells() == 3


def test_taken_mail_is_moved_where_so_set(office: Any, imap_server: ImapServer) -> None:
    imap_server.append(mails("one", "two"))
    office.work(done_folder="Taken").once()
    assert imap_server.subjects() == []
    assert sorted(imap_server.subjects("Taken")) == ["one", "two"] == office.subjects()


def test_mail_that_a_person_opened_first_is_taken_too(office: Any, imap_server: ImapServer) -> None:
    imap_server.append(mails("one", "two"))
    with imap_server.client() as person:
        person.add_flags(person.search("ALL"), [rb"\Seen"])
    office.work().once()
    assert office.subjects() == ["one", "two"]


def test_new_mail_is_taken_at_once(office: Any, imap_server: ImapServer) -> None:
    imap_server.append(mails("there before"))
    with Running(office.work()):
        until(lambda: office.subjects() == ["there before"])
        time.sleep(1.5)  # it waits by IDLE now
        sent_at = time.monotonic()
        imap_server.append(mails("new"))
        until(lambda: len(office.stored()) == 2)
        took_s = time.monotonic() - sent_at
    print(f"\n{imap_server.name}: taken {took_s * 1000:.0f} ms after it came")
    assert office.rows("SELECT count(*) FROM heartbeats WHERE name LIKE 'mailbox:%'")[0][0] == 1


def test_without_idle_it_is_polled(office: Any, imap_server: ImapServer) -> None:
    with Running(office.work(idle=False, poll_s=0.2)):
        time.sleep(1)
        imap_server.append(mails("new"))
        until(lambda: office.stored() != [], 10)
    assert office.subjects() == ["new"]


def test_the_folder_numbered_anew_gives_nothing_twice(office: Any, imap_server: ImapServer) -> None:
    """UIDVALIDITY changes when a folder is made anew, as after a restore from a backup."""
    with imap_server.client(None) as client:
        client.create_folder("Receipts")
        before = client.select_folder("Receipts")[b"UIDVALIDITY"]
    old = mails("one", "two", "three")
    imap_server.append(old, "Receipts")
    assert office.work(folder="Receipts").once().new == 3
    time.sleep(1.1)  # the new number is made of the second
    with imap_server.client(None) as client:
        client.delete_folder("Receipts")
        client.create_folder("Receipts")
        assert client.select_folder("Receipts")[b"UIDVALIDITY"] != before
    imap_server.append([*mails("four"), *old], "Receipts")
    taken = office.work(folder="Receipts").once()
    assert (taken.new, taken.known_before, taken.failed) == (1, 3, 0)
    assert office.subjects() == ["four", "one", "three", "two"]
    assert office.bells() == 4
    assert office.work(folder="Receipts").once().new == 0


def test_a_folder_made_anew_while_we_watch(office: Any, imap_server: ImapServer) -> None:
    with imap_server.client(None) as client:
        client.create_folder("Receipts")
    imap_server.append(mails("one"), "Receipts")
    with Running(office.work(folder="Receipts", idle=False, poll_s=0.2)):
        until(lambda: office.subjects() == ["one"])
        time.sleep(1.1)
        with imap_server.client(None) as client:
            client.delete_folder("Receipts")
            client.create_folder("Receipts")
        imap_server.append(mails("one", "two"), "Receipts")
        until(lambda: office.subjects() == ["one", "two"])
    assert office.bells() == 2


def test_a_mail_too_large_is_kept_by_its_head(office: Any, imap_server: ImapServer) -> None:
    large = MAIL % b"large" + b"x" * 70 + b"\r\n" + b"y" * 20_000 + b"\r\n"
    imap_server.append([*mails("small"), large])
    taken = office.work(max_message_bytes=10_000).once()
    assert (taken.new, taken.oversized, taken.failed) == (1, 1, 0)
    assert office.rows("SELECT whole, size_bytes FROM inbound_messages WHERE size_bytes > 10000") == [
        (0, len(large))
    ]
    assert all(flags for flags in imap_server.flags().values())
    assert office.work(max_message_bytes=10_000).once().oversized == 0


def test_the_server_breaks_off_in_the_middle_again_and_again(office: Any, imap_server: ImapServer) -> None:
    sent = [MAIL % b"%d" % number + b"0123456789abcdef" * 20_000 + b"\r\n" for number in range(4)]
    imap_server.append(sent)
    cuts = [300, 2_000, 50_000, 300_000, 400_000, 700_000]
    with run_cutting_proxy(imap_server.port, cuts) as proxy:
        with Running(office.work(imap_port=proxy.port)):
            until(lambda: len(office.stored()) == 4, 90)
            until(lambda: all(imap_server.flags().values()), 30)
        print(f"\n{imap_server.name}: {proxy.broken} breaks, {proxy.connections} connections")
        assert proxy.broken >= 4
    assert sorted(office.stored()) == sorted(sent)
    assert office.bells() == 4


def test_one_mail_that_breaks_every_connection_stops_no_other(office: Any, imap_server: ImapServer) -> None:
    imap_server.append(mails("one", "two", "PLAGUE", "four", "five"))
    with run_cutting_proxy(imap_server.port, []) as proxy:
        proxy.poison = b"PLAGUE"
        with Running(office.work(imap_port=proxy.port)):
            until(lambda: office.subjects() == ["five", "four", "one", "two"])
            imap_server.append(mails("six"))
            until(lambda: "six" in office.subjects())
            proxy.poison = b""
            until(lambda: "PLAGUE" in office.subjects(), 30)
    assert office.bells() == 6


def test_one_mail_that_the_server_cannot_read_is_flagged_for_people(
    office_at: Callable[[ImapServer], Any], dovecot_server: ImapServer
) -> None:
    dovecot_server.empty()
    dovecot_server.append(mails("one", "unreadable", "three"))
    assert dovecot_server.files is not None
    files = [path for part in ("new", "cur") for path in (dovecot_server.files / part).iterdir()]
    spoiled = next(path for path in files if b"unreadable" in path.read_bytes())
    spoiled.chmod(0)
    office = office_at(dovecot_server)
    with Running(office.work(message_again_s=0.05)):
        until(lambda: office.subjects() == ["one", "three"])
        until(lambda: any(rb"\Flagged" in flags for flags in dovecot_server.flags().values()), 30)
        dovecot_server.append(mails("four"))
        until(lambda: "four" in office.subjects())
        (flagged,) = (
            path for path in (dovecot_server.files / "cur").iterdir() if not path.stat().st_mode & 0o777
        )
        flagged.chmod(0o644)
        until(lambda: "unreadable" in office.subjects(), 60)


def test_the_connection_lost_while_waiting_is_made_anew(office: Any, imap_server: ImapServer) -> None:
    with run_cutting_proxy(imap_server.port, []) as proxy, Running(office.work(imap_port=proxy.port)):
        until(lambda: proxy.connections == 1)
        time.sleep(1.5)
        proxy.hang_up()
        imap_server.append(mails("meanwhile"))
        until(lambda: office.subjects() == ["meanwhile"])
        assert proxy.connections == 2


def test_a_mailbox_in_trouble_stops_no_other(
    office_at: Callable[[ImapServer], Any], pymap_server: ImapServer
) -> None:
    pymap_server.empty()
    pymap_server.append(mails("one"))
    office = office_at(pymap_server)
    path = office.channels_file()
    text = path.read_text()
    path.write_text(
        text
        + text.replace(f"[program.{SAMPLE_PROGRAM.id}.", "[program.other.")
        .replace("127.0.0.1", "127.0.0.9")
        .replace("receipts@example.com", "others@example.com")
    )
    wiring = build(office.wiring.settings.model_copy(update={"channels_file": path}))
    stop = threading.Event()
    thread = threading.Thread(target=run_mailboxes, args=(wiring, stop))
    thread.start()
    until(lambda: office.subjects() == ["one"])
    stop.set()
    thread.join(15)
    assert not thread.is_alive()
    wiring.close()


def test_a_mail_deleted_while_it_is_fetched_is_passed_over(office: Any, imap_server: ImapServer) -> None:
    sent = [MAIL % b"%d" % number + b"0123456789abcdef" * 10_000 for number in range(30)]
    imap_server.append(sent)
    deleted = threading.Event()

    def delete_every_other() -> None:
        with imap_server.client() as client:
            for uid in client.search("ALL")[::-2]:
                client.delete_messages([uid])
                client.expunge()
        deleted.set()

    thread = threading.Thread(target=delete_every_other)
    thread.start()
    with Running(office.work()):
        deleted.wait(30)
        until(lambda: all(imap_server.flags().values()))
    thread.join()
    with imap_server.client() as client:
        kept = [client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"] for uid in client.search("ALL")]
    stored = office.stored()
    assert len(kept) == 15
    assert set(kept) <= set(stored) <= set(sent)
    assert len(stored) == len(set(stored)) == office.bells()


def test_broken_mails_are_each_taken_once(office: Any, imap_server: ImapServer, shared_data: Path) -> None:
    folder = shared_data / "receipts" / "emails" / "mime"
    broken = [path.read_bytes() for path in sorted(folder.glob("*.eml"))]
    refused = 0
    with imap_server.client(None) as client:
        for raw in broken:
            try:
                client.append("INBOX", raw)
            except client.Error:
                refused += 1
    with imap_server.client() as client:
        there = [client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"] for uid in client.search("ALL")]
    taken = office.work().once()
    print(f"\n{imap_server.name}: {len(broken)} mails, {refused} refused by the server, {taken}")
    assert len(there) == len(broken) - refused >= 100
    assert taken.failed == 0
    assert set(office.stored()) == set(there)
    assert len(office.stored()) == len(set(there)) == taken.new
    assert office.work().once().new == 0


def test_two_offices_do_not_fight_over_one_mailbox(office: Any, imap_server: ImapServer) -> None:
    imap_server.append(mails(*map(str, range(20))))
    with Running(office.work(lease_s=3.0)), Running(office.work(lease_s=3.0)):
        until(lambda: len(office.stored()) == 20)
        with pytest.raises(TransientError, match="another process works on this mailbox"):
            office.work(lease_s=3.0).once()
        imap_server.append(mails(*map(str, range(20, 40))))
        until(lambda: len(office.stored()) == 40)
        until(lambda: all(imap_server.flags().values()))
    assert office.bells() == 40
    assert office.rows("SELECT count(*) FROM leases")[0][0] == 0, "given back when stopped"


def test_a_lost_lease_stops_the_work_at_once(office: Any, imap_server: ImapServer) -> None:
    with Running(office.work(lease_s=1.0)):
        until(lambda: office.rows("SELECT count(*) FROM leases")[0][0] == 1)
        with office.wiring.database.write() as session:
            session.execute(text("UPDATE leases SET owner = 'another', until = '2100-01-01 00:00:00'"))
        time.sleep(2)
        imap_server.append(mails("not ours to take"))
        time.sleep(1.5)
        assert office.stored() == []


def test_a_dead_processs_lease_is_waited_for_and_taken_over(office: Any, imap_server: ImapServer) -> None:
    imap_server.append(mails("waiting"))
    with Running(office.work(lease_s=60.0)):
        until(lambda: office.subjects() == ["waiting"])
        ((name,),) = office.rows("SELECT name FROM leases")
    runs_out = utc_now() + timedelta(seconds=2)
    with office.wiring.database.write() as session:
        assert Leases(session, runs_out - timedelta(seconds=90)).take(name, "dead", 90.0)
    imap_server.append(mails("later"))
    with Running(office.work(lease_s=5.0)):
        until(lambda: len(office.stored()) == 2)
        ((taken_at,),) = office.rows("SELECT max(received_at) FROM inbound_messages")
    assert str(taken_at) >= str(runs_out.replace(tzinfo=None))


def test_each_mailbox_has_its_own_keys() -> None:
    keys = {
        message_key(account, folder, validity, uid)
        for account in ("a@one:993", "a@two:993")
        for folder in ("INBOX", "x" * 700, "x" * 701)
        for validity in (1, 2)
        for uid in (1, 11)
    }
    assert len(keys) == 24
    assert max(map(len, keys)) < 400
