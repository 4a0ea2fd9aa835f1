"""A TCP proxy that hangs up: after so many bytes from the server, at a word, or when told to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.support.imap_server import HOST


@dataclass
class CuttingProxy:
    """Breaks connections.

    Attributes:
        cuts: for each connection in turn, after how many bytes it breaks; then none breaks.
        poison: a word of the server's at which every connection breaks; empty: none.
    """

    target: int
    cuts: list[int]
    poison: bytes = b""
    port: int = 0
    connections: int = 0
    broken: int = 0
    _open: list[socket.socket] = field(default_factory=list)
    _closing: threading.Event = field(default_factory=threading.Event)

    def hang_up(self) -> None:
        """Break every connection that is open."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def serve(self, listener: socket.socket) -> None:
        while not self._closing.is_set():
            with suppress(TimeoutError):
                inside, _ = listener.accept()
                cut = self.cuts[self.connections] if self.connections < len(self.cuts) else None
                self.connections += 1
                threading.Thread(target=self._carry, args=(inside, cut), daemon=True).start()

    def _carry(self, inside: socket.socket, cut: int | None) -> None:
        outside = socket.create_connection((HOST, self.target))
        self._open += [inside, outside]
        up = threading.Thread(target=self._pump, args=(inside, outside, None), daemon=True)
        up.start()
        self._pump(outside, inside, cut)
        for one in (inside, outside):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        up.join()

    def _pump(self, source: socket.socket, sink: socket.socket, cut: int | None) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if self.poison and source.getpeername()[1] == self.target and self.poison in data:
                    self.broken += 1
                    return
                if cut is not None:
                    data, cut = data[:cut], cut - len(data)
                sink.sendall(data)
                if cut is not None and cut <= 0:
                    self.broken += 1
                    return


@contextmanager
def run_cutting_proxy(target: int, cuts: list[int]) -> Iterator[CuttingProxy]:
    proxy = CuttingProxy(target, cuts)
    with socket.create_server((HOST, 0)) as listener:
        listener.settimeout(0.2)
        proxy.port = listener.getsockname()[1]
        thread = threading.Thread(target=proxy.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy._closing.set()
            thread.join()
