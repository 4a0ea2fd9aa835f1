"""A million receipts with their traces, made by the database itself: only to time the counting."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text

from bench.fraud.member_rows import PROGRAM
from receipts.database.engine import Database

SPAN_S = 30 * 86_400
_STEP = 7919
"""A prime, so that the members of neighbouring receipts lie far apart."""
_CARDS = 10_000
_CROWD_EVERY = 10

_MOMENT = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', :start, '+' ||"
    " CAST(n * {span} / {count} AS INTEGER) || ' seconds')",
    "postgresql": "CAST(:start AS timestamptz) + n * {span} / {count} * interval '1 second'",
}
_NUMBERS = (
    "WITH RECURSIVE counted(n) AS"
    " (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM counted WHERE n < {count})"
)
_STATEMENTS = (
    "INSERT INTO members (id, program_id, name, message_sequence, joined_at)"
    " {members_numbers} SELECT 'mem_' || (n - 1), '{program}', 'm', 0, {start} FROM counted",
    "INSERT INTO submissions (number, id, program_id, member_id, channel, received_at)"
    " {numbers} SELECT n, 'sub_' || n, '{program}', {member}, 'upload', {moment} FROM counted",
    "INSERT INTO receipts (number, id, program_id, submission_id, member_id, position, part, file_name,"
    " size_bytes, state, attempts, points, received_at, updated_at)"
    " {numbers} SELECT n, 'rcp_' || n, '{program}', 'sub_' || n, {member}, 0, 0, 'a', 1, 'awarded', 0, 0,"
    " {moment}, {moment} FROM counted",
)
_TRACE = (
    "INSERT INTO receipt_traces (receipt_number, kind, program_id, key, member_id, seen_at)"
    " {numbers} SELECT n, '{kind}', '{program}', {key}, {member}, {moment} FROM counted"
)


def member_of(number: int, members: int) -> str:
    """Whose the receipt of this number is."""
    return f"mem_{number * _STEP % members}"


def moment_of(number: int, count: int, start: datetime) -> datetime:
    """When it came."""
    return start + timedelta(seconds=number * SPAN_S // count)


def is_of_crowd(number: int) -> bool:
    """Whether it came from the address that a tenth of all came from."""
    return number % _CROWD_EVERY == 0


def fill(database: Database, *, count: int, members: int, start: datetime) -> None:
    """The rows; the program is there already."""
    dialect = "sqlite" if database.is_sqlite else "postgresql"
    own = f"CAST(n * {_STEP} % {members} AS TEXT)"
    crowd = f"CASE WHEN n % {_CROWD_EVERY} = 0 THEN 'everybody' ELSE 'home ' || {own} END"
    words = {
        "program": PROGRAM,
        "numbers": _NUMBERS.format(count=count),
        "members_numbers": _NUMBERS.format(count=members),
        "member": f"'mem_' || {own}",
        "moment": _MOMENT[dialect].format(span=f"CAST({SPAN_S} AS BIGINT)", count=count),
        "start": _MOMENT[dialect].format(span="0", count=count).replace("n * 0", "0"),
    }
    keys = {
        "device": f"'phone ' || {own}",
        "address": crowd,
        "network": crowd,
        "card": f"'visa ' || CAST(n * {_STEP} % {_CARDS} AS TEXT)",
    }
    statements = [each.format(**words) for each in _STATEMENTS]
    statements += [_TRACE.format(kind=kind, key=key, **words) for kind, key in keys.items()]
    moment = start.strftime("%Y-%m-%d %H:%M:%S") + ("" if database.is_sqlite else "+00")
    for statement in statements:
        with database.write() as session:
            session.execute(text(statement), {"start": moment})
    with database.write() as session:
        session.execute(text("ANALYZE"))
