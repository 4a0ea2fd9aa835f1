"""Tables and migrations are one, and values come back as they went in."""

from __future__ import annotations

from datetime import datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from receipts.catalog import Catalog, CatalogProduct
from receipts.database import tables
from receipts.database.base import Base
from receipts.database.engine import Database
from receipts.database.repositories.intake import (
    Answered,
    Begun,
    IdempotencyKeys,
    Intake,
    OtherRequest,
    StillRunning,
)
from receipts.database.repositories.programs import CampaignVersionError, ProgramData, Programs
from receipts.database.repositories.reviews import History, Reviews
from receipts.database.repositories.work import Work
from receipts.identity import AccountId, CampaignId, Gtin, ReceiptId, Role, Sha256, Sku
from receipts.money import Money, currency
from receipts.program import Account
from tests.database.conftest import BYTES, NOW, World

USD = currency("USD")


def test_the_migrations_make_the_tables_that_the_code_declares(database: Database) -> None:
    assert tables.ReceiptRow.__tablename__ in Base.metadata.tables
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_twice_changes_nothing(world: World) -> None:
    receipt = world.send()
    world.database.migrate()
    with world.database.read() as session:
        assert Work(session, NOW).artefact(receipt, "reading") is None
        assert [program.id for program in Programs(session).all()] == ["forge", "mill"]


def test_an_older_program_starts_beside_a_newer_one(world: World) -> None:
    with world.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    world.database.migrate()
    assert world.database.version() == "9999"
    world.send()


def test_tables_of_no_version_that_counts_are_refused(world: World) -> None:
    with world.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'someone_elses'"))
    with pytest.raises(CommandError, match="someone_elses"):
        world.database.migrate()


def test_the_message_that_a_link_is_about_is_found_by_an_index(world: World) -> None:
    """On SQLite, which says how it looks: PostgreSQL reads a table of two rows from end to end."""
    said = "SELECT inbound_id FROM outgoing_messages WHERE program_id = 'mill' AND detail = 'lnk_1'"
    with world.database.read() as session:
        if session.get_bind().dialect.name != "sqlite":
            return
        plan = " ".join(str(row) for row in session.execute(text(f"EXPLAIN QUERY PLAN {said}")))
    assert "ix_outgoing_messages_detail" in plan


def test_a_moment_without_zone_is_refused(world: World) -> None:
    with pytest.raises((StatementError, ValueError), match="time zone"), world.database.write() as session:
        ProgramData(session, world.mill).add_member(world.ann, "Twin", datetime(2026, 1, 1))  # noqa: DTZ001


def test_catalogs_keep_their_versions(world: World) -> None:
    old = Catalog("v1", (CatalogProduct(Sku("A"), "Flakes", Gtin("0" * 14), msrp=Money(399, USD)),))
    new = Catalog("v2", (CatalogProduct(Sku("A"), "Flakes", aliases=("FLK", "FRSTD FLK")),))
    with world.database.write() as session:
        data = ProgramData(session, world.mill)
        first, created = data.import_catalog(old, NOW)
        assert (created, data.import_catalog(old, NOW)) == (True, (first, False))
        second, _ = data.import_catalog(new, NOW)
    with world.database.read() as session:
        data = ProgramData(session, world.mill)
        assert (data.catalog(first), data.catalog(second)) == (old, new)
        assert data.newest_catalog() == (second, "v2")
        assert data.products(second, frozenset({Sku("A"), Sku("B")})) == {Sku("A"): new.products[0]}
        assert ProgramData(session, world.forge).newest_catalog() is None
        assert ProgramData(session, world.forge).products(second, frozenset({Sku("A")})) == {}
        with pytest.raises(LookupError):
            ProgramData(session, world.forge).catalog(second)


def test_an_old_catalog_comes_back_into_force(world: World) -> None:
    one = Catalog("v1", (CatalogProduct(Sku("A"), "Flakes"),))
    two = Catalog("v2", (CatalogProduct(Sku("B"), "Bran"),))
    with world.database.write() as session:
        data = ProgramData(session, world.mill)
        numbers = [data.import_catalog(catalog, NOW)[0] for catalog in (one, two, one)]
        assert data.newest_catalog() == (numbers[2], "v1")
        assert data.catalog(numbers[2]).products == one.products


def test_a_changed_campaign_needs_a_higher_version(world: World) -> None:
    spring = CampaignId("spring")
    with world.database.write() as session:
        data = ProgramData(session, world.mill)
        assert data.import_campaign(spring, 1, {"a": 1}, NOW)
        assert not data.import_campaign(spring, 1, {"a": 1}, NOW)
        with pytest.raises(CampaignVersionError, match="version 2"):
            data.import_campaign(spring, 1, {"a": 2}, NOW)
        assert data.import_campaign(spring, 2, {"a": 2}, NOW)
        assert [(c.version, c.document) for c in data.campaigns()] == [(2, {"a": 2})]
        assert ProgramData(session, world.forge).campaigns() == ()


