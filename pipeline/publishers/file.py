"""A JSON Lines file as a publisher."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.publish import JsonLinesPublisher
from pipeline.publishers.base import Away, Outcome, Taken
from receipts.errors import TransientError
from receipts.message import Message


class FilePublisher:
    """Appends each message to a file of its own."""

    parallel = 1

    def __init__(self, path: Path, lines: JsonLinesPublisher) -> None:
        self._path = path
        self._lines = lines

    def send(self, message: Message) -> Outcome:
        """Append it and flush it to the disk."""
        try:
            self._lines.publish(message)
        except TransientError as error:
            return Away(str(error))
        return Taken()

    def check(self) -> str:
        """Look whether its folder may be written to.

        Raises:
            TransientError: it may not.
        """
        folder = self._path.parent
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            raise TransientError(f"the folder {folder} is not there or may not be written to")
        return str(self._path)

    def close(self) -> None:
        """Nothing is open between messages."""
