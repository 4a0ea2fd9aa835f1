"""The relay: outbox rows to the queue and the publishers, and the sweep that rings for what was forgotten."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import timedelta
from typing import assert_never

import structlog
from kombu.exceptions import OperationalError

from pipeline.alive import Pulse
from pipeline.books_check import check_books
from pipeline.clock import utc_now
from pipeline.direct_uploads import tidy_quarantine
from pipeline.facts import catch_up_all
from pipeline.plans import carry_out_due
from pipeline.points_sweep import sweep_points
from pipeline.privacy import sweep_privacy
from pipeline.queue import (
    ADVANCE,
    ANSWERS,
    CATCH_UP,
    DELETE_MEDIA,
    DELIVER,
    INBOUND,
    LIGHT,
    QUEUE,
    TAKE_IN,
    Bell,
    make_celery,
)
from pipeline.status import sweep_statuses
from pipeline.texting import text_programs
from pipeline.wiring import Wiring
from receipts.database.repositories.deliveries import expire_deliveries
from receipts.database.repositories.inbound import expire_unlinked, media_due
from receipts.database.repositories.jobs import Jobs
from receipts.database.repositories.outbox import Deliver, Outbox, OutboxItem, Publish, Ring, TakeIn
from receipts.database.repositories.programs import Programs
from receipts.database.repositories.traces import expire_traces
from receipts.database.repositories.uploads import expire_uploads
from receipts.database.repositories.work import Work
from receipts.database.tables import InboundRow, OutgoingRow
from receipts.errors import TransientError
from receipts.identity import ReceiptId
from receipts.spans import SpanKind, span, under

log = structlog.get_logger(__name__)

HEARTBEAT = "relay"
BOOKS_CHECK = "books-check"
"""Its beat says when the books were last checked."""
BOOKS_DIFFER = "books-differ"
"""Its beat says when a check last found a difference."""
_HANGS_S = 300.0
"""A turn of the sweeps that removes thousands of files takes a minute or two."""
_BATCH = 100
_COUNT_FOR_S = 1.0
"""Of a sweep, for a program's dashboard: some 500 receipts; then bells are rung first."""
_SWEEP_EVERY_S = 5.0
_BEAT_EVERY_S = 2.0
_EXPIRE_EVERY_S = 300.0
_DELIVERY_BATCH = 5000
_TRACE_BATCH = 1000
_TRACE_BATCHES = 100
"""At most 100,000 in five minutes: more than a program takes in."""
_MEDIA_BATCH = 10
"""A provider that is away takes 10 s of a worker for each."""
_RETRY_FIRST_S = 0.5
_RETRY_MOST_S = 60.0
_DATABASE_AWAY_WAIT_S = 1.0


