"""Two who send the same bytes at the same moment agree on one key, else one of them could not read them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from cryptography.fernet import Fernet, MultiFernet

from receipts.database.engine import Database
from receipts.database.repositories.file_keys import FileKeys, destroy_keys, forget_file
from receipts.identity import MemberId, ProgramId, Sha256
from tests.database.conftest import NOW, World

FILE = Sha256("cd" * 32)
MASTERS = MultiFernet([Fernet(Fernet.generate_key())])


def put(database: Database, program: ProgramId, member: MemberId) -> bytes:
    with database.write() as session:
        return FileKeys(session, MASTERS, NOW).to_seal(FILE, program, member)


def opened(database: Database) -> bytes | None:
    with database.read() as session:
        return FileKeys(session, MASTERS, NOW).to_open(FILE)


def test_all_who_put_one_file_at_once_seal_it_by_one_key(world: World) -> None:
    members = [MemberId(f"mem_{number}") for number in range(4)] * 2
    for _ in range(5):
        barrier = Barrier(len(members))

        def one(member: MemberId, barrier: Barrier = barrier) -> bytes:
            barrier.wait()
            return put(world.database, world.mill, member)

        with ThreadPoolExecutor(len(members)) as pool:
            (key,) = set(pool.map(one, members))
        assert opened(world.database) == key
        with world.database.write() as session:
            for member in set(members):
                destroy_keys(session, world.mill, member)
        assert opened(world.database) is None


def test_a_file_that_was_put_lately_keeps_its_key_when_it_is_to_be_removed(world: World) -> None:
    key = put(world.database, world.mill, world.ann)
    with world.database.write() as session:
        forget_file(session, FILE, put_before=NOW)
    assert opened(world.database) == key
    with world.database.write() as session:
        forget_file(session, FILE, put_before=NOW.replace(year=2027))
    assert opened(world.database) is None
