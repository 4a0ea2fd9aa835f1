"""What must hold once all is quiet again: each sentence with what was counted, and whether it held."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from bench.chaos.load import Sent

MOVING = ("received", "read", "matched", "screened")
UNFINISHED = "SELECT count(*) FROM receipts WHERE state IN ('received', 'read', 'matched', 'screened')"
LOOK_EVERY_S = 0.5
STALLED_S = 90.0
"""Longer than any wait between two tries: a lease of 8 seconds, a sweep, and a minute after a fault."""


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that must hold: how many times it did not."""

    what: str
    faults: int
    note: str = ""


def quiet(engine: Engine, consumed: Path, within_s: float) -> bool:
    """Wait until no receipt moves, no row waits to be sent, and the consumer has what there is.

    False once the time is over, or nothing changed for so long that nothing will: a run that lost something
    says so soon.
    """
    until = time.monotonic() + within_s
    before, changed_at = None, time.monotonic()
    while time.monotonic() < until:
        moving = _rows(engine, UNFINISHED)[0][0]
        waiting = _rows(engine, "SELECT count(*) FROM outbox")[0][0]
        messages = _rows(engine, "SELECT count(*) FROM messages")[0][0]
        seen = _seen(consumed, "SELECT count(*) FROM seen")[0][0]
        if moving == waiting == 0 and seen == messages:
            return True
        now = (moving, waiting, messages, seen)
        if now != before:
            before, changed_at = now, time.monotonic()
        elif time.monotonic() - changed_at > STALLED_S:
            return False
        time.sleep(LOOK_EVERY_S)
    return False


def reconcile(engine: Engine, consumed: Path, sent: Sent) -> tuple[list[Held], Counter[str]]:
    """Everything against everything; also how many receipts stand where."""
    states = dict(_rows(engine, "SELECT id, state FROM receipts"))
    return [*_receipts(states, sent), *_points(engine, states, sent), *_messages(engine, consumed)], Counter(
        states.values()
    )


def _receipts(states: dict[str, str], sent: Sent) -> list[Held]:
    acknowledged = sent.receipts
    return [
        Held("receipts acknowledged and lost", len(set(acknowledged) - states.keys())),
        Held("receipts stored twice for one key", len(states.keys() - set(acknowledged))),
        Held("receipts acknowledged under two purchases", len(acknowledged) - len(set(acknowledged))),
        Held("receipts that never ended", sum(state in MOVING for state in states.values())),
        Held("receipts failed, visibly, with a button to retry", sum(s == "failed" for s in states.values())),
        Held(
            "uploads that nobody answered in three minutes",
            len(sent.unanswered),
            "; ".join(sent.unanswered[:2]),
        ),
    ]


def _points(engine: Engine, states: dict[str, str], sent: Sent) -> list[Held]:
    paid: dict[str, int] = {
        receipt: int(points)
        for receipt, points in _rows(
            engine,
            "SELECT receipt_id, sum(points) FROM ledger_entries"
            " WHERE receipt_id IS NOT NULL GROUP BY receipt_id",
        )
    }
    said = dict(_rows(engine, "SELECT id, coalesce(points, 0) FROM receipts"))
    awarded = [receipt for receipt, state in states.items() if state == "awarded"]
    twice = sum(
        sum(receipt in paid for receipt in dict.fromkeys(receipts)) > 1
        for receipts in sent.purchases.values()
    )
    revisions = _rows(engine, "SELECT count(*) FROM artefacts WHERE kind = 'decision' AND revision > 1")[0][0]
    return [
        Held("purchases paid twice", twice),
        Held("awards without points in the ledger", sum(receipt not in paid for receipt in awarded)),
        Held("points in the ledger of receipts not awarded", len(paid.keys() - set(awarded))),
        Held("receipts whose points are not the ledger's", sum(paid[each] != said[each] for each in paid)),
        Held("decisions stored twice", revisions),
    ]


def _messages(engine: Engine, consumed: Path) -> list[Held]:
    written = _rows(engine, "SELECT id, member_id, sequence FROM messages")
    seen = {row[0] for row in _seen(consumed, "SELECT id FROM seen")}
    by_member: dict[str, list[int]] = defaultdict(list)
    for _, member, sequence in written:
        by_member[member].append(sequence)
    gaps = sum(sorted(numbers) != list(range(1, len(numbers) + 1)) for numbers in by_member.values())
    positions = [row[0] for row in _rows(engine, "SELECT feed_position FROM messages ORDER BY feed_position")]
    faults = [row[0] for row in _seen(consumed, "SELECT what FROM faults")]
    balances = dict(
        _seen(consumed, "SELECT member, sum(points) FROM seen GROUP BY member HAVING sum(points) != 0")
    )
    ledger = {
        member: int(points)
        for member, points in _rows(
            engine, "SELECT member_id, sum(points) FROM ledger_entries GROUP BY member_id"
        )
    }
    people = balances.keys() | ledger.keys()
    return [
        Held("messages written and not received", len({row[0] for row in written} - seen)),
        Held("messages received and not written", len(seen - {row[0] for row in written})),
        Held("members with a gap in their messages", gaps),
        Held("places in the feed missing or doubled", int(positions != list(range(1, len(written) + 1)))),
        Held("messages out of order for a member, or of two bodies", len(faults), "; ".join(faults[:2])),
        Held(
            "members whose balance at the consumer is not the ledger's",
            sum(balances.get(each, 0) != ledger.get(each, 0) for each in people),
        ),
    ]


def _rows(engine: Engine, sql: str) -> Sequence[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def _seen(path: Path, sql: str) -> list[Any]:
    database = sqlite3.connect(path)
    try:
        return database.execute(sql).fetchall()
    except sqlite3.OperationalError:  # the consumer has not begun
        return [(0,)] if "count" in sql else []
    finally:
        database.close()
