"""Members who send receipts without end, some of them twice, and ask again whenever nobody answers."""

from __future__ import annotations

import datetime as dt
import math
import threading
import time
from dataclasses import dataclass, field

import httpx

from fixtures.generator.dice import Dice
from fixtures.generator.retailers import SHOPS
from fixtures.generator.sample import Kind, draw_sample

GIVE_UP_S = 180.0
AFTER_THE_END_S = 120.0
"""So long what is under way is asked for again once no new purchases are sent; nobody is struck by then."""
ANSWER_S = 60.0
PAUSE_S = 0.3
AGAIN = 0.15
"""Of all purchases, sent once more by the same member under another key."""
BY_ANOTHER = 0.1
_DRAWING = threading.Lock()
"""PDFium is not made for several threads."""
_SHOPS = [shop for shop in SHOPS if shop.market == "us"]


@dataclass
class Sent:
    """What was sent: receipts by purchase; why some were never answered with 202, in `unanswered`."""

    purchases: dict[int, list[str]] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def receipts(self) -> list[str]:
        """Every receipt that the API said it has."""
        return [each for receipts in self.purchases.values() for each in receipts]


@dataclass
class Load:
    """Several senders at once.

    Attributes:
        people: address and password of each member.
        a_second: purchases, over all senders; fewer where the API is slower.
    """

    url: str
    people: list[tuple[str, str]]
    a_second: float
    seed: int
    sent: Sent = field(default_factory=Sent)
    _over: threading.Event = field(default_factory=threading.Event)
    _next: int = 0
    _ended_at: float = math.inf

    def begin(self, senders: int) -> list[threading.Thread]:
        """Start sending; `end` stops it."""
        threads = [
            threading.Thread(target=self._send_for_ever, args=(number, senders), daemon=True)
            for number in range(senders)
        ]
        for thread in threads:
            thread.start()
        return threads

    def end(self) -> None:
        """No new purchases; those under way are brought to an answer, or given up soon."""
        self._ended_at = time.monotonic()
        self._over.set()

    def _send_for_ever(self, number: int, senders: int) -> None:
        dice, tokens = Dice(f"{self.seed}-{number}"), dict[str, str]()
        while not self._over.is_set():
            began = time.monotonic()
            with self.sent.lock:
                purchase, self._next = self._next, self._next + 1
            member, other = dice.some(self.people, 2)
            data = _receipt(f"chaos-{self.seed}-{purchase}", dice)
            self._send(tokens, member, f"{purchase}-first", data, purchase)
            if dice.chance(AGAIN) and not self._over.is_set():
                self._send(tokens, member, f"{purchase}-again", data, purchase)
            if dice.chance(BY_ANOTHER) and not self._over.is_set():
                self._send(tokens, other, f"{purchase}-other", data, purchase)
            self._over.wait(max(0.0, senders / self.a_second - (time.monotonic() - began)))

    def _send(
        self, tokens: dict[str, str], person: tuple[str, str], key: str, data: bytes, purchase: int
    ) -> None:
        until, last = time.monotonic() + GIVE_UP_S, ""
        while time.monotonic() < min(until, self._ended_at + AFTER_THE_END_S):
            try:
                with httpx.Client(base_url=self.url, timeout=ANSWER_S) as client:
                    if person[0] not in tokens:
                        words = {"email": person[0], "password": person[1]}
                        answer = client.post("/v1/tokens", json=words)
                        tokens[person[0]] = answer.raise_for_status().json()["access_token"]
                    answer = client.post(
                        "/v1/submissions",
                        headers={"Authorization": f"Bearer {tokens[person[0]]}", "Idempotency-Key": key},
                        files={"files": ("receipt.pdf", data, "application/pdf")},
                    )
                if answer.status_code == httpx.codes.ACCEPTED:
                    with self.sent.lock:
                        ids = [each["id"] for each in answer.json()["receipts"]]
                        self.sent.purchases.setdefault(purchase, []).extend(ids)
                    return
                if answer.status_code == httpx.codes.UNAUTHORIZED:  # a token of a clock that was moved back
                    del tokens[person[0]]
                last = f"{answer.status_code} {answer.text[:200]}"
            except (httpx.HTTPError, ValueError, KeyError) as error:
                last = repr(error)  # the API is dead at this moment, as it may be on any day
            time.sleep(PAUSE_S)
        with self.sent.lock:
            self.sent.unanswered.append(last)


def _receipt(seed: str, dice: Dice) -> bytes:
    day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=dice.whole(1, 5))
    with _DRAWING:
        return draw_sample(seed, kind=Kind.PDF_TEXT, purchased_on=day, shop=dice.pick(_SHOPS)).data
