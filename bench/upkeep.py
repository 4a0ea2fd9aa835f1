"""What 100,000 failed receipts cost whoever runs it: their list, sending them back, a backup, a restore.

Run by `python -m bench upkeep`, on SQLite, in seconds of processor time, which other work on the machine
lengthens less than the clock. The backup is taken once all were sent back: as many receipts and as many
waiting bells.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import insert, text

from pipeline.backup import make_backup, restore_backup
from pipeline.clock import utc_now
from pipeline.failures import failure_groups, retry_failures
from pipeline.sample import MAYA, SAMPLE_PROGRAM, add_sample
from pipeline.settings import Settings
from pipeline.wiring import Wiring, build
from receipts.database.tables import ReceiptRow, SubmissionRow

FAILURES = 100_000
LOOKS = 5


def main() -> int:
    """Fill, measure, print."""
    with tempfile.TemporaryDirectory() as folder:
        wiring = build(Settings(data_dir=Path(folder) / "data"))
        wiring.database.migrate()
        add_sample(wiring)
        _fill(wiring)
        looks = [_spent(lambda: failure_groups(wiring, SAMPLE_PROGRAM.id)) for _ in range(LOOKS)]
        print(f"list of causes, {FAILURES:,} failures: {min(looks):.2f} to {max(looks):.2f} s")
        print(f"all sent back: {_spent(lambda: retry_failures(wiring, SAMPLE_PROGRAM.id, None)):.1f} s")
        kept = Path(folder) / "kept"
        print(f"backup: {_spent(lambda: make_backup(wiring, kept)):.1f} s")
        wiring.close()
        empty = build(Settings(data_dir=Path(folder) / "again"))
        print(f"restore: {_spent(lambda: restore_backup(empty, kept)):.1f} s")
        with empty.database.read() as session:
            back = session.execute(text("SELECT count(*) FROM receipts")).scalar_one()
        empty.close()
    print(f"receipts restored: {back:,} of {FAILURES:,}")
    return 0 if back == FAILURES else 1


def _spent(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def _fill(wiring: Wiring) -> None:
    now = utc_now()
    with wiring.database.write() as session:
        member = session.execute(
            text("SELECT member_id FROM accounts WHERE email = :email"), {"email": MAYA.email}
        ).scalar_one()
        whose = {"program_id": SAMPLE_PROGRAM.id, "member_id": member, "received_at": now}
        numbers = range(FAILURES)
        session.execute(
            insert(SubmissionRow), [{**whose, "id": f"sub_b{n}", "channel": "upload"} for n in numbers]
        )
        failed = {"state": "failed", "failed_from": "received", "failure_kind": "world", "attempts": 5}
        session.execute(
            insert(ReceiptRow),
            [
                {
                    **whose,
                    **failed,
                    "id": f"rcp_b{n}",
                    "submission_id": f"sub_b{n}",
                    "position": 1,
                    "file_name": "r.jpg",
                    "file_sha256": f"{n:064x}",
                    "media_type": "image/jpeg",
                    "size_bytes": 1,
                    "failure": "the store did not answer",
                    "failure_cause": f"cause {n % 7}",
                    "updated_at": now,
                }
                for n in numbers
            ],
        )


if __name__ == "__main__":
    sys.exit(main())
