"""A mailbox on an IMAP server: what waits in it, a message in bounded memory, a mark when it is safe.

Messages are named by UID alone; sequence numbers shift while others work in the same folder. A message is
read by `BODY.PEEK[]` in parts, which marks nothing: only `mark` and `move` change the mailbox.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO, assert_never

from ingest.email.session import Session
from ingest.email.trouble import NoIdleError, NoSuchFolderError, ServerError, UnreachableError
from ingest.email.wire import ORDINARY_BYTES

TAKEN_KEYWORD = "$Tillpoints"
"""Set on a message that is safely stored, where the server lets us set keywords of our own."""

_CHUNK_BYTES = 1_000_000
"""A message is fetched in parts of this size: 30 MB make 30 questions, and memory holds 2 to 3 parts."""
_SEARCH_SPAN = 50_000
"""UIDs of one search: their numbers make 550 kB, below the longest line that imaplib takes (1 MB)."""
_LAST_UID = 2**32 - 1
"""RFC 3501, 2.3.1.1."""
_MOST_CHUNKS = 20_000
"""A server may give shorter parts than asked for; one that gives single bytes is not waited for."""
_HEAD_BYTES = 65_536
_LISTED_FOLDERS = 12
_IDLE_LOOK_S = 1.0
"""While we wait for news, the caller's `stop` is asked this often."""


class Fetched(Enum):
    """How a fetch ended."""

    WHOLE = "whole"
    GONE = "gone"
    TOO_LARGE = "too_large"


class Waiting(Enum):
    """Which messages of a folder wait to be taken."""

    UNMARKED = "unmarked"  # those without our keyword
    UNSEEN = "unseen"  # those without \Seen
    ALL = "all"  # every one that is not deleted


