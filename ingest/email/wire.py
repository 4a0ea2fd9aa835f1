"""The IMAP connection underneath: what a server may send is counted, so that none can fill our memory.

`imapclient` speaks the protocol and the standard library's `imaplib` reads the bytes. imaplib reads a literal
of any size that the server names; here each command has a budget, and an answer above it ends the connection.
"""

from __future__ import annotations

import imaplib
import io
import select
import ssl
import time
from typing import Final, cast

from imapclient import IMAPClient, SocketTimeout
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS

ORDINARY_BYTES = 4_000_000
"""What one answer may take: the longest that is right, 50,000 numbers of a search, has 550 kB."""
_LINE_COST_BYTES = 100
"""Each line costs a Python object besides its text; without this, empty lines would be free."""
ANSWER_S: Final = 120.0
"""A whole answer, unless told otherwise: a part of 1 MB at 8 kB a second."""
_LINE_MOST_BYTES: Final = 1_000_000
"""imaplib's own bound."""


class _Counted(imaplib.IMAP4):
    """imaplib, with a budget of bytes and of time that each command sets anew.

    A socket's timeout begins anew with each byte, so that a server which sends one now and then could keep us
    for ever.
    """

    left_bytes = ORDINARY_BYTES
    until: float | None = None

    def _look_at_clock(self) -> None:
        if self.until is None:  # the greeting
            self.until = time.monotonic() + ANSWER_S
        if time.monotonic() > self.until:
            raise self.abort("the answer took too long")

    def _spend(self, size: int) -> None:
        self.left_bytes -= size
        if self.left_bytes < 0:
            raise self.abort("the server sent more than was asked for")

    def read(self, size: int) -> bytes:
        self._spend(size)
        reader, found = cast(io.BufferedReader, self.file), bytearray()
        while len(found) < size:
            self._look_at_clock()
            piece = reader.read1(size - len(found))
            if not piece:
                break
            found += piece
        return bytes(found)

    def readline(self) -> bytes:
        reader, line = cast(io.BufferedReader, self.file), bytearray()
        while not line.endswith(b"\n"):
            self._look_at_clock()
            waiting = reader.peek(1)
            if not waiting:
                break
            line += reader.read(waiting.find(b"\n") + 1 or len(waiting))
            if len(line) > _LINE_MOST_BYTES:
                raise self.error(f"got more than {_LINE_MOST_BYTES} bytes")
        self._spend(len(line) + _LINE_COST_BYTES)
        return bytes(line)

    def has_unread(self, wait_s: float) -> bool:
        """Whether the server has sent something that nobody has read; waits up to `wait_s` for it."""
        timeout = self.sock.gettimeout()
        self.sock.setblocking(False)
        try:
            # Lines that came along with an earlier answer wait in the reader, where no poll sees them.
            if cast(io.BufferedReader, self.file).peek(1):
                return True
        except ssl.SSLError:  # nothing yet: TLS says so by an error
            pass
        finally:
            self.sock.settimeout(timeout)
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return bool(poll.poll(wait_s * 1000))


class _Plain(_Counted, IMAP4WithTimeout):  # type: ignore[misc]
    """Unencrypted, or to be encrypted by STARTTLS."""


class _Tls(_Counted, IMAP4_TLS):  # type: ignore[misc]
    """Encrypted from the first byte."""


class Wire(IMAPClient):  # type: ignore[misc]
    """imapclient's client over a counted connection. It connects when made."""

    _imap: _Counted

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None,
        connect_timeout_s: float,
        read_timeout_s: float,
    ) -> None:
        super().__init__(
            host,
            port,
            ssl=tls is not None,
            ssl_context=tls,
            timeout=SocketTimeout(connect_timeout_s, read_timeout_s),
        )
        # imapclient has imaplib describe every literal for a debug log that we do not write.
        self._imap.debug = 0

    def _create_IMAP4(self) -> _Counted:  # noqa: N802  (imapclient's name)
        if self.ssl:
            return _Tls(self.host, self.port, self.ssl_context, self._timeout.connect)  # type: ignore[call-arg]
        return _Plain(self.host, self.port, self._timeout.connect)

    def allow(self, size_bytes: int, answer_s: float) -> None:
        """Set what the answers to the next command may take, in bytes and seconds."""
        self._imap.left_bytes = size_bytes
        self._imap.until = time.monotonic() + answer_s

    def has_unread(self, wait_s: float) -> bool:
        """Whether something has come from the server, waiting up to `wait_s`."""
        return self._imap.has_unread(wait_s)