def test_only_members_have_a_member_id(world: World) -> None:
    account = Account(AccountId("acc_1"), world.mill, Role.REVIEWER, world.ann, "r@example.com", "R")
    with pytest.raises(IntegrityError), world.database.write() as session:
        Programs(session).add_account(account, "hash", NOW)


def test_a_key_answers_its_own_request_and_no_other(world: World) -> None:
    def begin(key: str, fingerprint: str, caller: str = "ann") -> object:
        with world.database.write() as session:
            return IdempotencyKeys(session, world.mill, caller, NOW).begin(key, fingerprint, running_s=60)

    assert begin("k", "f") == Begun()
    assert begin("k", "f") == StillRunning()
    assert begin("k", "g") == OtherRequest()
    with world.database.write() as session:
        IdempotencyKeys(session, world.mill, "ann", NOW).answer("k", status=202, body="{}")
    assert begin("k", "f") == Answered(202, "{}")
    assert begin("k", "f", caller="bob") == Begun(), "another caller's key is another key"


def test_a_case_is_decided_once(world: World) -> None:
    receipt = world.send()
    reviewer = AccountId("acc_r")
    with world.database.write() as session:
        account = Account(reviewer, world.mill, Role.REVIEWER, None, "r@example.com", "R")
        Programs(session).add_account(account, "hash", NOW)
        case = Reviews(session, world.mill, NOW).open(receipt, reasons=[], would_pay=5)
    with world.database.write() as session:
        assert not Reviews(session, world.forge, NOW).close(case, approved=True, reviewer=reviewer, note="")
        assert Reviews(session, world.forge, NOW).find(case) is None
        reviews = Reviews(session, world.mill, NOW)
        assert reviews.count_open() == 1
        assert reviews.close(case, approved=True, reviewer=reviewer, note="fine")
        assert not reviews.close(case, approved=False, reviewer=reviewer, note="no")
        assert reviews.count_open() == 0
        found = reviews.find(case)
    assert found is not None
    assert (found.status, found.note) == ("approved", "fine")


def test_history_looks_back_within_the_program_only(world: World) -> None:
    first, second = world.send(), world.send(world.bob)
    world.send(world.eve, world.forge)
    world.send(world.bob, sha256=Sha256("cd" * 32))
    with world.database.write() as session:
        item = Work(session, NOW).lease(second, owner="w", lease_s=60)
        assert item is not None
        history = History(session, world.mill)
        found = history.same_bytes(BYTES, part=0, before=item.number, limit=10)
        assert [earlier.receipt_id for earlier in found] == [first]
        assert history.count_between(world.bob, start=NOW, before=item.number + 10) == 2
        assert history.same_bytes(Sha256("cd" * 32), part=0, before=item.number, limit=10) == ()


def test_likely_twins_are_found_by_their_keys_and_held_while_one_is_paid(world: World) -> None:
    early, mine, late = world.send(), world.send(world.bob), world.send()
    with world.database.write() as session:
        for receipt in (early, mine, late):
            Intake(session, world.mill, NOW).add_lookups(receipt, ("day-total:a", "number-day:b"))
    with world.database.write() as session:
        item = Work(session, NOW).lease(mine, owner="w", lease_s=60)
        assert item is not None
        history = History(session, world.mill)
        history.hold_keys(("number-day:b", "day-total:a"))
        found = history.same_keys(("number-day:b",), before=item.number, limit=10)
        assert [twin.receipt_id for twin in found.earlier] == [early], "a later one counts once it is paid"
        assert history.same_keys(("number-day:c",), before=item.number, limit=10).earlier == ()
        other = History(session, world.forge)
        assert other.same_keys(("number-day:b",), before=item.number, limit=10).earlier == ()


def test_strangers_of_a_busy_minute_do_not_push_a_true_twin_out(world: World) -> None:
    twin = world.send()
    strangers = [world.send() for _ in range(6)]
    keys = ("day-minute:a", "day-total:b", "number-day:c")
    with world.database.write() as session:
        intake = Intake(session, world.mill, NOW)
        intake.add_lookups(twin, keys)
        for stranger in strangers:
            intake.add_lookups(stranger, keys[:1])
        late = world_number(session, strangers[-1]) + 1
        sharing = History(session, world.mill).same_keys(keys, before=late, limit=3)
        assert twin in {earlier.receipt_id for earlier in sharing.earlier}
        assert sharing.complete, "only strangers were left out"
        for stranger in strangers:
            intake.add_lookups(stranger, keys[:2])
        assert not History(session, world.mill).same_keys(keys, before=late, limit=3).complete


def world_number(session: Session, receipt: ReceiptId) -> int:
    item = Work(session, NOW).lease(receipt, owner="n", lease_s=1)
    assert item is not None
    return item.number
