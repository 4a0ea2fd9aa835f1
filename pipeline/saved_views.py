"""Views of the queue that a reviewer named, and how many cases are about to be late."""

from __future__ import annotations

from pipeline.clock import utc_now
from pipeline.desk import late_since
from pipeline.wiring import Wiring
from receipts.database.repositories.desk import Desk, Wanted
from receipts.database.repositories.saved_views import SavedView, SavedViews
from receipts.identity import AccountId, ProgramId

COUNTED_LATE = 100
"""More are shown as that many and more: the page must open at once with any number of them."""


def saved_views(wiring: Wiring, program_id: ProgramId, account: AccountId) -> tuple[SavedView, ...]:
    """The reviewer's own views, the oldest first."""
    with wiring.database.read() as session:
        return SavedViews(session, program_id, account).all()


def save_view(wiring: Wiring, program_id: ProgramId, account: AccountId, name: str, wanted: Wanted) -> bool:
    """Keep a view under a name, in place of one of that name; False where there are too many."""
    with wiring.database.write() as session:
        return SavedViews(session, program_id, account).save(name, wanted)


def remove_view(wiring: Wiring, program_id: ProgramId, account: AccountId, number: int) -> bool:
    """Forget a view; False where the reviewer has no such one."""
    with wiring.database.write() as session:
        return SavedViews(session, program_id, account).remove(number)


def count_late(wiring: Wiring, program_id: ProgramId) -> int:
    """How many cases are late or about to be, counted up to `COUNTED_LATE`."""
    now = utc_now()
    with wiring.database.read() as session:
        return Desk(session, program_id, now).count_late(late_since(wiring, now), most=COUNTED_LATE)
