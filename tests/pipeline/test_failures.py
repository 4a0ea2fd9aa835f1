"""What fails on our side: typed, told by cause, tried again by cause or all; quick in any number."""

from __future__ import annotations

import json
import time

import pytest
from sqlalchemy import text

from pipeline.failures import failure_groups, retry_failures
from pipeline.runner import run
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.steps.base import StageResult
from pipeline.wiring import Wiring
from receipts.database.repositories.work import WorkItem
from receipts.errors import TransientError
from receipts.failure import FailureKind
from receipts.identity import ProgramId, ReceiptId
from receipts.state import ReceiptState
from tests.pipeline.conftest import OATS, Shop, e_receipt
from tests.pipeline.test_runner import instead_of
from tests.support import commands

PROGRAM = SAMPLE_PROGRAM.id
FREE = "UPDATE receipts SET not_before = NULL, lease_until = NULL, lease_owner = NULL"
MANY = 100_000
LONGEST_S = 2.0
"""Of CPU. Measured on a busy machine of two cores: 0.17 to 0.35 s."""


def fail(sunny: Shop, *ids: ReceiptId) -> None:
    """Work on them until they are given up, as if no back-off were."""
    for each in ids:
        while run(sunny.wiring, each) is not ReceiptState.FAILED:
            with sunny.wiring.database.write() as session:
                session.execute(text(FREE))


def test_failures_are_told_by_cause(sunny: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third, fourth = (
        each.id for name in "abcd" for each in sunny.send(e_receipt(f"fails {name}", OATS)).receipts
    )

    def away(_wiring: Wiring, item: WorkItem) -> StageResult:
        raise TransientError(f"the S3 service does not answer: port {item.number}")

    def bug(_wiring: Wiring, item: WorkItem) -> StageResult:
        raise KeyError(item.receipt_id)

    class Killed(BaseException):
        pass

    def kill(_wiring: Wiring, _item: WorkItem) -> StageResult:
        raise Killed

    with monkeypatch.context() as patched:
        instead_of(patched, "read", away)
        fail(sunny, first, second)
        instead_of(patched, "read", bug)
        fail(sunny, third)
        instead_of(patched, "read", kill)
        for _ in range(sunny.wiring.settings.max_attempts):
            with pytest.raises(Killed):
                run(sunny.wiring, fourth)
            with sunny.wiring.database.write() as session:
                session.execute(text(FREE))
        fail(sunny, fourth)
    groups = failure_groups(sunny.wiring, PROGRAM)
    told = {each.kind: (each.count, each.stage_after, each.cause) for each in groups}
    assert told[FailureKind.WORLD] == (2, "received", "the S3 service does not answer")
    assert told[FailureKind.KILLED] == (1, "received", "the stage read never came back")
    count, after, cause = told[FailureKind.BUG]
    assert (count, after, cause.split(":")[0]) == (
        1,
        "received",
        "KeyError at tests/pipeline/test_failures.py",
    )
    assert groups[0].example == first
    assert failure_groups(sunny.wiring, ProgramId("forge")) == ()
    assert retry_failures(sunny.wiring, PROGRAM, groups[0]) == 2
    left = {each.kind for each in failure_groups(sunny.wiring, PROGRAM)}
    assert left == {
        FailureKind.BUG,
        FailureKind.KILLED,
    }
    assert run(sunny.wiring, first) is ReceiptState.AWARDED
    assert sunny.rows(f"SELECT count(*) FROM outbox WHERE kind = 'ring' AND target_id = '{second}'") == [(1,)]
    assert retry_failures(sunny.wiring, PROGRAM, None) == 2
    assert failure_groups(sunny.wiring, PROGRAM) == ()


def many_failures(sunny: Shop, count: int) -> None:
    """As many failed receipts as that, of three causes, beside one that has not failed."""
    sunny.send(e_receipt("many", OATS))
    with sunny.wiring.database.write() as session:
        session.execute(
            text(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
                " INSERT INTO receipts (id, program_id, submission_id, member_id, position, part,"
                " file_name, file_sha256, media_type, size_bytes, state, failed_from, failure,"
                " failure_kind, failure_cause, attempts, received_at, updated_at)"
                " SELECT 'rcp_' || i, program_id, submission_id, member_id, i, 0, file_name, file_sha256,"
                " media_type, size_bytes, 'failed', 'received', 'words', 'bug',"
                " 'KeyError at a.py:' || (i % 3), 0, received_at, updated_at FROM receipts, n"
                " WHERE receipts.position = 0"
            ),
            {"count": count},
        )


def test_a_hundred_thousand_failures_are_a_few_lines_at_once(sunny: Shop) -> None:
    many_failures(sunny, MANY)
    started = time.process_time()
    groups = failure_groups(sunny.wiring, PROGRAM)
    assert time.process_time() - started < LONGEST_S
    assert sum(each.count for each in groups) == MANY
    assert len(groups) == 3
    assert retry_failures(sunny.wiring, PROGRAM, groups[0], most=1200) == 1200
    assert failure_groups(sunny.wiring, PROGRAM)[-1].count == groups[0].count - 1200
    with sunny.wiring.database.read() as session:
        plan = session.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT failed_from, failure_kind, failure_cause, count(*) FROM receipts"
                " WHERE program_id = 'sample' AND state = 'failed' GROUP BY 1, 2, 3"
            )
        ).all()
    assert "ix_receipts_failures" in str(plan)


def test_the_commands_list_causes_and_retry_one(sunny: Shop) -> None:
    many_failures(sunny, 7)

    def tillpoints(*words: str) -> tuple[int, str]:
        folder = {"TILLPOINTS_DATA_DIR": str(sunny.wiring.settings.data_dir)}
        done = commands.tillpoints(*words, environment=folder)
        return done.returncode, done.stdout + done.stderr

    status, said = tillpoints("failures", "--json")
    lines = [json.loads(line) for line in said.splitlines()]
    assert (status, [each["receipts"] for each in lines]) == (0, [3, 2, 2])
    assert tillpoints("retry", "--cause", lines[0]["cause"]) == (0, "3 on their way again.\n")
    status, said = tillpoints("retry", "--cause", lines[0]["cause"])
    assert (status, "`tillpoints failures` lists them" in said) == (1, True)
    assert tillpoints("retry")[0] == 2
    status, said = tillpoints("status")
    assert (status, "WRONG relay" in said) == (1, True), "nothing runs here"
    assert "4 failed, 4 received" in said or "4 received, 4 failed" in said
    assert said.count("tillpoints retry --cause") == 2
    assert tillpoints("retry", "--all") == (0, "4 on their way again.\n")
