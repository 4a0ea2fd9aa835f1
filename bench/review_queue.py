"""How fast the reviewers' page of waiting cases opens with 100,000 of them, on a real PostgreSQL.

Run by `python -m bench queue`: it prints the median and the slowest of 20 openings by a signed-in reviewer,
for each order, and fails above the bound. A tenth of the cases share each value: the hard case of an order by
value, since equal ones must be told apart.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from fastapi.testclient import TestClient
from sqlalchemy import text

from api.app import create_app
from bench.fraud.own_postgres import own_postgres
from pipeline.sample import MAYA, RUTH, SAMPLE_PROGRAM, add_sample
from pipeline.settings import Settings
from pipeline.wiring import Wiring, build

CASES = 100_000
OPENINGS = 20
BOUND_S = 0.3

_FILL = (
    "INSERT INTO submissions (id, program_id, member_id, channel, received_at)"
    " SELECT 'sub_b' || n, :program, :member, 'upload', now() - n * interval '1 second'"
    " FROM generate_series(1, :cases) n",
    "INSERT INTO receipts (id, program_id, submission_id, member_id, position, part, file_name, size_bytes,"
    " state, attempts, received_at, updated_at)"
    " SELECT 'rcp_b' || n, :program, 'sub_b' || n, :member, 1, 0, 'r.jpg', 1, 'held', 0,"
    " now() - n * interval '1 second', now() FROM generate_series(1, :cases) n",
    "INSERT INTO review_cases (id, program_id, receipt_id, reasons, would_pay, status, opened_at,"
    " risk_permille)"
    " SELECT 'rev_b' || n, :program, 'rcp_b' || n, '[]', n % 10, 'open', now() - n * interval '1 second',"
    " n % 1000 FROM generate_series(1, :cases) n",
    "ANALYZE",
)


def main() -> int:
    """Fill, open, print."""
    with own_postgres() as url, tempfile.TemporaryDirectory() as folder:
        wiring = build(Settings(data_dir=Path(folder), database_url=url))
        wiring.database.migrate()
        add_sample(wiring)
        _fill(wiring)
        return _measure(wiring)


def _fill(wiring: Wiring) -> None:
    with wiring.database.write() as session:
        member = session.execute(
            text("SELECT member_id FROM accounts WHERE email = :email"), {"email": MAYA.email}
        ).scalar_one()
        values = {"program": SAMPLE_PROGRAM.id, "member": member, "cases": CASES}
        for statement in _FILL:
            wanted = {name: value for name, value in values.items() if f":{name}" in statement}
            session.execute(text(statement), wanted)


def _measure(wiring: Wiring) -> int:
    worst = 0.0
    with TestClient(create_app(wiring), base_url="https://testserver") as http:
        found = re.search(r'name="csrf_token" value="([^"]+)"', http.get("/sign-in").text)
        data = {
            "email": RUTH.email,
            "password": RUTH.password,
            "csrf_token": "" if found is None else found.group(1),
        }
        http.post("/sign-in", data=data, follow_redirects=False)
        for order in ("age", "value", "risk"):
            spent = []
            for _ in range(OPENINGS):
                began = time.perf_counter()
                answer = http.get("/review", params={"order": order})
                spent.append(time.perf_counter() - began)
                if answer.status_code != 200 or f"{CASES:,}" not in answer.text:  # noqa: PLR2004
                    raise RuntimeError(f"the queue did not open: {answer.status_code}")
            middle = median(spent)
            worst = max(worst, middle)
            print(f"{order:6} {CASES:,} cases: median {middle:.3f} s, slowest {max(spent):.3f} s")
    return 0 if worst < BOUND_S else 1


if __name__ == "__main__":
    sys.exit(main())