@dataclass(frozen=True, slots=True)
class Folder:
    """A selected folder.

    Attributes:
        uidvalidity: UIDs mean the same messages only while this stays the same.
        messages: how many it held when it was selected.
        keywords: whether it takes keywords of our own.
    """

    name: str
    uidvalidity: int
    messages: int
    keywords: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What the server says of a message before it is fetched.

    Attributes:
        size_bytes: some servers miscount.
        seen: whether it is marked as seen, by us or by a person.
    """

    uid: int
    size_bytes: int
    seen: bool


class Mailbox(Session):
    """The folders and messages of the account."""

    _idle_refused = False
    _messages = 0
    """In the selected folder, when it was selected."""

    # Folders

    def select(self, name: str) -> Folder:
        """Open a folder for what follows.

        Raises:
            NoSuchFolderError: there is none (names those there are), or it may only be read.
        """
        try:
            with self._translated("opening the folder"):
                answer = self._wire.select_folder(name)
        except ServerError as error:
            if "writable" in str(error):
                raise NoSuchFolderError(
                    f"the folder {name!r} on {self._server.where} may only be read, and no message can be"
                    " marked: give the user the right to write"
                ) from error
            raise NoSuchFolderError(
                f"{self._server.where} has no folder {name!r} ({error}): create it, or set one of"
                f" {self._listed()}"
            ) from error
        with self._translated("opening the folder"):
            permitted = answer.get(b"PERMANENTFLAGS", ())
            self._messages = int(answer[b"EXISTS"])
            return Folder(
                name=name,
                uidvalidity=int(answer[b"UIDVALIDITY"]),
                messages=self._messages,
                keywords=rb"\*" in permitted or TAKEN_KEYWORD.encode() in permitted,
            )

    def folders(self) -> tuple[str, ...]:
        """The names of all folders."""
        with self._translated("listing folders"):
            return tuple(str(name) for _, _, name in self._wire.list_folders())

    def _listed(self) -> str:
        names = self.folders()
        more = " ..." if len(names) > _LISTED_FOLDERS else ""
        return ", ".join(names[:_LISTED_FOLDERS]) + more

    def ensure_folder(self, name: str) -> None:
        """Create the folder unless it is there.

        Raises:
            NoSuchFolderError: it cannot be created.
        """
        if name in self.folders():
            return
        try:
            with self._translated("creating the folder"):
                self._wire.create_folder(name)
        except ServerError as error:
            if "ALREADYEXISTS" in str(error):
                return
            raise NoSuchFolderError(
                f"the folder {name!r} cannot be created on {self._server.where} ({error}): create it by hand,"
                f" or name it as this server names folders: {self._listed()}"
            ) from error

    # Messages

    def waiting(
        self, which: Waiting, *, from_uid: int = 1, between: Callable[[], None] = lambda: None
    ) -> Iterator[int]:
        """UIDs that wait in the selected folder, oldest first, searched for in spans as they are used up.

        Where there are few messages their UIDs are asked for at once, however far apart they are. `between`
        is called between spans; what it raises ends the search.
        """
        with self._translated("asking for news"):
            self._wire.noop()
        criteria: list[str] = ["UNDELETED"]
        match which:
            case Waiting.UNMARKED:
                criteria += ["UNKEYWORD", TAKEN_KEYWORD]
            case Waiting.UNSEEN:
                criteria += ["UNSEEN"]
            case Waiting.ALL:
                pass
            case _:
                assert_never(which)
        newest = max(self._search(["UID", "*"]), default=0)
        if newest > _LAST_UID:
            raise ServerError(
                f"{self._server.where} has a message of the number {newest}, beyond all numbers"
            )
        span = _SEARCH_SPAN if self._messages > _SEARCH_SPAN else max(1, newest)
        for first in range(from_uid, newest + 1, span):
            between()
            last = min(newest, first + span - 1)
            found = self._search(["UID", f"{first}:{last}", *criteria])
            yield from sorted(uid for uid in found if first <= uid <= last)

    def _search(self, criteria: list[str]) -> list[int]:
        with self._translated("searching"):
            return [int(uid) for uid in self._wire.search(criteria)]

    def summaries(self, uids: Sequence[int]) -> dict[int, Summary]:
        """What the server says of each message that is still there."""
        found: dict[int, Summary] = {}
        with self._translated("asking for sizes"):
            for uid, parts in self._wire.fetch(list(uids), ["RFC822.SIZE", "FLAGS"]).items():
                if b"RFC822.SIZE" in parts:
                    seen = rb"\Seen" in parts.get(b"FLAGS", ())
                    found[uid] = Summary(uid, int(parts[b"RFC822.SIZE"]), seen)
        return found

    def fetch(
        self,
        uid: int,
        into: BinaryIO,
        *,
        size_bytes: int,
        max_bytes: int,
        between: Callable[[], None] = lambda: None,
    ) -> Fetched:
        """Write the raw message into a file, part by part; nothing is marked.

        Args:
            uid: the message.
            into: an empty file. What it holds counts only if the answer is WHOLE.
            size_bytes: what `summaries` said; some servers miscount, so it decides only when to stop asking.
            max_bytes: above it the answer is TOO_LARGE.
            between: called between parts; what it raises ends the fetch.

        Raises:
            ServerError: the server has the message and does not give it.
        """
        total = 0
        for _ in range(_MOST_CHUNKS):
            part = self._part(uid, "[]", total, _CHUNK_BYTES)
            if part is None:
                return Fetched.GONE
            into.write(part)
            total += len(part)
            if total > max_bytes:
                return Fetched.TOO_LARGE
            if len(part) < _CHUNK_BYTES and (total == size_bytes or not part):
                return Fetched.WHOLE
            between()
        raise ServerError(f"{self._server.where} gives message {uid} in too many parts")

    def head(self, uid: int) -> bytes | None:
        """The message's header, at most 64 kB of it; None: the message is gone."""
        return self._part(uid, "[HEADER]", 0, _HEAD_BYTES)

    def _part(self, uid: int, section: str, offset: int, length: int) -> bytes | None:
        """Some bytes of a message, fewer than asked for at its end; None: the message is gone."""
        try:
            with self._translated("fetching a message", ORDINARY_BYTES + length):
                answer = self._wire.fetch([uid], [f"BODY.PEEK{section}<{offset}.{length}>"])
        except ServerError as error:
            if not self._still_there(uid):
                return None
            raise ServerError(f"message {uid} cannot be read ({error})") from error
        parts = answer.get(uid, {})
        named = [value for name, value in parts.items() if bytes(name).startswith(b"BODY[")]
        part = named[0] if named else None
        if part is None:
            if self._still_there(uid):
                raise ServerError(
                    f"message {uid} cannot be read: {self._server.where} has it and gives no text"
                )
            return None
        if not isinstance(part, bytes) or len(part) > length:
            raise ServerError(f"message {uid} cannot be read: {self._server.where} gives something else")
        return part

    def there(self, uids: Sequence[int]) -> frozenset[int]:
        """Which of these messages the folder still holds."""
        wanted = ",".join(map(str, uids))
        return (
            frozenset(self._search(["UID", wanted, "UNDELETED"])) & frozenset(uids) if uids else frozenset()
        )

    def _still_there(self, uid: int) -> bool:
        return uid in self.there([uid])

    def mark(self, uids: Sequence[int], *, keyword: bool) -> None:
        """Mark as seen, and with our keyword where the folder takes keywords."""
        with self._translated("marking"):
            self._wire.add_flags(list(uids), [r"\Seen"] + [TAKEN_KEYWORD] * keyword, silent=True)

    def flag(self, uid: int) -> None:
        """Set the flag that mail programs show to people."""
        with self._translated("marking"):
            self._wire.add_flags([uid], [r"\Flagged"], silent=True)

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Move to another folder, in one step where the server can."""
        with self._translated("moving"):
            if self._wire.has_capability("MOVE"):
                self._wire.move(list(uids), folder)
                return
            self._wire.copy(list(uids), folder)
            self._wire.delete_messages(list(uids), silent=True)
            # Without UIDPLUS only a bare EXPUNGE would do, which removes what others have marked too.
            if self._wire.has_capability("UIDPLUS"):
                self._wire.uid_expunge(list(uids))

    # News

    @property
    def has_idle(self) -> bool:
        """Whether the server says that it can tell us of new mail by itself."""
        return bool(self._wire.has_capability("IDLE")) and not self._idle_refused

    @property
    def has_move(self) -> bool:
        """Whether the server moves a message in one step."""
        return bool(self._wire.has_capability("MOVE"))

    def wait(self, limit_s: float, stop: Callable[[], bool]) -> bool:
        """Wait until the server has news, `stop` says so, or the time is over; whether there is news.

        Args:
            limit_s: at most 29 minutes, after which servers hang up.
            stop: asked each second.

        Raises:
            NoIdleError: the server cannot do this; ask it from time to time instead.
        """
        if not self.has_idle:
            raise NoIdleError(f"{self._server.where} does not tell of new mail by itself (no IDLE)")
        try:
            with self._translated("beginning to wait"):
                self._wire.idle()
        except ServerError as error:
            if "* " in str(error):  # news came before the server's consent: imapclient has lost its place
                raise UnreachableError(
                    f"{self._server.where} had news in the wrong place; connecting anew"
                ) from error
            self._idle_refused = True
            raise NoIdleError(f"{self._server.where} refuses to wait for new mail ({error})") from error
        until = time.monotonic() + limit_s
        news = False
        while not news and not stop() and time.monotonic() < until:
            with self._translated("waiting"):
                news = self._wire.has_unread(_IDLE_LOOK_S)
        with self._translated("ending the wait"):
            self._wire.idle_done()
        return news
