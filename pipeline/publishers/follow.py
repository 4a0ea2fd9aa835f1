"""Follows a program's feed for one publisher: what to send next, and what to write down of each try.

Nothing is sent inside a transaction. A process that dies between sending and writing down sends once more:
at least once. A lease sees to it that only one process at a time does this for a publisher.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

import structlog
from sqlalchemy.orm import Session

from pipeline.clock import utc_now
from pipeline.publishers.base import Away, Closed, Failed, Outcome, Publisher, Refused, Taken
from pipeline.publishers.schedule import AWAY_AFTER, look_wait_s, retry_wait_s
from receipts.database.engine import Database
from receipts.database.repositories.deliveries import Kept, Owed, PublisherBooks
from receipts.database.repositories.leases import Leases
from receipts.database.repositories.outbox import Feed
from receipts.delivery import DeliveryState, PublisherState
from receipts.identity import MemberId, ProgramId
from receipts.message import Message
from receipts.spans import SpanKind, span, under

log = structlog.get_logger(__name__)

LEASE_S = 45.0
"""A process that dies keeps others from its publishers this long. More than twice what one try may take."""
_RENEW_BELOW = timedelta(seconds=30)
_LOOK_AHEAD = 20
"""Messages of the feed looked at for each that may be sent; who waits is only written down."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What one step does: owed messages, then some of the feed, and where the cursor would stand then."""

    state: PublisherState
    owed: tuple[Owed, ...] = ()
    fresh: tuple[tuple[int, Message], ...] = ()
    behind: tuple[tuple[int, Message], ...] = ()
    end: int = 0

    @property
    def messages(self) -> tuple[Message, ...]:
        return (*(each.message for each in self.owed), *(message for _, message in self.fresh))

    @property
    def is_empty(self) -> bool:
        return not self.owed and self.end == self.state.position


@dataclass
class _Tally:
    """What the tries of one step mean for the publisher as a whole."""

    taken: int = 0
    failed: int = 0
    """For the first time: one message that fails again and again says little of the other side."""
    tried_and_failed: bool = False
    away: bool = False
    closed: str = ""
    error: str = ""
    retry_after_s: float = 0.0
    kept: list[Kept] = field(default_factory=list)

    def count(self, outcome: Outcome, *, first: bool) -> None:
        """Add what came of one try, the first of its message or a later one."""
        match outcome:
            case Taken():
                self.taken += 1
            case Failed(reason):
                self.failed += first
                self.tried_and_failed = True
                self.error = reason
            case Refused(reason):
                self.error = reason
            case Away(reason, retry_after_s):
                self.away = True
                self.error = reason
                self.retry_after_s = max(self.retry_after_s, retry_after_s)
            case Closed(reason):
                self.error = self.closed = reason
            case _:
                assert_never(outcome)

    def failures(self, before: int) -> int:
        """How many tries in a row have failed now; a side that is away counts as many at once."""
        if self.away:
            return max(before, AWAY_AFTER - 1) + 1
        if self.taken or not self.tried_and_failed:
            return 0
        return before + 1 if before >= AWAY_AFTER else before + self.failed


