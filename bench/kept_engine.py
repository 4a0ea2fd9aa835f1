"""An engine that keeps what it read, so that work on rows and fields does not wait for OCR again."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import Any

from ocr.engines.base import OcrEngine, Picture
from receipts.transcript import TextBox


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
        answer: tuple[TextBox, ...] = self._kept("boxes", picture, zoom)
        return answer

    def quarter_turns(self, picture: Picture) -> int:
        """See `OcrEngine.quarter_turns`."""
        return int(self._kept("turns", picture, 1.0))

    def _kept(self, what: str, picture: Picture, zoom: float) -> Any:  # noqa: ANN401 - one of two answers
        digest = hashlib.sha256(picture.tobytes())
        digest.update(f"{what} {picture.shape} {zoom:.4f} {self.name} {self.version}".encode())
        path = self._folder / digest.hexdigest()
        if path.exists():
            return pickle.loads(path.read_bytes())  # noqa: S301 - written by ourselves
        answer = (
            self._engine.recognise(picture, zoom=zoom)
            if what == "boxes"
            else self._engine.quarter_turns(picture)
        )
        part = path.with_suffix(".part")
        part.write_bytes(pickle.dumps(answer))
        part.replace(path)
        return answer
