"""The mailbox process: fetch a mail, store it, commit, and only then mark or move it.

A message is known by its key (account, folder, UIDVALIDITY, UID), and by the hash of its bytes where the keys
have changed; so a kill at any moment loses nothing and takes nothing twice. One message that cannot be had
waits with a growing pause while the others go on; one mailbox that cannot be reached does not stop another.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import assert_never

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ingest.email.imap import Fetched, Folder, Mailbox, Summary, Waiting
from ingest.email.trouble import (
    MailboxError,
    NoIdleError,
    NoSuchFolderError,
    ServerError,
    WrongPasswordError,
)
from pipeline.alive import BEAT_EVERY_S, Pulse
from pipeline.channels import MailboxSettings
from pipeline.inbound import known_among, receive_mails, store_head, store_mail
from pipeline.mail_servers import imap_server
from pipeline.mailbox_lease import LEASE_S, LeaseLostError, MailboxLease, StoppedError
from pipeline.mailbox_progress import Progress, Taken, Trouble
from pipeline.wiring import Wiring
from receipts.database.repositories.inbound import NewInbound
from receipts.errors import TransientError
from receipts.identity import ProgramId

log = structlog.get_logger(__name__)

READ_TIMEOUT_S = 45.0
"""For one command to a slow server; the lease lasts longer."""
_IDLE_LEAST_S = 5.0
_IDLE_S = 300.0
"""IDLE may last 29 minutes; renewed sooner, because routers forget a silent connection after 5 to 15."""
_BATCH = 50
"""Messages whose sizes are asked for together, and which are marked together once all are committed."""
_COMMIT_BYTES = 4_000_000
"""What is stored is committed before the batch ends, so that large mails wait for no other."""
_AGAIN_MOST_S = 300.0
_WRONG_PASSWORD_S = 60.0
"""Providers lock an account that is tried too often."""
_MESSAGE_AGAIN_MOST_S = 3600.0
_TRIES_BEFORE_FLAG = 5
"""After so many tries a message gets the flag that people see in their mail program."""
_HANGS_S = 60.0
_KEY_CHARS = 300
"""A key names account and folder in plain words up to this length, and by their hash beyond it."""


def message_key(account: str, folder: str, uidvalidity: int, uid: int) -> str:
    """What a message is known by."""
    place = f"{account}|{folder}"
    if len(place) > _KEY_CHARS:
        place = sha256(place.encode()).hexdigest()
    return f"{place}|{uidvalidity}|{uid}"


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take at most, or wait at first.

    Attributes:
        again_first_s: after a broken connection; doubled each time.
        message_again_first_s: for a message that could not be had; doubled each time.
    """

    lease_s: float = LEASE_S
    again_first_s: float = 1.0
    message_again_first_s: float = 30.0


