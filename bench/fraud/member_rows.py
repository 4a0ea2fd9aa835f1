"""Uploads written straight into the tables, as the door writes them, a hundred thousand at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import insert, text

from bench.fraud.population import Upload
from receipts.database.engine import Database
from receipts.database.repositories.programs import Programs
from receipts.database.tables import (
    MemberRow,
    ReceiptRow,
    ReviewCaseRow,
    SubmissionRow,
    TraceRow,
)
from receipts.identity import AccountId, ProgramId, Role
from receipts.money import currency
from receipts.program import Account, Program

PROGRAM = ProgramId("bench")
_BATCH = 20_000
REVIEWER = AccountId("acc_bench")


def add_program(database: Database, now: datetime) -> None:
    """The program, and the reviewer who declined what was declined."""
    with database.write() as session:
        programs = Programs(session)
        programs.add(Program(PROGRAM, "Bench", currency("USD"), "UTC", 30, 10), now)
        reviewer = Account(REVIEWER, PROGRAM, Role.REVIEWER, None, "bench@example.com", "Bench")
        programs.add_account(reviewer, "none", now)


def add_members(database: Database, members: Iterable[tuple[str, datetime]]) -> None:
    """Each member once, with when they joined."""
    rows = [
        {"id": name, "program_id": PROGRAM, "name": name, "message_sequence": 0, "joined_at": at}
        for name, at in members
    ]
    with database.write() as session:
        for start in range(0, len(rows), _BATCH):
            session.execute(insert(MemberRow), rows[start : start + _BATCH])


def add_uploads(database: Database, uploads: Sequence[Upload], *, first: int = 1) -> None:
    """Receipts numbered from `first` in the order given."""
    for start in range(0, len(uploads), _BATCH):
        part = list(enumerate(uploads[start : start + _BATCH], start=first + start))
        with database.write() as session:
            session.execute(insert(SubmissionRow), [_submission(n, each) for n, each in part])
            session.execute(insert(ReceiptRow), [_receipt(n, each) for n, each in part])
            traces = [row for n, each in part for row in _traces(n, each)]
            if traces:
                session.execute(insert(TraceRow), traces)
            if cases := [_case(n, each) for n, each in part if each.refused]:
                session.execute(insert(ReviewCaseRow), cases)
    with database.write() as session:
        session.execute(text("ANALYZE"))


def _submission(number: int, upload: Upload) -> dict[str, object]:
    return {
        "id": f"sub_{number}",
        "program_id": PROGRAM,
        "member_id": upload.member,
        "channel": "upload",
        "received_at": upload.at,
    }


def _receipt(number: int, upload: Upload) -> dict[str, object]:
    return {
        "number": number,
        "id": f"rcp_{number}",
        "program_id": PROGRAM,
        "submission_id": f"sub_{number}",
        "member_id": upload.member,
        "position": 0,
        "part": 0,
        "file_name": "a.jpg",
        "file_sha256": hashlib.sha256(str(number).encode()).hexdigest(),
        "media_type": "image/jpeg",
        "size_bytes": 1,
        "state": "declined" if upload.refused else "awarded",
        "attempts": 0,
        "points": 0,
        "received_at": upload.at,
        "updated_at": upload.at,
    }


def _traces(number: int, upload: Upload) -> list[dict[str, object]]:
    return [
        {
            "receipt_number": number,
            "kind": kind.value,
            "program_id": PROGRAM,
            "key": hashlib.sha256(f"{kind.value} {value}".encode()).hexdigest()[:32],
            "member_id": upload.member,
            "seen_at": upload.at,
        }
        for kind, value in upload.traces
    ]


def _case(number: int, upload: Upload) -> dict[str, object]:
    return {
        "id": f"case_{number}",
        "program_id": PROGRAM,
        "receipt_id": f"rcp_{number}",
        "reasons": [],
        "would_pay": 0,
        "status": "declined",
        "decided_by": REVIEWER,
        "note": "",
        "opened_at": upload.at,
        "decided_at": upload.at,
    }
