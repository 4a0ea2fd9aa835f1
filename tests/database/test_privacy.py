"""Erasing, retiring and sending back, as both databases do it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from receipts.database.dump import one_moment
from receipts.database.repositories.books import Books
from receipts.database.repositories.failures import Failures
from receipts.database.repositories.privacy import ERASED_NAME, Privacy
from receipts.database.repositories.programs import ProgramData
from receipts.database.repositories.retention import Retention, files_named, is_needed, removals_due
from receipts.database.tables import (
    AccountRow,
    LineFactRow,
    LineObjectionRow,
    MessageRow,
    ReceiptFactRow,
    ReceiptRow,
    ReceiptShotRow,
    ReviewCaseRow,
    ReviewEventRow,
    UploadPieceRow,
    UploadRow,
)
from receipts.identity import MemberId, Sha256
from receipts.message import MessageType
from tests.database.conftest import BYTES, NOW, World

TOLD = {
    "points": 30,
    "purchase": {"retailer": "Dollar Lantern", "receipt_number": "73963", "date": "2026-03-03"},
    "lines": [{"description": "OATS", "sku": "A", "points": 30}],
}


def test_messages_of_the_erased_forget_and_no_others_can(world: World) -> None:
    for member in (world.ann, world.bob):
        world.send(member)
        with world.database.write() as session:
            Books(session, world.mill, NOW).send(member, MessageType.RECEIPT_REJECTED, TOLD)
    with world.database.write() as session:
        session.execute(update(ReceiptRow).values(state="failed", failed_from="received"))
    with world.database.write() as session:
        privacy = Privacy(session, world.mill, NOW)
        assert privacy.lock(world.ann)
        erasure = privacy.erase(world.ann, asked_by=None)
        assert (erasure.receipts, erasure.asked_by, erasure.at) == (1, None, NOW)
    with world.database.write() as session:
        assert (
            Privacy(session, world.mill, NOW + timedelta(days=1)).erase(world.ann, asked_by=None) == erasure
        )
        told = dict(session.execute(select(MessageRow.member_id, MessageRow.data)).all())
        assert told[world.bob] == TOLD
        assert told[world.ann] == {
            "points": 30,
            "purchase": {"retailer": "", "receipt_number": "", "date": "2026-03-03"},
            "lines": [{"description": "", "sku": "A", "points": 30}],
        }
        assert ProgramData(session, world.mill).member_name(world.ann) == ERASED_NAME
        assert not ProgramData(session, world.mill).takes_part(world.ann)
        assert ProgramData(session, world.mill).takes_part(world.bob)
    for change in ({"data": {}}, {"type": "x"}):
        with pytest.raises(IntegrityError, match="only grows"), world.database.write() as session:
            session.execute(update(MessageRow).where(MessageRow.member_id == world.bob).values(**change))
    with pytest.raises(IntegrityError, match="only grows"), world.database.write() as session:
        session.execute(update(MessageRow).where(MessageRow.member_id == world.ann).values(sequence=9))
    for table in ("erasures", "messages"):
        with pytest.raises(IntegrityError, match="only grows"), world.database.write() as session:
            session.execute(text(f"DELETE FROM {table}"))


def test_a_file_is_needed_until_the_last_receipt_of_it_is_over(world: World) -> None:
    world.send(world.ann)
    world.send(world.eve, world.forge)
    later = NOW + timedelta(days=40)
    with world.database.write() as session:
        session.execute(update(ReceiptRow).values(state="declined"))
        retention = Retention(session, world.mill, later)
        assert retention.retire_files(before=NOW, limit=10) == 0
        assert retention.retire_files(before=later, limit=10) == 1
        assert retention.retire_files(before=later, limit=10) == 0
        assert removals_due(session, limit=10) == (BYTES,)
        assert is_needed(session, BYTES), "another program's"
        Retention(session, world.forge, later).retire_files(before=later, limit=10)
        assert not is_needed(session, BYTES)


FURTHER = Sha256("f" * 64)


def long_receipt(world: World, member: MemberId) -> str:
    """A receipt of two photos, and all that is kept beside it."""
    receipt, mill = world.send(member), world.mill
    account = f"acc_{member}"[:64]
    with world.database.write() as session:
        session.add(
            AccountRow(
                id=account,
                program_id=mill,
                member_id=member,
                role="member",
                email=f"{member}@example.org",
                name="A",
                password_hash="x",
                created_at=NOW,
            )
        )
        session.add(
            ReceiptShotRow(
                receipt_id=receipt,
                position=1,
                program_id=mill,
                file_name="ann-2.jpg",
                file_sha256=FURTHER,
                media_type="image/jpeg",
                size_bytes=10,
            )
        )
        session.flush()
        session.add(
            UploadRow(
                id=f"upl_{receipt}"[:64],
                program_id=mill,
                account_id=account,
                file_name="a.jpg",
                size_bytes=9,
                received_bytes=3,
                expires_at=NOW,
            )
        )
        session.add(
            LineObjectionRow(
                program_id=mill,
                member_id=member,
                receipt_id=receipt,
                position=0,
                text="It was oats",
                at=NOW,
            )
        )
        session.add(
            ReceiptFactRow(
                receipt_id=receipt,
                program_id=mill,
                member_id=member,
                seen_at=NOW,
                channel="upload",
                state="declined",
                by_person=True,
                received_on=NOW.date(),
                points=0,
                retailer_key="lantern",
                retailer="Lantern",
                currency="USD",
                own_minor=0,
                own_products=0,
            )
        )
        session.add(
            ReviewCaseRow(
                id=f"case_{receipt}"[:64],
                program_id=mill,
                receipt_id=receipt,
                reasons=[],
                would_pay=0,
                status="declined",
                opened_at=NOW,
                decided_at=NOW,
                decided_by=account,
                note="n",
            )
        )
        session.flush()
        session.add(UploadPieceRow(upload_id=f"upl_{receipt}"[:64], start=0, data=b"abc"))
        session.add(
            LineFactRow(
                receipt_id=receipt,
                position=0,
                program_id=mill,
                asks=False,
                near_ppm=0,
                print_key="oats",
                description="OATS",
                net_minor=1,
                quantity_milli=1000,
            )
        )
        session.add(
            ReviewEventRow(
                program_id=mill,
                case_id=f"case_{receipt}"[:64],
                account_id=account,
                kind="noted",
                detail={"note": "Ann called"},
                at=NOW,
            )
        )
        session.execute(update(ReceiptRow).values(state="declined"))
    return receipt


def test_a_further_photo_is_needed_as_long_as_its_receipt_keeps_files(world: World) -> None:
    long_receipt(world, world.ann)
    later = NOW + timedelta(days=40)
    with one_moment(world.database) as connection:
        assert set(files_named(connection)) == {BYTES, FURTHER}, "a backup takes both"
    with world.database.write() as session:
        assert is_needed(session, FURTHER)
        assert Retention(session, world.mill, later).retire_files(before=later, limit=10) == 1
        assert removals_due(session, limit=10) == tuple(sorted((BYTES, FURTHER)))
        assert not is_needed(session, FURTHER)
    with one_moment(world.database) as connection:
        assert set(files_named(connection)) == set()


KEPT_BESIDE = (ReceiptShotRow, UploadRow, UploadPieceRow, LineObjectionRow, ReceiptFactRow, LineFactRow)


def test_what_is_kept_beside_receipts_goes_with_the_member_and_nobody_elses(world: World) -> None:
    hers, his = long_receipt(world, world.ann), long_receipt(world, world.bob)
    later = NOW + timedelta(days=1)
    with world.database.write() as session:
        Privacy(session, world.mill, later).erase(world.ann, asked_by=None)
    with world.database.write() as session:
        for table in KEPT_BESIDE:
            (left,) = session.scalars(select(table))
            named = getattr(left, "receipt_id", None) or getattr(left, "upload_id", None) or left.id
            assert named in (his, f"upl_{his}"[:64]), table.__tablename__
        assert FURTHER in removals_due(session, limit=10)
        assert is_needed(session, FURTHER), "the same photo of another member"
        log = dict(session.execute(select(ReviewEventRow.case_id, ReviewEventRow.detail)).all())
        assert log == {f"case_{hers}"[:64]: {}, f"case_{his}"[:64]: {"note": "Ann called"}}
        changed = dict(session.execute(select(ReceiptRow.id, ReceiptRow.updated_at)).all())
        assert changed == {hers: later, his: NOW}, "the dashboard counts it anew"


def test_the_review_log_of_the_erased_forgets_and_no_other_can(world: World) -> None:
    for member in (world.ann, world.bob):
        long_receipt(world, member)
    with world.database.write() as session:
        Privacy(session, world.mill, NOW).erase(world.ann, asked_by=None)
    for change in (
        update(ReviewEventRow).where(ReviewEventRow.account_id == f"acc_{world.bob}").values(detail={}),
        update(ReviewEventRow).where(ReviewEventRow.account_id == f"acc_{world.ann}").values(kind="looked"),
        text("DELETE FROM review_events"),
    ):
        with pytest.raises(IntegrityError, match="only grows"), world.database.write() as session:
            session.execute(change)


def test_a_cause_is_sent_back_in_its_program_only(world: World) -> None:
    mine = [world.send(world.ann), world.send(world.bob)]
    theirs = world.send(world.eve, world.forge)
    with world.database.write() as session:
        session.execute(
            update(ReceiptRow).values(
                state="failed", failed_from="received", failure_kind="world", failure_cause="the store"
            )
        )
    with world.database.write() as session:
        failures = Failures(session, world.mill, NOW)
        (group,) = failures.groups()
        assert (group.count, group.cause, group.example) == (2, "the store", mine[0])
        assert failures.send_back(group, until=NOW, limit=1) == 1
        assert failures.send_back(group, until=NOW - timedelta(days=1), limit=9) == 0, "failed since"
        assert failures.send_back(None, until=NOW, limit=9) == 1
        states = dict(session.execute(select(ReceiptRow.id, ReceiptRow.state)).all())
    assert [states[each] for each in (*mine, theirs)] == ["received", "received", "failed"]
