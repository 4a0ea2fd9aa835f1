"""A TCP proxy before the S3 service: what it lets through depends on the weather."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

HOST = "127.0.0.1"
SLOW_S = 3.0
HEADER_MOST = 65_536
FAILED = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Weather(Enum):
    """What callers meet."""

    FAIR = "fair"
    FAILING = "answers 500"
    SLOW = "slow"
    CUT = "answers lost"
    """Requests arrive and are carried out; their answers do not."""


@dataclass
class WeatherProxy:
    """Carries connections to the service.

    Attributes:
        weather: as it is now; connections of the weather before are broken when it changes.
    """

    target: int
    port: int = 0
    weather: Weather = Weather.FAIR
    _open: set[socket.socket] = field(default_factory=set)
    _over: threading.Event = field(default_factory=threading.Event)

    def change(self, weather: Weather) -> None:
        """Let it be so from now on, for all."""
        self.weather = weather
        for one in tuple(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def serve(self, listener: socket.socket) -> None:
        """Until the run is over."""
        while not self._over.is_set():
            with suppress(TimeoutError):
                inside, _ = listener.accept()
                threading.Thread(target=self._carry, args=(inside,), daemon=True).start()

    def end(self) -> None:
        """Take no more connections."""
        self._over.set()

    def _carry(self, inside: socket.socket) -> None:
        with suppress(OSError), inside:
            if self.weather is Weather.FAILING:
                _refuse(inside)
                return
            with socket.create_connection((HOST, self.target)) as outside:
                self._open |= {inside, outside}
                up = threading.Thread(target=self._pump, args=(inside, outside), daemon=True)
                up.start()
                self._pump(outside, inside, lost=self.weather is Weather.CUT)
                up.join()
                self._open -= {inside, outside}

    def _pump(self, source: socket.socket, sink: socket.socket, *, lost: bool = False) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if lost:
                    break
                if self.weather is Weather.SLOW:
                    self._over.wait(SLOW_S)
                sink.sendall(data)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def _refuse(inside: socket.socket) -> None:
    """Answer 500 once the request is read, so that its sender sees the answer and no broken line."""
    inside.settimeout(SLOW_S)
    read = b""
    while b"\r\n\r\n" not in read and len(read) < HEADER_MOST:
        if not (data := inside.recv(65_536)):
            return
        read += data
    header, _, body = read.partition(b"\r\n\r\n")
    lengths = [line for line in header.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    left = int(lengths[0].split(b":")[1]) - len(body) if lengths else 0
    if b"expect: 100-continue" not in header.lower():
        while left > 0 and (data := inside.recv(65_536)):
            left -= len(data)
    inside.sendall(FAILED)


@contextmanager
def weather_before(target: int) -> Iterator[WeatherProxy]:
    """A proxy on a free port before a service on this machine."""
    with socket.create_server((HOST, 0)) as listener:
        listener.settimeout(0.5)
        proxy = WeatherProxy(target, listener.getsockname()[1])
        serving = threading.Thread(target=proxy.serve, args=(listener,), daemon=True)
        serving.start()
        try:
            yield proxy
        finally:
            proxy.end()
            serving.join()
