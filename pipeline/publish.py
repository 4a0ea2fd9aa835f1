"""The JSON Lines publisher: one CloudEvent a line, appended and flushed to the disk."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from receipts.errors import TransientError
from receipts.message import Message


class JsonLinesPublisher:
    """Appends to one file. A crash may repeat a line, never lose one: consumers go by `source` and `id`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def publish(self, message: Message) -> None:
        """Append the message.

        Raises:
            TransientError: the file could not be written.
        """
        line = json.dumps(message.cloud_event(), ensure_ascii=False, separators=(",", ":")) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # two relays: lines must not mix
                # Half of a surrogate pair has no UTF-8; as \\udcXX it is still JSON and stops nobody's queue.
                file.write(line.encode(errors="backslashreplace"))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise TransientError(f"cannot append to {self._path.name}: {error.strerror}") from error
