"""What reviewers taught, on both databases: at once, by two programs, and over its own migration."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from receipts.database.engine import Database
from receipts.database.repositories.alias_list import Alias, AliasList
from receipts.database.repositories.aliases import Aliases, Shop, Taught
from receipts.database.repositories.programs import Programs
from receipts.identity import AccountId, ProgramId, ReceiptId, Role, Sku
from receipts.learned import Print, PrintKind
from receipts.money import Money, currency
from receipts.program import Account
from tests.database.conftest import NOW, World

USD = currency("USD")
SHOP = Shop("harbor foods", "Harbor Foods")
WORDS = Print(PrintKind.WORDS, "SNMLOATS 500g")
NUMBER = Print(PrintKind.NUMBER, "004512")
REVIEWER = AccountId("acc_r")


@pytest.fixture
def world(world: World) -> World:
    """With a reviewer."""
    account = Account(REVIEWER, world.mill, Role.REVIEWER, None, "r@example.com", "Ruth")
    with world.database.write() as session:
        Programs(session).add_account(account, "hash", NOW)
    return world


def taught(sku: str | None, cents: int = 399, prints: Sequence[Print] = (WORDS,)) -> list[Taught]:
    named = None if sku is None else Sku(sku)
    return [Taught(each, "SN ML OATS 500G", named, Money(cents, USD), 0) for each in prints]


def confirm(world: World, said: list[Taught], receipt: ReceiptId | None = None) -> ReceiptId:
    receipt = receipt or world.send()
    with world.database.write() as session:
        Aliases(session, world.mill, NOW).confirm(SHOP, said, receipt_id=receipt, author=REVIEWER)
    return receipt


def listed(world: World, program: ProgramId | None = None, search: str = "") -> tuple[Alias, ...]:
    with world.database.read() as session:
        return AliasList(session, program or world.mill).page(search=search, limit=50)


def withdraw(world: World, alias: Alias) -> bool:
    with world.database.write() as session:
        return Aliases(session, world.mill, NOW).withdraw(alias.id, author=None, reason="wrong")


def version(world: World) -> int:
    with world.database.read() as session:
        return Aliases(session, world.mill, NOW).version(SHOP.key)


def test_confirmations_are_counted_with_their_prices(world: World) -> None:
    confirm(world, taught("A", 399))
    last = confirm(world, taught("A", 349))
    (alias,) = listed(world)
    assert (alias.choice.sku, alias.choice.count, alias.author, alias.receipt_id) == ("A", 2, "Ruth", last)
    assert (alias.choice.lowest, alias.choice.highest) == (Money(349, USD), Money(399, USD))
    assert alias.last_event == version(world)


def test_a_print_that_is_taken_back_takes_the_numbers_of_all_its_lines_with_it(world: World) -> None:
    other = Print(PrintKind.NUMBER, "004513")
    second = [replace(each, position=1) for each in taught("A", prints=(WORDS, other))]
    confirm(world, [*taught("A", prints=(WORDS, NUMBER)), *second])
    (words,) = [alias for alias in listed(world) if alias.print == WORDS]
    assert words.choice.count == 1
    assert withdraw(world, words)
    assert listed(world) == ()


def test_one_receipt_counts_once_however_often_it_prints_the_line(world: World) -> None:
    confirm(world, [*taught("A"), *taught("A")])
    (alias,) = listed(world)
    assert alias.choice.count == 1


def test_reviewers_at_once_lose_no_confirmation(world: World) -> None:
    receipts = [world.send() for _ in range(8)]
    threads = [
        threading.Thread(target=confirm, args=(world, taught("A" if number % 2 else "B"), receipt))
        for number, receipt in enumerate(receipts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((alias.choice.sku, alias.choice.count) for alias in listed(world)) == [("A", 4), ("B", 4)]
    assert version(world) == max(alias.last_event for alias in listed(world))


def test_two_who_withdraw_at_once_withdraw_once(world: World) -> None:
    confirm(world, taught("A"))
    (alias,) = listed(world)
    outcomes: list[bool] = []
    threads = [threading.Thread(target=lambda: outcomes.append(withdraw(world, alias))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, True]
    assert listed(world) == ()


def test_withdrawing_the_words_withdraws_the_number_said_with_them_and_no_other(world: World) -> None:
    confirm(world, taught("A", prints=(WORDS, NUMBER)))
    confirm(world, taught("A", prints=(NUMBER,)))
    words = next(alias for alias in listed(world) if alias.print == WORDS)
    assert withdraw(world, words)
    (number,) = listed(world)
    assert (number.print, number.choice.count) == (NUMBER, 1)


def test_what_is_confirmed_again_after_a_withdrawal_counts_anew(world: World) -> None:
    confirm(world, taught("A"))
    first = version(world)
    assert withdraw(world, listed(world)[0])
    confirm(world, taught("A"))
    (alias,) = listed(world)
    assert alias.choice.count == 1
    with world.database.read() as session:
        aliases = Aliases(session, world.mill, NOW)
        at = [
            [choice.count for _, choice in aliases.book_at(SHOP.key, each)] for each in (0, first, first + 1)
        ]
        assert at == [[], [1], []]
        assert aliases.book_at(SHOP.key, version(world)) == aliases.book(SHOP.key)


def test_search_takes_signs_as_they_are(world: World) -> None:
    confirm(world, taught("A"))
    assert listed(world, search="harbor OATS a")
    for none in ("%", "_____________________", "harbor wheat", "' OR 1=1 --", "\\"):
        assert listed(world, search=none) == (), none


def test_programs_have_their_own(world: World) -> None:
    confirm(world, taught("A"))
    (alias,) = listed(world)
    assert listed(world, world.forge) == ()
    with world.database.write() as session:
        other = Aliases(session, world.forge, NOW)
        assert other.version(SHOP.key) == 0
        assert other.book(SHOP.key) == ()
        assert not other.withdraw(alias.id, author=None, reason="")
        other.used(SHOP.key, {(WORDS, Sku("A"))})
    assert listed(world) == (alias,)


def test_a_confirmation_is_taken_back_once_and_events_are_never_changed(world: World) -> None:
    confirm(world, taught("A"))
    withdraw(world, listed(world)[0])
    for statement in ("UPDATE alias_events SET sku = 'B'", "DELETE FROM alias_events"):
        with pytest.raises(IntegrityError, match="only grows"), world.database.write() as session:
            session.execute(text(statement))
    again = (
        "INSERT INTO alias_events (program_id, act, retailer_key, kind, key, sku, retailer, printed,"
        " receipt_id, position, withdraws, reason, at) SELECT program_id, act, retailer_key, kind, key, sku,"
        " retailer, printed, receipt_id, position, withdraws, reason, at FROM alias_events"
        " WHERE act = 'withdrawn'"
    )
    with pytest.raises(IntegrityError), world.database.write() as session:
        session.execute(text(again))


def test_entries_of_before_the_migration_are_kept_and_still_only_grow(database_url: str) -> None:
    database = Database(database_url)
    config = Config()
    config.set_main_option("script_location", str(files("receipts.database") / "migrations"))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0008")
        connection.commit()
    with database.engine.begin() as connection:
        for statement in _ONE_PAID_RECEIPT:
            connection.execute(text(statement))
    database.migrate()
    with database.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT id, points, posting FROM ledger_entries ORDER BY number")
        ).all()
    assert [tuple(row) for row in rows] == [("led_1", 30, 0), ("led_2", -30, 0)]
    with pytest.raises(IntegrityError, match="only grows"), database.write() as session:
        session.execute(text("DELETE FROM ledger_entries"))
    database.close()


_PAID = "'mill', 'm', 'r'"
_AT = "'2026-03-04 05:06:07'"
_ONE_PAID_RECEIPT = (
    "INSERT INTO programs (id, name, currency, time_zone, window_days, daily_receipts, feed_position,"
    f" created_at) VALUES ('mill', 'Mill', 'USD', 'UTC', 30, 10, 0, {_AT})",
    "INSERT INTO members (id, program_id, name, message_sequence, joined_at)"
    f" VALUES ('m', 'mill', 'Ann', 0, {_AT})",
    "INSERT INTO submissions (id, program_id, member_id, channel, received_at)"
    f" VALUES ('s', 'mill', 'm', 'upload', {_AT})",
    "INSERT INTO receipts (id, program_id, submission_id, member_id, position, part, file_name, size_bytes,"
    " state, attempts, received_at, updated_at)"
    f" VALUES ('r', 'mill', 's', 'm', 0, 0, 'a', 1, 'awarded', 0, {_AT}, {_AT})",
    "INSERT INTO ledger_entries (id, program_id, member_id, receipt_id, kind, points, campaign_id, rule_id,"
    f" reverses, sentence, created_at) VALUES ('led_1', {_PAID}, 'award', 30, 'c', 'r', NULL, 'x', {_AT})",
    "INSERT INTO ledger_entries (id, program_id, member_id, receipt_id, kind, points, campaign_id, rule_id,"
    f" reverses, sentence, created_at)"
    f" VALUES ('led_2', {_PAID}, 'reversal', -30, 'c', 'r', 'led_1', 'x', {_AT})",
)
