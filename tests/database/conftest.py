from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from receipts.database.engine import Database
from receipts.database.repositories.intake import Intake, NewReceipt
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.identity import (
    MemberId,
    ProgramId,
    ReceiptId,
    Sha256,
    SubmissionId,
    new_member_id,
    new_submission_id,
)
from receipts.image import Accepted, MediaType
from receipts.money import currency
from receipts.program import Program
from receipts.submission import Channel, Submission
from tests.support.ready import make_tables

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
BYTES = Sha256("ab" * 32)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    make_tables(database_url)
    database = Database(database_url)
    yield database
    database.close()


@dataclass(frozen=True)
class World:
    """A database with two programs and two members in each."""

    database: Database
    mill: ProgramId
    forge: ProgramId
    ann: MemberId
    bob: MemberId
    eve: MemberId

    def send(
        self, member: MemberId | None = None, program: ProgramId | None = None, sha256: Sha256 = BYTES
    ) -> ReceiptId:
        """One accepted receipt."""
        program = program or self.mill
        submission = Submission(
            SubmissionId(new_submission_id()), program, member or self.ann, Channel.UPLOAD, NOW
        )
        accepted = Accepted(sha256, MediaType.JPEG, 1000, 800, 1200, 1)
        with self.database.write() as session:
            (receipt_id,) = Intake(session, program, NOW).add(
                submission, [NewReceipt("a.jpg", 1000, sha256, accepted)]
            )
        return receipt_id


@pytest.fixture
def world(database: Database) -> World:
    return two_programs(database)


def two_programs(database: Database) -> World:
    """Two programs with two members each, in an empty database."""
    members: list[MemberId] = []
    with database.write() as session:
        for name in ("mill", "forge"):
            program = Program(ProgramId(name), name.title(), currency("USD"), "UTC", 30, 10)
            Programs(session).add(program, NOW)
            data = ProgramData(session, program.id)
            for _ in range(2):
                member = new_member_id()
                data.add_member(member, f"Member {len(members)}", NOW)
                members.append(member)
    return World(database, ProgramId("mill"), ProgramId("forge"), members[0], members[1], members[2])
