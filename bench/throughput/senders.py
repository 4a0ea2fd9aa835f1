"""Members who send pictures by the API, as fast as they are answered."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.throughput.house import House

ANSWER_S = 60.0


@dataclass
class Answered:
    """What came of sending: seconds of each answer that said 202, how many said something else."""

    seconds: list[float] = field(default_factory=list)
    others: int = 0
    wall: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


def tokens_of(house: House, count: int, shift: int = 0) -> list[str]:
    """Bearer tokens of that many members."""
    tokens = []
    with httpx.Client(base_url=house.api, timeout=ANSWER_S) as client:
        for number in range(count):
            email, password = house.people[(number + shift) % len(house.people)]
            answer = client.post("/v1/tokens", json={"email": email, "password": password})
            tokens.append(str(answer.raise_for_status().json()["access_token"]))
    return tokens


def send_once(house: House, pictures: Sequence[Path], *, shift: int = 0) -> None:
    """Each picture once, by members in turn; none may be refused."""
    tokens = tokens_of(house, len(house.people), shift)
    with httpx.Client(base_url=house.api, timeout=ANSWER_S) as client:
        for number, picture in enumerate(pictures):
            send_picture(client, tokens[number % len(tokens)], picture.read_bytes()).raise_for_status()


def send_for(house: House, pictures: Sequence[Path], *, senders: int, seconds: float) -> Answered:
    """Several at once, each the next one when it has its answer; bytes at the end make each another file."""
    tokens, answered = tokens_of(house, senders), Answered()
    data = [picture.read_bytes() for picture in pictures]
    until = time.monotonic() + seconds

    def send(number: int) -> None:
        sent = 0
        with httpx.Client(base_url=house.api, timeout=ANSWER_S) as client:
            while time.monotonic() < until:
                body = data[sent % len(data)] + f"{number}-{sent}".encode()
                began = time.perf_counter()
                answer = send_picture(client, tokens[number], body)
                spent = time.perf_counter() - began
                sent += 1
                with answered.lock:
                    if answer.status_code == httpx.codes.ACCEPTED:
                        answered.seconds.append(spent)
                    else:
                        answered.others += 1

    began = time.monotonic()
    threads = [threading.Thread(target=send, args=(number,)) for number in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answered.wall = time.monotonic() - began
    return answered


def send_picture(
    client: httpx.Client, token: str, data: bytes, media_type: str = "image/jpeg"
) -> httpx.Response:
    """One file, as a submission of its own."""
    return client.post(
        "/v1/submissions",
        headers={"Authorization": f"Bearer {token}"},
        files={"files": ("receipt", data, media_type)},
    )
