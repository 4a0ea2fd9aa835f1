"""Runs one part of the program in this process and kills it, -9, at a named point.

    python -m tests.support.killed POINT run RECEIPT     one receipt, as a worker runs it
    python -m tests.support.killed POINT relay           the relay, once
    python -m tests.support.killed POINT api PORT        the API
    python -m tests.support.killed POINT mailbox         one pass over every mailbox
    python -m tests.support.killed POINT take_in INBOUND one mail or text, as a worker takes it in
    python -m tests.support.killed POINT deliver ANSWER  one answer, as a worker sends it
    python -m tests.support.killed nursery               any number of the above, one after another; forks, so
                                                         that imports cost once (see `tests.support.nursery`)

The product's functions are wrapped, never replaced: up to the point everything is real, and at the point the
process dies as if the power had gone. POINT `never` kills nowhere.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import uvicorn

import api.idempotency
from api.app import create_app
from ingest.email.imap import Mailbox
from ocr.document import ReadDefaults, read_document
from ocr.engines.base import OcrEngine
from pipeline import mailbox, relay, runner, submit
from pipeline.answers.deliver import deliver
from pipeline.logs import set_up_logs
from pipeline.publish import JsonLinesPublisher
from pipeline.queue import Bell
from pipeline.settings import load_settings
from pipeline.stages import stage_due
from pipeline.takein.run import take_in
from pipeline.wiring import build
from receipts.database.repositories.inbound import Inbound
from receipts.database.repositories.outbox import Outbox
from receipts.database.repositories.work import WorkItem
from receipts.identity import InboundId, OutgoingId, ReceiptId
from receipts.image import MediaType
from receipts.money import currency
from tests.support.killed_doors import arm_door

STAGES = ("read", "match", "screen", "decide")
STAGE_POINTS = tuple(
    f"{stage}:{moment}" for stage in STAGES for moment in ("leased", "worked", "storing", "stored")
)
RELAY_POINTS = ("relay:taken", "relay:rung", "relay:published", "relay:committed")
API_POINTS = ("api:kept-original", "api:writing", "api:committed")

MAILBOX_POINTS = tuple(
    f"mailbox:{moment}" for moment in ("fetched", "committing", "committed", "marked", "moved")
)

CRASHED_FIRST_TRY_S = 1.0
"""The product waits a minute before it takes an unanswered first request for dead; a test cannot."""


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _after(owner: Any, name: str, when: Callable[..., bool] = lambda *_: True) -> None:
    """Die right after `owner.name` has returned, where `when` says so of its arguments and result."""
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        if when(result, *args):
            _die()
        return result

    setattr(owner, name, wrapped)


def _before(owner: Any, name: str, when: Callable[..., bool] = lambda *_: True) -> None:
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if when(*args):
            _die()
        return original(*args, **kwargs)

    setattr(owner, name, wrapped)


def _arm_stage(stage: str, moment: str) -> None:
    def due(item: WorkItem | None) -> bool:
        return item is not None and stage_due(item.state).name == stage

    match moment:
        case "leased":
            _after(runner, "_lease", lambda item, *_: due(item))
        case "worked":
            _before(runner, "_store", lambda _wiring, item, _result: due(item))
        case "storing":  # all rows written, the transaction not committed
            _after(runner, "_leave_bell", lambda _none, _session, _now, item, *_: due(item))
        case "stored":
            _after(runner, "_store", lambda _after, _wiring, item, _result: due(item))


def _arm_mailbox(moment: str) -> None:
    match moment:
        case "fetched":  # the mail is in a file of ours and nowhere else
            _after(Mailbox, "fetch")
        case "committing":  # all rows written, the transaction not committed
            _after(Inbound, "add_all")
        case "committed":  # safe, and the server does not know
            _after(mailbox, "receive_mails")
        case "marked":
            _after(Mailbox, "mark")
        case "moved":
            _after(Mailbox, "move")


def arm(point: str) -> None:
    """Arrange the death."""
    part, _, moment = point.partition(":")
    match part, moment:
        case "never", _:
            return
        case stage, _ if stage in STAGES:
            _arm_stage(stage, moment)
        case "mailbox", _:
            _arm_mailbox(moment)
        case "relay", "taken":
            _after(Outbox, "take", lambda items, *_: bool(items))
        case "relay", "rung":  # the broker has it, the outbox row is not gone
            _after(Bell, "ring")
        case "relay", "published":  # the file has it, the outbox row is not gone
            _after(JsonLinesPublisher, "publish")
        case "relay", "committed":
            _after(relay.Relay, "relay_due", lambda sent, *_: sent > 0)
        case "api", "kept-original":
            _after(submit, "judge")
        case "api", "writing":
            _after(submit.Intake, "add")
        case "api", "committed":
            _after(submit, "submit")
            import api.intake

            _after(api.intake, "submit")
        case (("take_in" | "deliver"), _):
            arm_door(part, moment, _after, _before)
        case _:
            raise SystemExit(f"unknown point {point}")


def _no_engine() -> OcrEngine:
    raise AssertionError("a text needs no engine")


def _one(point: str, what: str, *rest: str) -> None:
    arm(point)
    api.idempotency.RUNNING_S = CRASHED_FIRST_TRY_S
    settings = load_settings()
    set_up_logs(settings.log_level)
    wiring = build(settings)
    match what:
        case "run":
            runner.run(wiring, ReceiptId(rest[0]))
        case "relay":
            relay.Relay(wiring).relay_due()
        case "take_in":
            take_in(wiring, InboundId(rest[0]))
        case "deliver":
            deliver(wiring, OutgoingId(rest[0]))
        case "mailbox":
            for box in mailbox.configured(wiring).items():
                mailbox.MailboxWork(wiring, *box).once()
        case "api":
            uvicorn.run(create_app(wiring), host="127.0.0.1", port=int(rest[0]), log_level="warning")


def _nursery() -> None:
    """Read `[variables, arguments]` a line; answer with the child's id, and its status when it has ended.

    A text is read first: its children then find what reading loads when it is first used.
    """
    read_document(b"Total 1.00", MediaType.TEXT, engine=_no_engine, defaults=ReadDefaults(currency("USD")))
    for line in sys.stdin:
        environment, arguments = json.loads(line)
        child = os.fork()
        if child == 0:
            os.environ.update(environment)
            _one(*arguments)
            os._exit(0)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def main(*arguments: str) -> None:
    """Arm, then run."""
    if arguments == ("nursery",):
        _nursery()
    else:
        _one(*arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
