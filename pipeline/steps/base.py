"""What a stage is: work with no transaction open, and what to write once it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from pipeline.wiring import Wiring
from receipts.database.repositories.work import Artefact, WorkItem
from receipts.state import ReceiptState


class NotYetError(Exception):
    """The stage must wait for other receipts; nothing is wrong, and the try does not count."""


Further = Callable[[Session, WorkItem, datetime], None]
"""Writes in the transaction that moves the receipt on, after the move."""


def nothing_further(_session: Session, _item: WorkItem, _now: datetime) -> None:
    """Write nothing more."""


@dataclass(frozen=True, slots=True)
class StageResult:
    """What a stage made.

    Attributes:
        after: where the receipt goes.
        artefact: what to keep of the work; None where there is nothing to keep.
        columns: of the receipt's row, set with its state.
        further: other rows, written in the same transaction.
    """

    after: ReceiptState
    artefact: Artefact | None
    columns: dict[str, Any] = field(default_factory=dict)
    further: Further = nothing_further


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a receipt's way.

    Attributes:
        due: the state a receipt waits in for this stage.
        work: called with no transaction open; may raise `TransientError`.
    """

    name: str
    due: ReceiptState
    work: Callable[[Wiring, WorkItem], StageResult]
