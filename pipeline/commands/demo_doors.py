"""The demo's mails and texts: sent to the sample's own servers, and looked for among what came in."""

from __future__ import annotations

import base64
import smtplib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dkim
import httpx

from fixtures.doors.plan import ADDRESS, HOST, MAYAS_PHONE, SELECTOR, SIGNING_SHOP, DoorsPlan, signing_key
from fixtures.scenarios.doors import MailStory, TextStory, mail_stories, text_stories
from fixtures.scenarios.stage import Stage
from receipts.money import Points

_END_WITHIN_S = 180.0
_ANSWER_WITHIN_S = 15.0
"""After the end. Who was told how to join a while ago is not told again; a busy address is not answered."""
_LOOK_EVERY_S = 0.4
_SETTLED_MESSAGES = {"unlinked", "expired", "answered", "ignored", "rejected", "failed"}
_MOVING = {"received", "read", "matched", "screened"}
_LISTED = 100

Ask = Callable[[str], dict[str, Any]]
"""Gets a path of the API as the operator."""


@dataclass(frozen=True, slots=True)
class DoorEnd:
    """How one mail or text ended.

    Attributes:
        state: of its receipt, or of the message where it became none.
        receipt: as the API shows it; None where there is none.
        answer: what the sender was told last.
    """

    story: MailStory | TextStory
    state: str
    receipt: dict[str, Any] | None
    answer: str

    @property
    def points(self) -> Points | None:
        """What it earned."""
        return (
            None if self.receipt is None or self.receipt["points"] is None else Points(self.receipt["points"])
        )

    @property
    def as_expected(self) -> bool:
        """Whether it ended as its story says."""
        paid = self.story.points is None or self.points == self.story.points
        return self.state == self.story.expected and paid


def send_through_doors(plan: DoorsPlan, folder: Path, stage: Stage, ask: Ask) -> list[DoorEnd]:
    """Send every story and wait for its end; one after the other, since some repeat what went before."""
    key = base64.b64encode(bytes(signing_key(folder)))

    def sign(mail: bytes) -> bytes:
        header: bytes = dkim.sign(
            mail, SELECTOR.encode(), SIGNING_SHOP.encode(), key, signature_algorithm=b"ed25519-sha256"
        )
        return header + mail

    ends: list[DoorEnd] = []
    for mail in mail_stories(stage, to=ADDRESS, sign=sign):
        before = _known(ask)
        with smtplib.SMTP(HOST, plan.smtp_port, timeout=30) as smtp:
            smtp.sendmail(mail.sender, [ADDRESS], mail.raw)
        ends.append(_ended(mail, ask, before, said_at_once=""))
    for text in text_stories(stage, phone=MAYAS_PHONE):
        before = _known(ask)
        media = [{"type": kind, "data": base64.b64encode(data).decode()} for kind, data in text.media]
        answer = httpx.post(
            f"{plan.texts_url}/simulate",
            json={"from": text.sender, "body": text.body, "media": media},
            timeout=60,
        ).json()
        ends.append(_ended(text, ask, before, said_at_once=answer["said"]))
    return ends


def _known(ask: Ask) -> set[str]:
    return {item["id"] for item in ask(f"/v1/inbound-messages?limit={_LISTED}")["items"]}


def _ended(story: MailStory | TextStory, ask: Ask, before: set[str], *, said_at_once: str) -> DoorEnd:
    deadline = time.monotonic() + _END_WITHIN_S
    end, settled = DoorEnd(story, "not seen", None, said_at_once), False
    while time.monotonic() < deadline:
        end = _look(story, ask, before, said_at_once)
        if not settled and (end.state in _SETTLED_MESSAGES or (end.receipt and end.state not in _MOVING)):
            settled, deadline = True, time.monotonic() + _ANSWER_WITHIN_S
        if settled and (end.answer or end.state == "ignored"):
            return end
        time.sleep(_LOOK_EVERY_S)
    return end


def _look(story: MailStory | TextStory, ask: Ask, before: set[str], said_at_once: str) -> DoorEnd:
    listed = ask(f"/v1/inbound-messages?limit={_LISTED}")["items"]
    new = [item for item in listed if item["id"] not in before and item["sender"] in ("", story.sender)]
    if not new:
        return DoorEnd(story, "not seen", None, said_at_once)
    message = new[-1]
    said = [answer["text"] for answer in message["answers"] if answer["state"] == "sent"]
    answer = said[-1] if said else (said_at_once if message["state"] == "answered" else "")
    if message["submission_id"] is None:
        return DoorEnd(story, message["state"], None, answer)
    submission = ask(f"/v1/submissions/{message['submission_id']}")
    receipt = ask(f"/v1/receipts/{submission['receipts'][0]['id']}")
    return DoorEnd(story, receipt["state"], receipt, answer)