class MailboxWork:
    """Looks after one program's mailbox."""

    def __init__(
        self, wiring: Wiring, program_id: ProgramId, settings: MailboxSettings, *, pace: Pace = Pace()
    ) -> None:
        self._wiring = wiring
        self._program_id = program_id
        self._files = wiring.store.of(program_id, None)
        self._settings = settings
        self._server = replace(imap_server(settings), read_timeout_s=READ_TIMEOUT_S)
        self._account = f"{settings.login}@{settings.imap_host}:{settings.imap_port}"
        place = sha256(f"{self._account}|{settings.folder}".encode()).hexdigest()
        self._lease = MailboxLease(wiring, program_id, f"mailbox:{place[:32]}", pace.lease_s)
        self._pace = pace
        self._progress = Progress()
        self._failures = 0
        self._log = log.bind(program_id=program_id, mailbox=settings.address)

    @property
    def is_stuck(self) -> bool:
        """Whether it holds the mailbox and hangs."""
        return self._lease.is_stuck

    # The loop

    def run(self, stop: threading.Event) -> None:
        """Look after the mailbox until `stop` is set. What the world does wrong is logged and tried again."""
        self._lease.stop = stop
        while not stop.is_set():
            try:
                if not self._lease.take():
                    stop.wait(self._lease.look_again_s)
                    continue
                with Mailbox(self._server) as box:
                    self._serve(box)
            except StoppedError:
                pass
            except LeaseLostError:
                self._log.warning("another process has taken the mailbox over")
            except (TransientError, OSError) as error:  # OSError: our own disk is full, or cannot be written
                stop.wait(self._pause_after(error))
            finally:
                self._lease.give_back()

    def once(self) -> Taken:
        """One pass over what waits.

        Raises:
            TransientError: the mailbox, the database or the store did not do its part, or another process
                works on the mailbox.
        """
        if not self._lease.take():
            raise TransientError("another process works on this mailbox (or died a moment ago)")
        try:
            with Mailbox(self._server) as box:
                return self._pass(box, self._open(box))
        except LeaseLostError as error:
            raise TransientError("another process has taken this mailbox over") from error
        finally:
            self._lease.give_back()

    def _serve(self, box: Mailbox) -> None:
        folder = self._open(box)
        self._log.info("connected", folder=folder.name, idle=self._settings.idle and box.has_idle)
        while True:
            taken = self._pass(box, folder)
            self._failures = 0
            if taken != Taken():
                self._log.info("looked through", **vars(taken))
            self._wait(box)

    def _wait(self, box: Mailbox) -> None:
        """Wait for news, and no longer than the next message in trouble wants."""
        due_s = [trouble.due - time.monotonic() for trouble in self._progress.troubles.values()]
        # Some servers do not tell of mail that came between the search and the wait: look again now and then.
        limit_s = max(0.1, min([_IDLE_S, max(_IDLE_LEAST_S, self._settings.poll_s), *due_s]))
        if self._settings.idle:
            try:
                box.wait(limit_s, self._lease.keep_unless_stopped)
            except NoIdleError:
                pass
            else:
                self._lease.keep()
                return
        until = time.monotonic() + min(limit_s, self._settings.poll_s)
        while not self._lease.keep_unless_stopped() and time.monotonic() < until:
            self._lease.stop.wait(min(1.0, max(0.0, until - time.monotonic())))
        self._lease.keep()

    def _pause_after(self, error: TransientError | OSError) -> float:
        self._failures += 1
        first_s = _WRONG_PASSWORD_S if isinstance(error, WrongPasswordError) else self._pace.again_first_s
        pause_s = min(_AGAIN_MOST_S, first_s * 2.0 ** min(self._failures - 1, 16))
        self._log.warning("mailbox trouble", reason=str(error), kind=type(error).__name__, again_in_s=pause_s)
        return pause_s

    # One pass

    def _open(self, box: Mailbox) -> Folder:
        if self._settings.done_folder:
            box.ensure_folder(self._settings.done_folder)
        folder = box.select(self._settings.folder)
        if folder.uidvalidity != self._progress.uidvalidity:
            if self._progress.uidvalidity:
                self._log.warning(
                    "the server has numbered the folder anew; what is known is found by its hash"
                )
            self._progress = Progress(folder.uidvalidity)
        self._lease.beat()
        return folder

    def _pass(self, box: Mailbox, folder: Folder) -> Taken:
        """Take what is new, then try again what could not be had: it may break the connection once more."""
        taken = Taken()
        progress = self._progress
        self._flag_for_people(box)
        fresh = box.waiting(self._which(folder), from_uid=progress.done_to + 1, between=self._lease.keep)
        for batch in _batches(uid for uid in fresh if uid not in progress.troubles):
            self._batch(box, folder, batch, taken)
            progress.done_to = max(progress.done_to, batch[-1])
        now = time.monotonic()
        again = sorted(uid for uid, trouble in progress.troubles.items() if trouble.due <= now)
        for batch in _batches(iter(again)):
            self._batch(box, folder, batch, taken)
        return taken

    def _which(self, folder: Folder) -> Waiting:
        if self._settings.done_folder or not folder.keywords:
            # Where \Seen is the only mark, a person who opens a mail sets it too: the key decides instead.
            return Waiting.ALL
        return Waiting.UNMARKED

    def _batch(self, box: Mailbox, folder: Folder, uids: Sequence[int], taken: Taken) -> None:
        """Store the messages, commit them together, then mark together those that are safe."""
        self._lease.keep()
        summaries = self._summaries(box, uids, taken)
        keys = {uid: message_key(self._account, folder.name, folder.uidvalidity, uid) for uid in summaries}
        known = known_among(self._wiring, program_id=self._program_id, keys=keys.values())
        safe: list[int] = []
        stored: dict[int, NewInbound] = {}
        try:
            for uid, summary in summaries.items():
                if summary is None:
                    self._gone(uid, taken)
                elif keys[uid] not in known:
                    self._store(box, summary, keys[uid], stored, taken)
                    if sum(mail.size_bytes for mail in stored.values()) > _COMMIT_BYTES:
                        safe += self._commit(stored, taken)
                else:
                    taken.known_before += 1
                    if self._settings.done_folder or folder.keywords or not summary.seen:
                        safe.append(uid)
                    else:
                        self._progress.troubles.pop(uid, None)
        finally:  # what broke off does not take back what is stored
            safe += self._commit(stored, taken)
        self._mark(box, folder, safe, taken)

    def _store(
        self, box: Mailbox, message: Summary, key: str, stored: dict[int, NewInbound], taken: Taken
    ) -> None:
        """Add the message to those whose bytes are durable, unless it is gone or cannot be had."""
        try:
            mail = self._fetch(box, message, key)
        except (ServerError, ValueError) as error:
            self._failed(message.uid, taken, error)
        except MailboxError as error:
            # The connection broke at this message. The others go first from now on.
            self._failed(message.uid, taken, error, connection_broke=True)
            raise
        else:
            if mail is None:
                self._gone(message.uid, taken)
            else:
                stored[message.uid] = mail

    def _commit(self, stored: dict[int, NewInbound], taken: Taken) -> list[int]:
        """Take what is stored, and empty it; which may be marked. One that spoils it for all is left out."""
        mails = dict(stored)
        stored.clear()
        if not mails:
            return []
        try:
            received = receive_mails(self._wiring, program_id=self._program_id, mails=list(mails.values()))
        except (SQLAlchemyError, ValueError) as error:
            if len(mails) > 1:
                return [safe for uid, mail in mails.items() for safe in self._commit({uid: mail}, taken)]
            self._failed(next(iter(mails)), taken, error)
            return []
        for mail, one in zip(mails.values(), received, strict=True):
            taken.new += one.created and mail.whole
            taken.oversized += one.created and not mail.whole
            taken.known_before += not one.created
        return list(mails)

    def _summaries(self, box: Mailbox, uids: Sequence[int], taken: Taken) -> dict[int, Summary | None]:
        """Each message's summary, None for one that is gone; those that spoil the answer are left out."""
        try:
            found = box.summaries(uids)
        except ServerError as error:
            if len(uids) > 1:
                alone = [self._summaries(box, [uid], taken) for uid in uids]
                return {uid: summary for one in alone for uid, summary in one.items()}
            self._failed(uids[0], taken, error)
            return {}
        left_out = box.there([uid for uid in uids if uid not in found])
        for uid in left_out:
            self._failed(uid, taken, ServerError("the server has it and does not tell its size"))
        return {uid: found.get(uid) for uid in uids if uid not in left_out}

    def _fetch(self, box: Mailbox, message: Summary, key: str) -> NewInbound | None:
        """The message with its bytes durable; None: it is gone."""
        self._lease.keep()
        if message.size_bytes > self._settings.max_message_bytes:
            return self._fetch_head(box, message.uid, key, message.size_bytes)
        with TemporaryDirectory(prefix="tillpoints-mail-") as name:
            raw = Path(name) / "mail.eml"
            with raw.open("wb") as into:
                end = box.fetch(
                    message.uid,
                    into,
                    size_bytes=message.size_bytes,
                    max_bytes=self._settings.max_message_bytes,
                    between=self._lease.keep,
                )
            match end:
                case Fetched.GONE:
                    return None
                case Fetched.TOO_LARGE:
                    return self._fetch_head(box, message.uid, key, raw.stat().st_size)
                case Fetched.WHOLE:
                    return store_mail(self._files, key=key, mailbox=self._settings.address, raw=raw)
                case _:
                    assert_never(end)

    def _fetch_head(self, box: Mailbox, uid: int, key: str, size_bytes: int) -> NewInbound | None:
        head = box.head(uid)
        if head is None:
            return None
        address = self._settings.address
        return store_head(self._files, key=key, mailbox=address, head=head, size_bytes=size_bytes)

    def _gone(self, uid: int, taken: Taken) -> None:
        self._progress.troubles.pop(uid, None)
        taken.gone += 1

    def _mark(self, box: Mailbox, folder: Folder, uids: Sequence[int], taken: Taken) -> None:
        """Mark or move what is committed; where that fails it is tried again, and nothing is taken twice."""
        if not uids:
            return
        done_folder = self._settings.done_folder
        try:
            box.mark(uids, keyword=folder.keywords)
            if done_folder:
                box.ensure_folder(done_folder)
                box.move(uids, done_folder)
        except (ServerError, NoSuchFolderError) as error:
            for uid in uids:
                self._failed(uid, taken, error)
        else:
            for uid in uids:
                self._progress.troubles.pop(uid, None)

    def _failed(self, uid: int, taken: Taken, error: Exception, *, connection_broke: bool = False) -> None:
        """Count a failure of one message, and set its next try."""
        trouble = self._progress.troubles.setdefault(uid, Trouble())
        before = trouble.tries
        pause_s = min(_MESSAGE_AGAIN_MOST_S, self._pace.message_again_first_s * 2.0 ** min(before, 16))
        if connection_broke and before == 0:
            pause_s = 0.0  # most likely the connection's fault
        trouble.tries, trouble.due = before + 1, time.monotonic() + pause_s
        taken.failed += 1
        self._log.error(
            "a message cannot be taken", uid=uid, tries=before + 1, reason=str(error), again_in_s=pause_s
        )

    def _flag_for_people(self, box: Mailbox) -> None:
        """Point people who look into the mailbox to what cannot be taken."""
        for uid, trouble in self._progress.troubles.items():
            if trouble.tries >= _TRIES_BEFORE_FLAG and not trouble.flagged:
                trouble.flagged = True
                try:
                    box.flag(uid)
                except ServerError as error:
                    self._log.warning("the message cannot be flagged either", uid=uid, reason=str(error))


def _batches(uids: Iterator[int]) -> Iterator[list[int]]:
    while batch := list(islice(uids, _BATCH)):
        yield batch


def configured(wiring: Wiring) -> dict[ProgramId, MailboxSettings]:
    """Every program's mailbox that the settings name."""
    return {program: one.email for program, one in wiring.channels.items() if one.email is not None}


def run_mailboxes(wiring: Wiring, stop: threading.Event) -> None:
    """Look after every mailbox, a thread each, until `stop` is set or one of them meets a bug of ours."""
    boxes = configured(wiring)
    with ThreadPoolExecutor(max_workers=max(1, len(boxes)), thread_name_prefix="mailbox") as pool:
        works = [MailboxWork(wiring, *box) for box in boxes.items()]
        running = [pool.submit(each.run, stop) for each in works]
        pulse = Pulse(wiring.settings, "mailbox", limit_s=_HANGS_S)
        while not all(each.done() for each in running):
            if not any(each.is_stuck for each in works):
                pulse.beat()
            done, _ = wait(running, timeout=BEAT_EVERY_S, return_when=FIRST_EXCEPTION)
            if any(each.exception() is not None for each in done):
                break
        stop.set()
        for one in filter(Future.done, running):
            one.result()
