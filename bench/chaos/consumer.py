"""A core loyalty service that may die at any moment: it pulls the feed and keeps balances.

What it has made of an event and the cursor behind it are stored in one transaction, as docs/api.md asks.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

import httpx

WAIT_S = 0.2
TABLES = """
CREATE TABLE IF NOT EXISTS seen (source TEXT, id TEXT, member TEXT, sequence INTEGER,
                                 points INTEGER, body TEXT, PRIMARY KEY (source, id));
CREATE TABLE IF NOT EXISTS faults (what TEXT);
CREATE TABLE IF NOT EXISTS cursor (one INTEGER PRIMARY KEY CHECK (one = 1), at TEXT);
"""
PAID = {"points.awarded": 1, "points.reversed": -1}


def take(database: sqlite3.Connection, event: dict[str, Any]) -> None:
    """Apply one event once, and write down what must not be."""
    key, body = (event["source"], event["id"]), json.dumps(event, sort_keys=True)
    known = database.execute("SELECT body FROM seen WHERE source = ? AND id = ?", key).fetchone()
    if known is not None:
        if known[0] != body:
            database.execute("INSERT INTO faults VALUES (?)", (f"two bodies under {event['id']}",))
        return
    sequence, member = int(event["sequence"]), event["subject"]
    (last,) = database.execute(
        "SELECT coalesce(max(sequence), 0) FROM seen WHERE source = ? AND member = ?",
        (event["source"], member),
    ).fetchone()
    if sequence != last + 1:
        database.execute("INSERT INTO faults VALUES (?)", (f"{member}: {sequence} came after {last}",))
    points = PAID.get(event["type"], 0) * abs(event["data"].get("points", 0))
    database.execute("INSERT INTO seen VALUES (?, ?, ?, ?, ?, ?)", (*key, member, sequence, points, body))


def run(url: str, email: str, password: str, path: Path) -> None:
    """Pull for ever; whatever fails is tried again."""
    database = sqlite3.connect(path)
    database.executescript(TABLES)
    token = ""
    while True:
        try:
            with httpx.Client(base_url=url, timeout=10) as client:
                if not token:
                    signed_in = client.post("/v1/tokens", json={"email": email, "password": password})
                    token = signed_in.raise_for_status().json()["access_token"]
                row = database.execute("SELECT at FROM cursor").fetchone()
                answer = client.get(
                    "/v1/messages",
                    params={} if row is None else {"after": row[0]},
                    headers={"Authorization": f"Bearer {token}"},
                )
            if answer.status_code == httpx.codes.UNAUTHORIZED:  # a token of a clock that was moved back
                token = ""
            page = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError, KeyError):
            time.sleep(WAIT_S)
            continue
        with database:
            for event in page["events"]:
                take(database, event)
            database.execute(
                "INSERT INTO cursor VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET at = excluded.at",
                (page["next_cursor"],),
            )
        if not page["events"]:
            time.sleep(WAIT_S)


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]))
