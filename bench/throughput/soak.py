"""`python -m bench soak`: members, mails and texts at a set rate for half an hour; does memory stay flat?

PostgreSQL, Redis, an API, a relay, a mailbox, two workers, a mail server and a text provider run on this
machine. Of a hundred receipts some 60 are photos and 20 PDFs by the API, 15 mails by SMTP and IMAP, and 5
texts by the provider's webhook. Every half minute the memory of each process is looked at; what it held in
the second third of the time is compared with the last. Ends with 1 where a process grew, or a receipt
failed or got lost.
"""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import smtplib
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from statistics import median

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from bench.throughput.house import House, a_house, memory_mb
from bench.throughput.senders import ANSWER_S, send_picture, tokens_of
from fixtures.doors.plan import ADDRESS, HOST, MAYAS_PHONE, DoorsPlan
from fixtures.generator.dice import Dice
from fixtures.generator.retailers import SHOPS
from fixtures.generator.sample import Kind, draw_sample
from pipeline.sample import MAYA

GROWS_MOST = 0.05
"""Of what a process held in the second third; allocators breathe."""
LOOK_EVERY_S = 30.0
SENDERS = 3
QUIET_WITHIN_S = 300.0
PICTURES = 60
"""Drawn before; each is sent again and again with other bytes at its end: one purchase's next photo."""
DOORS = "sample-doors"
"""Shown and not judged: the fixture keeps all that it was sent."""
WORKERS = ("worker 1", "worker 2")
_WAYS = (*("photo",) * 12, *("pdf",) * 4, *("mail",) * 3, "text")
_US = [shop for shop in SHOPS if shop.market == "us"]


@dataclass
class Soak:
    """What was sent, and what the processes held: MB by name, at each look."""

    sent: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    held: dict[str, list[float]] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)


def run(words: Sequence[str]) -> int:
    """Soak, print, and say whether all held."""
    parser = argparse.ArgumentParser(prog="python -m bench soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--a-minute", type=float, default=40.0, help="receipts sent, over all ways")
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="tillpoints-soak-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        pictures = _pictures()
        with a_house(folder, doors=True) as house:
            for worker in WORKERS:
                house.start("worker", worker)
            soak = Soak()
            _soak(house, soak, pictures, given)
            calm = _quiet(house)
            return _report(house, soak, calm=calm, given=given)


def _soak(house: House, soak: Soak, pictures: Sequence[bytes], given: argparse.Namespace) -> None:
    tokens = tokens_of(house, len(house.people))
    every_s = 60.0 * SENDERS / given.a_minute
    threads = [
        threading.Thread(target=_send_for_ever, args=(house, soak, pictures, tokens, number, every_s))
        for number in range(SENDERS)
    ]
    for thread in threads:
        thread.start()
    until = time.monotonic() + given.minutes * 60
    while time.monotonic() < until:
        time.sleep(min(LOOK_EVERY_S, max(0.1, until - time.monotonic())))
        for name in house.running:
            soak.held.setdefault(name, []).append(memory_mb(house.pids(name), "VmRSS"))
        soak.waiting.append(house.unfinished())
    soak.over.set()
    for thread in threads:
        thread.join()


def _send_for_ever(
    house: House, soak: Soak, pictures: Sequence[bytes], tokens: Sequence[str], number: int, every_s: float
) -> None:
    dice, count = Dice(f"soak-{number}"), 0
    with httpx.Client(base_url=house.api, timeout=ANSWER_S) as client:
        while not soak.over.is_set():
            began, way, name = time.monotonic(), dice.pick(_WAYS), f"{number}-{count}"
            count += 1
            try:
                _send(house, client, dice, way, name, pictures, tokens)
            except (httpx.HTTPError, OSError, smtplib.SMTPException) as error:
                with soak.lock:
                    soak.refused[f"{way}: {type(error).__name__} {str(error)[:80]}"] += 1
            else:
                with soak.lock:
                    soak.sent[way] += 1
            soak.over.wait(max(0.0, every_s - (time.monotonic() - began)))


def _send(
    house: House,
    client: httpx.Client,
    dice: Dice,
    way: str,
    name: str,
    pictures: Sequence[bytes],
    tokens: Sequence[str],
) -> None:
    if way == "photo":
        data = dice.pick(pictures) + name.encode()
        send_picture(client, dice.pick(tokens), data).raise_for_status()
    elif way == "pdf":
        data = _document(name, Kind.PDF_TEXT, dice)
        send_picture(client, dice.pick(tokens), data, "application/pdf").raise_for_status()
    elif way == "mail":
        _mail(house.doors, name, _document(name, Kind.HTML, dice).decode())
    else:
        data = _document(name, Kind.PDF_TEXT, dice)
        media = [{"type": "application/pdf", "data": base64.b64encode(data).decode()}]
        body = {"from": MAYAS_PHONE, "body": "", "media": media}
        httpx.post(f"{house.doors.texts_url}/simulate", json=body, timeout=ANSWER_S).raise_for_status()


def _mail(doors: DoorsPlan, name: str, page: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = MAYA.email, ADDRESS, f"My receipt {name}"
    mail["Message-ID"] = f"<{name}-{time.time_ns()}@example.com>"
    mail.set_content("See below.")
    mail.add_alternative(page, subtype="html")
    with smtplib.SMTP(HOST, doors.smtp_port, timeout=ANSWER_S) as smtp:
        smtp.send_message(mail)


_DRAWING = threading.Lock()
"""PDFium is not made for several threads."""


def _document(name: str, kind: Kind, dice: Dice) -> bytes:
    day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=dice.whole(1, 5))
    with _DRAWING:
        return draw_sample(f"soak-{name}", kind=kind, purchased_on=day, shop=dice.pick(_US)).data


def _pictures() -> list[bytes]:
    day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=2)
    kinds = (Kind.PHOTO, Kind.SCAN)
    return [
        draw_sample(f"soak-{n}", kind=kinds[n % len(kinds)], purchased_on=day, shop=_US[n % len(_US)]).data
        for n in range(PICTURES)
    ]


def _quiet(house: House) -> bool:
    """Whether nothing is under way any more, soon after the last one was sent."""
    until = time.monotonic() + QUIET_WITHIN_S
    while time.monotonic() < until:
        if house.unfinished() == 0 and not _waiting(house):
            return True
        time.sleep(1.0)
    return False


def _waiting(house: House) -> int:
    with house.engine.connect() as connection:
        asked = "SELECT count(*) FROM inbound_messages WHERE state = 'waiting'"
        return int(connection.execute(text(asked)).scalar_one())


def _report(house: House, soak: Soak, *, calm: bool, given: argparse.Namespace) -> int:
    console = Console(highlight=False, width=150)
    states = house.states()
    console.print(f"{given.minutes:g} minutes: sent {dict(soak.sent)}, refused {dict(soak.refused)}")
    console.print(
        f"receipts {states}; most waiting at a look {max(soak.waiting)}, at the end"
        f" {'none' if calm else house.unfinished()}"
    )
    table, grew = Table("process", "MB, second third", "MB, last third", "most", "grew"), []
    for name, held in soak.held.items():
        third = max(1, len(held) // 3)
        before, after = median(held[third : 2 * third] or held), median(held[-third:])
        grown = after / before - 1
        if name != DOORS:
            grew.append(grown)
        table.add_row(name, f"{before:.0f}", f"{after:.0f}", f"{max(held):.0f}", f"{grown:+.1%}")
    console.print(table)
    return int(not calm or states.get("failed", 0) > 0 or max(grew) > GROWS_MOST)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
