"""One message that two processes store at one moment is one message, on PostgreSQL too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.inbound import Received, receive_mails, receive_text, store_mail
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.settings import Settings
from pipeline.wiring import Wiring, build
from receipts.database.repositories.inbound import Inbound, NewInbound
from receipts.inbound import Via
from tests.support.ready import make_ready

NUMBER, SENDER, SID = "+12125550110", "+12025550111", "MM" + "1" * 32


@pytest.fixture
def wiring(tmp_path: Path, database_url: str) -> Iterator[Wiring]:
    built = build(Settings(data_dir=tmp_path / "data", database_url=database_url))
    make_ready(built)
    yield built
    built.close()


def test_a_text_and_its_fallback_call_at_one_moment_are_one(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fallback's form has ErrorCode and ErrorUrl more: other bytes, and the same message."""
    both_looked = threading.Barrier(2)
    first_look = threading.local()
    known = Inbound.known

    def known_by_both(self: Inbound, keys: list[str]) -> object:
        found = known(self, keys)
        if not getattr(first_look, "done", False) and not wiring.database.is_sqlite:
            first_look.done = True
            both_looked.wait(10)
        return found

    monkeypatch.setattr(Inbound, "known", known_by_both)
    received: list[Received] = []

    def receive(**more: str) -> None:
        form = {"MessageSid": SID, "From": SENDER, "To": NUMBER, **more}
        received.append(
            receive_text(
                wiring,
                program_id=SAMPLE_PROGRAM.id,
                via=Via.SMS,
                sender=SENDER,
                recipient=NUMBER,
                message_sid=SID,
                token=None,
                form=form,
            )
        )

    calls = [threading.Thread(target=receive, kwargs=more) for more in ({}, {"ErrorCode": "11200"})]
    for call in calls:
        call.start()
    for call in calls:
        call.join(30)
    assert sorted(each.created for each in received) == [False, True]
    assert len({each.inbound_id for each in received}) == 1
    with wiring.database.read() as session:
        for table in ("inbound_messages", "inbound_keys", "outbox"):
            assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 1, table


def test_mails_taken_together_are_each_taken_once(wiring: Wiring, tmp_path: Path) -> None:
    """Known by key, known by bytes, twice among themselves: one message each, and one bell."""

    def stored(key: str, words: bytes) -> NewInbound:
        raw = tmp_path / "mail.eml"
        raw.write_bytes(words)
        return store_mail(wiring.store, key=key, mailbox="box", raw=raw)

    def receive(*mails: NewInbound) -> list[Received]:
        return receive_mails(wiring, program_id=SAMPLE_PROGRAM.id, mails=mails)

    (old,) = receive(stored("1", b"old"))
    together = receive(
        stored("1", b"old"), stored("2", b"old"), stored("3", b"new"), stored("4", b"new"), stored("5", b"x")
    )
    assert [each.created for each in together] == [False, False, True, False, True]
    assert together[0].inbound_id == together[1].inbound_id == old.inbound_id
    assert together[2].inbound_id == together[3].inbound_id != together[4].inbound_id
    assert [each.created for each in receive(stored("2", b"old"), stored("4", b"new"))] == [False, False]
    with wiring.database.read() as session:
        for table, count in (("inbound_messages", 3), ("inbound_keys", 5), ("outbox", 3)):
            assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar() == count, table
