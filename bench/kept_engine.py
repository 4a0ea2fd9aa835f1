"""An engine that keeps what it read, so that work on rows and fields does not wait for OCR again."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ocr.engines.base import Glance, OcrEngine, Picture
from receipts.transcript import TextBox

Answer = TypeVar("Answer")


class KeptEngine(OcrEngine):
    """Another engine's answers, kept in a folder by picture, zoom, engine and version.

    Only for benches: the folder is this machine's own and its pickles are trusted.
    """

    def __init__(self, engine: OcrEngine, folder: Path) -> None:
        self._engine, self._folder = engine, folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def name(self) -> str:
        """The other engine's."""
        return self._engine.name

    @property
    def version(self) -> str:
        """The other engine's."""
        return self._engine.version

    def recognise(self, picture: Picture, *, zoom: float = 1.0) -> tuple[TextBox, ...]:
        """See `OcrEngine.recognise`."""
        return self._kept(f"boxes {zoom:.4f}", picture, lambda: self._engine.recognise(picture, zoom=zoom))

    def look(self, picture: Picture, *, zoom: float = 1.0) -> Glance:
        """See `OcrEngine.look`."""
        what = "look" if zoom == 1.0 else f"look {zoom:.4f}"
        return self._kept(what, picture, lambda: self._engine.look(picture, zoom=zoom))

    def usual_side_px(self, picture: Picture) -> int:
        """See `OcrEngine.usual_side_px`."""
        return self._engine.usual_side_px(picture)

    def look_again(
        self, picture: Picture, before: tuple[TextBox, ...], *, zoom: float
    ) -> tuple[TextBox, ...]:
        """See `OcrEngine.look_again`."""
        seen = hashlib.sha256(repr(before).encode()).hexdigest()
        return self._kept(
            f"again {zoom:.4f} {seen}",
            picture,
            lambda: self._engine.look_again(picture, before, zoom=zoom),
        )

    def quarter_turns(self, picture: Picture) -> int:
        """See `OcrEngine.quarter_turns`."""
        return self._kept("turns", picture, lambda: self._engine.quarter_turns(picture))

    def _kept(self, what: str, picture: Picture, read: Callable[[], Answer]) -> Answer:
        digest = hashlib.sha256(picture.tobytes())
        digest.update(f"{what} {picture.shape} {self.name} {self.version}".encode())
        path = self._folder / digest.hexdigest()
        if path.exists():
            kept: Answer = pickle.loads(path.read_bytes())  # noqa: S301 - written by ourselves
            return kept
        answer = read()
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(pickle.dumps(answer))
        part.replace(path)
        return answer
