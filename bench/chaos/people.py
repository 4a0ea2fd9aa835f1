"""The sample program with members of our own, for runs that send much."""

from __future__ import annotations

from pipeline.accounts import add_account
from pipeline.sample import SAMPLE_PROGRAM, add_sample
from pipeline.wiring import Wiring
from receipts.identity import Role

PEOPLE = 24
PASSWORD = "chaos-chaos-chaos"  # noqa: S105 - of a database that lives for minutes


def add_people(wiring: Wiring) -> list[tuple[str, str]]:
    """Make the tables, the sample and its members: the address and password of each."""
    wiring.database.migrate()
    add_sample(wiring)
    people = [(f"member{number}@example.com", PASSWORD) for number in range(PEOPLE)]
    for email, password in people:
        add_account(
            wiring,
            program_id=SAMPLE_PROGRAM.id,
            role=Role.MEMBER,
            email=email,
            name=email.split("@")[0],
            password=password,
        )
    return people
