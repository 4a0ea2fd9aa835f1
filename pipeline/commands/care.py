"""`doctor`: for whoever runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import typer
from kombu.exceptions import OperationalError
from rich.console import Console
from sqlalchemy import text

from pipeline.clock import utc_now
from pipeline.commands.wall import NO_WALL, WORDS
from pipeline.mail_checks import check_looked_after, check_mailbox, check_sending
from pipeline.publishers.checks import publisher_checks
from pipeline.queue import make_celery
from pipeline.relay import HEARTBEAT
from pipeline.settings import load_settings
from pipeline.text_checks import check_texting
from pipeline.wiring import Wiring, build
from receipts.database.repositories.outbox import Outbox
from receipts.database.wall import Wall, state
from receipts.errors import RefusedError, TransientError

_HEARD_WITHIN_S = 30.0


def _database(wiring: Wiring) -> str:
    with wiring.database.read() as session:
        session.execute(text("SELECT 1"))
    wiring.database.migrate()
    return f"{wiring.database.engine.dialect.name}, tables at their newest"


def _wall(wiring: Wiring) -> str:
    if wiring.database.is_sqlite:
        return NO_WALL
    with wiring.database.read() as session:
        stands = state(session.connection())
    if stands is not Wall.STANDS:
        raise RefusedError(WORDS[stands])
    return WORDS[stands]


def _files(wiring: Wiring) -> str:
    probe = wiring.store.put_bytes(b"tillpoints doctor")
    if wiring.store.read_bytes(probe) != b"tillpoints doctor":
        raise TransientError("what was written was not what was read")
    return "written and read"


def _queue(wiring: Wiring) -> str:
    with make_celery(wiring.settings).connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=3)
        return str(connection.transport.driver_type)


def _engine(wiring: Wiring) -> str:
    engine = wiring.engine
    said = f"{engine.name} {engine.version}"
    return f"{said} ({engine.remark})" if engine.remark else said


def _relay(wiring: Wiring) -> str:
    now = utc_now()
    with wiring.database.read() as session:
        heard = Outbox(session, now).last_beat(HEARTBEAT)
    if heard is None or (now - heard).total_seconds() > _HEARD_WITHIN_S:
        raise TransientError("not heard of lately; start it with `tillpoints serve` or `tillpoints relay`")
    return "heard of"


def _dns(wiring: Wiring, domain: str) -> str:
    try:
        wiring.resolver.txt(domain)
    except TransientError as error:
        raise TransientError(
            f"does not answer: signed mails cannot be checked and wait for a person ({error});"
            " see /etc/resolv.conf, or set TILLPOINTS_DNS_FILE"
        ) from error
    return "answers"


_CHECKS: tuple[tuple[str, Callable[[Wiring], str]], ...] = (
    ("database", _database),
    ("programs", _wall),
    ("files", _files),
    ("queue", _queue),
    ("engine", _engine),
    ("relay", _relay),
)


def _mail_checks(wiring: Wiring) -> Iterator[tuple[str, Callable[[], str]]]:
    """For each program that has a mailbox: DNS, fetching, sending, and whether a process runs."""
    for program_id, channels in wiring.channels.items():
        if (settings := channels.email) is not None:
            where = settings.address
            yield f"DNS {where}", partial(_dns, wiring, where.partition("@")[2])
            yield f"mailbox {where}", partial(check_mailbox, settings)
            yield f"answers {where}", partial(check_sending, settings)
            yield f"fetching {where}", partial(check_looked_after, wiring, program_id)


def _text_checks(wiring: Wiring) -> Iterator[tuple[str, Callable[[], str]]]:
    for program_id, channels in wiring.channels.items():
        if channels.sms is not None:
            yield f"texts {program_id}", partial(check_texting, wiring, channels.sms)


def _provider_checks(wiring: Wiring) -> Iterator[tuple[str, Callable[[], str]]]:
    if wiring.provider is not None:
        yield "sign-in", wiring.provider.check


def doctor() -> None:
    """Check every part that the settings name, and say what is wrong. Exits 1 when something is."""
    wiring = build(load_settings(), acts_across=True)
    console = Console(soft_wrap=True)
    sick = False
    parts: list[tuple[str, Callable[[], str]]]
    parts = [(name, partial(check, wiring)) for name, check in _CHECKS]
    parts += [*_provider_checks(wiring), *_mail_checks(wiring), *_text_checks(wiring)]
    for name, ask in [*parts, *publisher_checks(wiring)]:
        try:
            console.print(f"ok    {name:9} {ask()}", markup=False, highlight=False)
        except (TransientError, RefusedError, OperationalError, OSError, RuntimeError, ImportError) as error:
            sick = True
            console.print(f"WRONG {name:9} {error}", markup=False, highlight=False)
    if sick:
        raise typer.Exit(1)
