"""Kill -9 while a mail is taken in and while it is answered: one submission, one answer, nothing lost.

`pytest tests/journeys/test_door_crashes.py -s` prints the account.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.answers.rest import tell_when_at_rest
from pipeline.clock import utc_now
from pipeline.sample import MAYA, SAMPLE_PROGRAM
from pipeline.settings import Settings
from pipeline.wiring import build
from receipts.identity import InboundId, SubmissionId
from tests.pipeline.conftest import OATS, e_receipt
from tests.support.doors import Doors, channels_toml, mail, write_settings_files
from tests.support.killed_doors import DELIVER_POINTS, TAKE_IN_POINTS
from tests.support.nursery import Nursery
from tests.support.ready import make_ready
from tests.support.signing import Key, records, rsa_key, signed
from tests.support.smtp_sink import run_smtp_sink

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LEASE_S = 60
"""Long enough for a slow machine; a dead worker's runs out when a test says so. `test_serve` waits for it."""


@dataclass
class Post(Doors):
    """The doors, with processes that can be killed."""

    key: Key = None  # type: ignore[assignment]

    def killed(self, nursery: Nursery, point: str, *what: str) -> bool:
        settings = self.wiring.settings
        environment = {
            "TILLPOINTS_DATA_DIR": str(settings.data_dir),
            "TILLPOINTS_DATABASE_URL": settings.database_url,
            "TILLPOINTS_CHANNELS_FILE": str(settings.channels_file),
            "TILLPOINTS_DNS_FILE": str(settings.dns_file),
            "TILLPOINTS_LEASE_S": str(LEASE_S),
            "TILLPOINTS_STAGE_TIMEOUT_S": str(LEASE_S - 1),
            "TILLPOINTS_LOG_LEVEL": "ERROR",
        }
        return nursery.run(environment, point, *what) == -signal.SIGKILL

    def dead_leases_run_out(self) -> None:
        with self.wiring.database.write() as session:
            for table in ("inbound_messages", "outgoing_messages"):
                over = f"UPDATE {table} SET lease_until = '2020-01-01 00:00:00'"
                session.execute(text(f"{over} WHERE lease_until IS NOT NULL"))

    def send(self, name: str) -> InboundId:
        attached = ((e_receipt(name, OATS), "application/pdf", "receipt.pdf"),)
        return self.arrive(signed(mail(MAYA.email, subject=name, attached=attached), self.key)).inbound_id


@pytest.fixture
def post(tmp_path: Path, database_url: str) -> Iterator[Post]:
    key = rsa_key("example.com")
    with run_smtp_sink() as sink:
        channels, dns = write_settings_files(tmp_path, channels_toml(smtp_port=sink.port), records(key))
        settings = Settings(
            data_dir=tmp_path / "data",
            database_url=database_url,
            channels_file=channels,
            dns_file=dns,
            lease_s=LEASE_S,
            stage_timeout_s=LEASE_S - 1,
        )
        wiring = build(settings)
        make_ready(wiring)
        post = Post(wiring, tmp_path, sink, key)
        yield post
        wiring.close()


def test_a_worker_killed_while_it_takes_a_mail_in(post: Post, nursery: Nursery) -> None:
    for point in TAKE_IN_POINTS:
        inbound = post.send(point)
        assert post.killed(nursery, point, "take_in", inbound), f"{point} was never reached"
        post.dead_leases_run_out()
        post.work()
    states = post.rows("SELECT state, count(*) FROM inbound_messages GROUP BY state")
    receipts = post.rows("SELECT state, count(*) FROM receipts GROUP BY state")
    print(f"\n{len(TAKE_IN_POINTS)} kills at {', '.join(TAKE_IN_POINTS)}: {receipts}")
    assert [tuple(row) for row in states] == [("taken", len(TAKE_IN_POINTS))]
    assert [tuple(row) for row in receipts] == [("awarded", len(TAKE_IN_POINTS))]
    assert post.rows("SELECT count(*) FROM submissions")[0][0] == len(TAKE_IN_POINTS)
    assert len(post.sink.mails) == len(TAKE_IN_POINTS)


def test_a_worker_killed_while_it_answers(post: Post, nursery: Nursery) -> None:
    for point in DELIVER_POINTS:
        post.send(point)
        post.work_without_answers()
        (row,) = post.rows("SELECT id FROM outgoing_messages WHERE state = 'waiting'")
        assert post.killed(nursery, point, "deliver", row[0]), f"{point} was never reached"
        post.dead_leases_run_out()
        post.work()
    ids = [str(each.message["Message-ID"]) for each in post.sink.mails]
    kills = len(DELIVER_POINTS)
    print(f"\n{kills} kills at {', '.join(DELIVER_POINTS)}: {len(ids)} mails, {len(set(ids))} answers")
    assert len(set(ids)) == len(DELIVER_POINTS)
    # Only the one that was killed with the mail on its way has gone out twice, and is the same mail.
    assert len(ids) == len(DELIVER_POINTS) + 1
    assert post.rows("SELECT count(*) FROM outgoing_messages WHERE state = 'sent'")[0][0] == kills


def test_two_receipts_that_end_at_once_are_answered_once(post: Post) -> None:
    """Each of two workers must see the other's receipt, or nobody would tell the sender."""
    original = e_receipt("a pair, one", OATS), e_receipt("a pair, two", OATS)
    attached = tuple((data, "application/pdf", f"{n}.pdf") for n, data in enumerate(original))
    post.arrive(signed(mail(MAYA.email, attached=attached), post.key))
    post.work_without_answers()
    (submission,) = post.rows("SELECT id FROM submissions")
    with post.wiring.database.write() as session:
        session.execute(text("DELETE FROM outgoing_messages"))
        session.execute(text("UPDATE receipts SET state = 'screened'"))
    first, second = (row[0] for row in post.rows("SELECT id FROM receipts ORDER BY number"))
    both = threading.Barrier(2, timeout=20)

    def end(receipt: str) -> None:
        both.wait()
        with post.wiring.database.write() as session:
            session.execute(text("UPDATE receipts SET state = 'awarded' WHERE id = :id"), {"id": receipt})
            tell_when_at_rest(
                session,
                utc_now(),
                program_id=SAMPLE_PROGRAM.id,
                submission_id=SubmissionId(submission[0]),
            )
            time.sleep(0.3)

    threads = [threading.Thread(target=end, args=(each,)) for each in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert post.rows("SELECT count(*) FROM outgoing_messages WHERE kind = 'result'")[0][0] == 1