class Relay:
    """One relay; any number may run at once, since each row is locked by the one that sends it."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._bell = Bell(make_celery(wiring.settings))
        self._pulse = Pulse(wiring.settings, "relay", limit_s=_HANGS_S)
        self._swept_at = 0.0
        self._beat_at = 0.0
        self._expired_at = 0.0

    def run(self, stop: threading.Event) -> None:
        """Relay until `stop` is set."""
        while not stop.is_set():
            self._pulse.beat()
            try:
                sent = self.relay_due()
                self._now_and_then()
            except TransientError as error:
                log.warning("the database does not answer", reason=str(error))
                sent = 0
                stop.wait(_DATABASE_AWAY_WAIT_S)
            if sent == 0:
                stop.wait(self._wiring.settings.relay_poll_s)

    def _now_and_then(self) -> None:
        now = time.monotonic()
        if now - self._beat_at >= _BEAT_EVERY_S:
            self._beat_at = now
            with self._wiring.database.write() as session:
                Outbox(session, utc_now()).beat(HEARTBEAT)
            carry_out_due(self._wiring)
        if now - self._swept_at >= _SWEEP_EVERY_S:
            self._swept_at = now
            self.sweep()
            sweep_points(self._wiring)
            sweep_statuses(self._wiring)
            catch_up_all(self._wiring, most_s=_COUNT_FOR_S)
        if now - self._expired_at >= _EXPIRE_EVERY_S:
            self._expired_at = now
            self.expire()
            sweep_privacy(self._wiring)
            self.ring_for_media()
            self.ring_to_catch_up()
            self.check_books()

    def check_books(self) -> None:
        """Prove the books once a day, beside everything else; what does not fit is logged."""
        now = utc_now()
        with self._wiring.database.write() as session:
            outbox = Outbox(session, now)
            last = outbox.last_beat(BOOKS_CHECK)
            if last is not None and now - last < timedelta(days=1):
                return
            outbox.beat(BOOKS_CHECK)
        if last is not None:  # a program that starts has nothing to prove yet
            threading.Thread(target=_log_differences, args=(self._wiring,), daemon=True).start()

    def relay_due(self) -> int:
        """Send what is due; how many were sent. What cannot be sent waits and is tried again for ever."""
        now = utc_now()
        with self._wiring.database.read() as session:
            if Outbox(session, now).waiting()[1] is None:
                return 0
        sent = 0
        with self._wiring.database.write() as session:
            outbox = Outbox(session, now)
            for item in outbox.take(limit=_BATCH):
                what = type(item).__name__.lower()
                try:
                    with under(item.traceparent), span(f"relay {what}", SpanKind.PRODUCER):
                        self._send(outbox, item)
                except (TransientError, OperationalError, OSError) as error:
                    wait_s = min(_RETRY_MOST_S, _RETRY_FIRST_S * 2.0 ** min(item.attempts, 10))
                    log.warning("not sent", number=item.number, reason=str(error), wait_s=wait_s)
                    outbox.failed(item, error=str(error), retry_s=wait_s)
                else:
                    # Gone in the transaction that sent it: a crash before the commit sends it once more.
                    outbox.sent(item.number)
                    sent += 1
        return sent

    def _send(self, outbox: Outbox, item: OutboxItem) -> None:
        match item:
            case Ring():
                self._bell.ring(ADVANCE, item.receipt_id, queue=LIGHT if item.light else QUEUE)
            case TakeIn():
                self._bell.ring(TAKE_IN, item.inbound_id, queue=INBOUND)
            case Deliver():
                self._bell.ring(DELIVER, item.outgoing_id, queue=ANSWERS)
            case Publish():
                for message in outbox.enter_in_order(item.message_id):
                    self._wiring.publisher.publish(message)
            case _:
                assert_never(item)

    def sweep(self) -> tuple[ReceiptId, ...]:
        """Ring for receipts, messages and answers whose bell was lost; which receipts they were."""
        quiet_s, now = self._wiring.settings.sweep_quiet_s, utc_now()
        with self._wiring.database.write() as session:
            rung = Work(session, now).sweep(quiet_s=quiet_s, limit=_BATCH)
            inbound = Jobs(session, now, InboundRow).sweep(quiet_s=quiet_s, limit=_BATCH)
            outgoing = Jobs(session, now, OutgoingRow).sweep(quiet_s=quiet_s, limit=_BATCH)
        if rung or inbound or outgoing:
            log.info("rang again", receipts=len(rung), inbound=len(inbound), outgoing=len(outgoing))
        return rung

    def ring_for_media(self) -> None:
        """Ring for texts whose media are still at the provider though they are to be deleted."""
        before = utc_now() - timedelta(seconds=_EXPIRE_EVERY_S)
        with self._wiring.database.read() as session:
            due = media_due(session, before=before, limit=_MEDIA_BATCH)
        for inbound_id in due:
            try:
                self._bell.ring(DELETE_MEDIA, inbound_id, queue=INBOUND)
            except (OperationalError, OSError) as error:
                log.warning("not rung for media", inbound_id=inbound_id, reason=str(error))
                return

    def ring_to_catch_up(self) -> None:
        """Ring for every program that is texted: at the start, as we may have been down, and now and then."""
        for program in text_programs(self._wiring.channels):
            try:
                self._bell.ring(CATCH_UP, program.program_id, queue=INBOUND)
            except (OperationalError, OSError) as error:
                log.warning("not rung to catch up", program_id=program.program_id, reason=str(error))
                return

    def expire(self) -> None:
        """Wait no longer for messages that nobody linked in time, nor for uploads that nobody finished."""
        now = utc_now()
        with self._wiring.database.write() as session:
            for program in Programs(session).all():
                before = now - timedelta(days=program.window_days)
                expire_unlinked(session, now, program_id=program.id, before=before)
        self.expire_traces()
        before = now - timedelta(days=self._wiring.settings.delivery_days)
        with self._wiring.database.write() as session:
            expire_deliveries(session, before=before, limit=_DELIVERY_BATCH)
            expire_uploads(session, now)
        try:
            tidy_quarantine(self._wiring)
        except TransientError as error:
            log.warning("files in quarantine were not looked through", reason=str(error))

    def expire_traces(self) -> int:
        """Delete the hashes whose time is over, some at a time so that nobody waits; how many they were."""
        before = utc_now() - timedelta(days=self._wiring.settings.trace_days)
        deleted = 0
        for _ in range(_TRACE_BATCHES):
            with self._wiring.database.write() as session:
                some = expire_traces(session, before=before, limit=_TRACE_BATCH)
            deleted += some
            if some < _TRACE_BATCH:
                break
        return deleted


def _log_differences(wiring: Wiring) -> None:
    try:
        found = check_books(wiring)
    except TransientError as error:
        log.warning("the books were not checked", reason=str(error))
        return
    for each in found:
        log.error("the books differ", program_id=each.program_id, code=each.code, sentence=each.sentence)
    if found:
        with suppress(TransientError), wiring.database.write() as session:  # the log has it in any case
            Outbox(session, utc_now()).beat(BOOKS_DIFFER)
    log.info("the books were checked", differences=len(found))
