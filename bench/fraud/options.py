"""What every part of the fraud bench is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure on.

    Attributes:
        receipts: the real receipts (`shared/receipts`); the folder may be missing, and a part then says so.
        work: where a part keeps what it drew, in a folder of its own.
        kept: what the engine saw, by `bench.kept_engine.KeptEngine`; one folder for all parts.
        purchases: how many generated purchases to begin with.
        seed: of everything drawn.
        jobs: processes that may work at once.
        rest: words after the known ones, for a part that takes its own.
    """

    receipts: Path
    work: Path
    kept: Path
    purchases: int
    seed: int
    jobs: int
    rest: tuple[str, ...] = ()

    @property
    def has_receipts(self) -> bool:
        """Whether the real receipts are at hand."""
        return self.receipts.is_dir()
