"""Two admins who shut each other out at one moment, on both databases: one of them is left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace
from typing import Any

from pipeline.people import PeopleError, disable
from receipts.database.engine import Database
from receipts.database.repositories.programs import Programs
from receipts.database.repositories.second_steps import SecondSteps
from receipts.identity import AccountId, ProgramId, Role
from receipts.program import Account
from tests.database.conftest import NOW, World

MILL = ProgramId("mill")


def _admin(database: Database, name: str) -> AccountId:
    account = Account(AccountId(name), MILL, Role.ADMIN, None, f"{name}@mill.example", name)
    with database.write() as session:
        Programs(session).add_account(account, "no hash", NOW)
    return account.id


def test_of_two_admins_one_is_left(world: World) -> None:
    wiring: Any = SimpleNamespace(database=world.database)
    for number in range(5):
        pair = [_admin(world.database, f"admin-{number}-{at}") for at in range(2)]
        start = Barrier(2)

        def shut_out(by: AccountId, other: AccountId, start: Barrier = start) -> bool:
            start.wait()
            try:
                disable(wiring, MILL, by, other)
            except PeopleError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(shut_out, pair, reversed(pair))) == [False, True]


def test_one_code_lets_one_in(world: World) -> None:
    admin = _admin(world.database, "coded")
    with world.database.write() as session:
        assert SecondSteps(session).begin(admin, "sealed", NOW)
        assert SecondSteps(session).turn_on(admin, "sealed", 1, NOW)
    start = Barrier(3)

    def take(_: int) -> bool:
        start.wait()
        with world.database.write() as session:
            return SecondSteps(session).take_step(admin, 2)

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(take, range(3))) == [False, False, True]