class Follower:
    """One publisher's way through its program's feed."""

    def __init__(
        self,
        database: Database,
        program_id: ProgramId,
        name: str,
        publisher: Publisher,
        *,
        at_the_end: bool = False,
    ) -> None:
        self._database = database
        self._program_id = program_id
        self._name = name
        self._publisher = publisher
        self._at_the_end = at_the_end
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._leased_until: datetime | None = None
        self._feed_first = False

    @property
    def lease_name(self) -> str:
        """Under which the publisher is leased."""
        return f"publisher:{self._program_id}:{self._name}"

    def step(self) -> int:
        """Try what is due; how many messages were dealt with. 0: nothing to do now, or another process does.

        Raises:
            TransientError: the database did not answer.
        """
        if not self._hold():
            return 0
        with self._database.read() as session:
            plan = self._plan(session)
        if plan.is_empty:
            return 0
        outcomes = self._send(plan.messages)
        self._write_down(plan, outcomes)
        return len(plan.owed) + len(plan.fresh) + len(plan.behind)

    def release(self) -> None:
        """Let another process have the publisher at once."""
        self._leased_until = None
        with self._database.write() as session:
            Leases(session, utc_now()).release(self.lease_name, self._owner)

    def _hold(self) -> bool:
        """Whether the publisher is ours for longer than a try may take."""
        now = utc_now()
        if self._leased_until is not None and self._leased_until - now > _RENEW_BELOW:
            return True
        with self._database.write() as session:
            if not Leases(session, now).take(self.lease_name, self._owner, LEASE_S):
                return False
            PublisherBooks(session, self._program_id, self._name, now).begin(at_the_end=self._at_the_end)
        self._leased_until = now + timedelta(seconds=LEASE_S)
        return True

    def _plan(self, session: Session) -> _Plan:
        now = utc_now()
        books = PublisherBooks(session, self._program_id, self._name, now)
        state = books.begin(at_the_end=self._at_the_end)
        nothing = _Plan(state, end=state.position)
        if state.stopped or (state.paused_until is not None and state.paused_until > now):
            return nothing
        # In turns, so that neither a long redelivery nor a busy feed keeps the other waiting, and a side that
        # is away is not judged by one odd message.
        feed_first, self._feed_first = self._feed_first, not self._feed_first
        if state.failures >= AWAY_AFTER:
            probe = books.soonest()
            ahead = self._with_feed(session, books, state, (), 1) if feed_first or probe is None else nothing
            return ahead if probe is None or ahead.fresh else _Plan(state, owed=(probe,), end=state.position)
        room = self._publisher.parallel if state.failures == 0 else 1
        owed = () if feed_first else books.owed(limit=room)
        plan = self._with_feed(session, books, state, owed, room - len(owed))
        if plan.is_empty and feed_first:
            return _Plan(state, owed=books.owed(limit=room), end=state.position)
        return plan

    def _with_feed(
        self,
        session: Session,
        books: PublisherBooks,
        state: PublisherState,
        owed: tuple[Owed, ...],
        room: int,
    ) -> _Plan:
        """Of the feed as much as there is room for, one message a member; who waits is passed by."""
        fresh: list[tuple[int, Message]] = []
        behind: list[tuple[int, Message]] = []
        end = state.position
        found = Feed(session, self._program_id).after(end, limit=_LOOK_AHEAD * room) if room else ()
        blocked = books.blocked(message.member_id for _, message in found) if found else frozenset()
        chosen: set[MemberId] = set()
        for position, message in found:
            if message.member_id in blocked:
                behind.append((position, message))
            elif message.member_id in chosen or len(fresh) == room:
                break
            else:
                fresh.append((position, message))
                chosen.add(message.member_id)
            end = position
        return _Plan(state, owed, tuple(fresh), tuple(behind), end)

    def _send(self, messages: Sequence[Message]) -> list[Outcome]:
        if len(messages) <= 1:
            return [self._try(message) for message in messages]
        with ThreadPoolExecutor(len(messages)) as pool:
            return list(pool.map(self._try, messages))

    def _try(self, message: Message) -> Outcome:
        facts = {"publisher": self._name, "program_id": self._program_id, "type": message.type.value}
        try:
            with under(message.traceparent), span("publish", SpanKind.CLIENT, **facts) as doing:
                outcome = self._publisher.send(message)
                doing.tell(outcome=type(outcome).__name__.lower())
                return outcome
        # A bug of ours with one message must not end the thread: other members' messages go on, and
        # this one is tried again and at last set aside where people see it.
        except Exception as error:
            log.exception("a publisher stumbled over a message", publisher=self._name, message=message.id)
            return Failed(f"our fault: {type(error).__name__}; the log of the relay says more")

    def _write_down(self, plan: _Plan, outcomes: Sequence[Outcome]) -> None:
        now = utc_now()
        with self._database.write() as session:
            if not Leases(session, now).renew(self.lease_name, self._owner, LEASE_S):
                # Another process follows by now, from where we began: what we sent goes out twice.
                log.warning("lost the lease while sending", publisher=self._name, program=self._program_id)
                self._leased_until = None
                return
            books = PublisherBooks(session, self._program_id, self._name, now)
            tally = _Tally()
            for owed, outcome in zip(plan.owed, outcomes[: len(plan.owed)], strict=True):
                tally.count(outcome, first=owed.attempts == 0)
                _settle(books, owed, outcome)
            end = _pass_by(plan, outcomes[len(plan.owed) :], tally, now)
            books.keep(tally.kept)
            failures = tally.failures(plan.state.failures)
            books.move(
                position=end,
                failures=failures,
                paused_s=look_wait_s(failures, tally.retry_after_s),
                stopped=tally.closed,
                error=tally.error,
                taken=tally.taken > 0,
            )
            if plan.state.failures >= AWAY_AFTER and failures == 0:
                books.hurry()
        if tally.error:
            log.warning("not taken", publisher=self._name, program=self._program_id, reason=tally.error)


def _settle(books: PublisherBooks, owed: Owed, outcome: Outcome) -> None:
    match outcome:
        case Taken():
            books.settle(owed, state=DeliveryState.TAKEN, attempts=owed.attempts, error="", wait_s=0.0)
        case Failed(reason):
            if not owed.due:
                books.note(owed, error=reason)
                return
            attempts = owed.attempts + 1
            wait_s = retry_wait_s(attempts)
            state = DeliveryState.DEAD if wait_s is None else DeliveryState.WAITING
            books.settle(owed, state=state, attempts=attempts, error=reason, wait_s=wait_s or 0.0)
        case Refused(reason):
            books.settle(owed, state=DeliveryState.DEAD, attempts=owed.attempts + 1, error=reason, wait_s=0.0)
        case Away(reason) | Closed(reason):
            books.note(owed, error=reason)
        case _:
            assert_never(outcome)


def _pass_by(plan: _Plan, outcomes: Sequence[Outcome], tally: _Tally, now: datetime) -> int:
    """Gather what becomes a delivery, and say where the cursor stands then.

    Messages at the end that met nobody stay in the feed, however many follow while nobody is there.
    """
    reached = len(outcomes)
    while reached and isinstance(outcomes[reached - 1], Away | Closed):
        reached -= 1
    for outcome in outcomes:
        tally.count(outcome, first=True)
    for (position, message), outcome in zip(plan.fresh[:reached], outcomes[:reached], strict=True):
        kept = _kept(message, position, outcome, now)
        if kept is not None:
            tally.kept.append(kept)
    end = plan.end if reached == len(outcomes) else plan.fresh[reached][0] - 1
    tally.kept.extend(
        Kept(message, position, DeliveryState.WAITING, 0, now, "")
        for position, message in plan.behind
        if position <= end
    )
    return end


def _kept(message: Message, position: int, outcome: Outcome, now: datetime) -> Kept | None:
    match outcome:
        case Taken():
            return None
        case Failed(reason):
            later = now + timedelta(seconds=retry_wait_s(1) or 0.0)
            return Kept(message, position, DeliveryState.WAITING, 1, later, reason)
        case Refused(reason):
            return Kept(message, position, DeliveryState.DEAD, 1, now, reason)
        case Away(reason) | Closed(reason):
            return Kept(message, position, DeliveryState.WAITING, 0, now, reason)
        case _:
            assert_never(outcome)
