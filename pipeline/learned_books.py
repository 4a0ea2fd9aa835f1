"""What reviewers taught, as the matcher takes it: a book for each shop of a program, kept while it is so."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from pipeline.clock import utc_now
from receipts.database.engine import Database
from receipts.database.repositories.aliases import Aliases
from receipts.identity import ProgramId

if TYPE_CHECKING:  # numpy and scipy come with it, and not every process matches
    from matching.learned import LearnedNames

_BOOKS_KEPT = 64
"""Shops whose books a process keeps: about half a kilobyte for each print (docs/matching.md)."""


class LearnedBooks:
    """Asks for a shop's version each time, one row, and reads the book again only once it moved."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._books: OrderedDict[tuple[ProgramId, str], LearnedNames] = OrderedDict()
        self._lock = Lock()

    def of(self, program_id: ProgramId, retailer_key: str) -> LearnedNames:
        """The shop's book as it stands; an empty one where the shop's name was not read.

        A shop that has none and whose name is another's but for a letter or two was misread.
        """
        from matching.learned import NOTHING_LEARNED

        if not retailer_key:
            return NOTHING_LEARNED
        retailer_key = self._meant(program_id, retailer_key)
        version = self._version(program_id, retailer_key)
        if version == 0:
            return NOTHING_LEARNED
        with self._lock:
            kept = self._books.get((program_id, retailer_key))
            if kept is not None and kept.version == version:
                self._books.move_to_end((program_id, retailer_key))
                return kept
        book = self._read(program_id, retailer_key)
        with self._lock:
            self._books[(program_id, retailer_key)] = book
            self._books.move_to_end((program_id, retailer_key))
            if len(self._books) > _BOOKS_KEPT:
                self._books.popitem(last=False)
        return book

    def at(self, program_id: ProgramId, retailer_key: str, version: int) -> LearnedNames:
        """The shop's book as it stood at that version: what an old verdict was made with."""
        from matching.learned import LearnedNames

        with self._database.read() as session:
            pairs = Aliases(session, program_id, utc_now()).book_at(retailer_key, version)
        return LearnedNames.of(version, pairs)

    def _meant(self, program_id: ProgramId, retailer_key: str) -> str:
        """The shop itself, or the one whose name was misread."""
        from pipeline.learning import meant_shop

        if self._version(program_id, retailer_key):
            return retailer_key
        with self._database.read() as session:
            return meant_shop(retailer_key, Aliases(session, program_id, utc_now()).shops())

    def _version(self, program_id: ProgramId, retailer_key: str) -> int:
        with self._database.read() as session:
            return Aliases(session, program_id, utc_now()).version(retailer_key)

    def _read(self, program_id: ProgramId, retailer_key: str) -> LearnedNames:
        from matching.learned import LearnedNames

        version = self._version(program_id, retailer_key)
        while True:
            # PostgreSQL shows each statement its own moment: the version must not have moved meanwhile.
            with self._database.read() as session:
                pairs = Aliases(session, program_id, utc_now()).book(retailer_key)
            after = self._version(program_id, retailer_key)
            if after == version:
                return LearnedNames.of(version, pairs)
            version = after
