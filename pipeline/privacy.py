"""A member's data: all of it on request, none of it on request, and files no longer than the program says.

What stays after an erasure, and why, is in docs/privacy.md.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from pipeline.clock import utc_now
from pipeline.privacy_export import MemberExport, gather
from pipeline.review import resolve_case
from pipeline.wiring import Wiring
from receipts.database.repositories.leases import Leases
from receipts.database.repositories.privacy import Erasure, Privacy
from receipts.database.repositories.programs import Programs
from receipts.database.repositories.retention import Retention, forget_removal, is_needed, removals_due
from receipts.errors import TransientError
from receipts.identity import AccountId, MemberId, ProgramId

log = structlog.get_logger(__name__)

LEAST_DAYS = 30
"""Goods are brought back and awards are asked about for weeks: what proves them is kept that long."""
_UNTOUCHED_S = 3600.0
"""A file is put before the row that needs it is written: minutes at most, with mails of many parts."""
BACKUP_LEASE = "backup"
"""Held while files are copied: none is removed meanwhile."""
_BATCH = 200
_BATCHES = 25
"""At most 5,000 receipts and files in one turn of five minutes, so that nobody waits for it."""
_NOTED_WITHIN = timedelta(days=7)
"""Of an erasure: the sweep looks every five minutes, and a week is a long time for it to be down."""
_WITHDRAWN = "The member's data were erased."


class StillMovingError(RuntimeError):
    """Receipts of the member are being worked on: the message says how many, and what to do."""


class KeepDaysError(ValueError):
    """No time to keep files for; the message says which are."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """What one turn of the sweep did.

    Attributes:
        retired: receipts and messages whose files were given up.
        removed: files that went.
    """

    retired: int
    removed: int


def member_export(
    wiring: Wiring, *, program_id: ProgramId, member_id: MemberId, asked_by: AccountId | None = None
) -> MemberExport | None:
    """All that is kept of the member, for the member; None where there is none, or they were erased.

    An export that somebody of the team asks for (`asked_by` is not the member) is noted as a look.
    """
    export = gather(wiring, program_id=program_id, member_id=member_id)
    if export is None:
        return None
    with wiring.database.write() as session:
        privacy = Privacy(session, program_id, utc_now())
        if asked_by is None or asked_by != privacy.account_of(member_id):
            privacy.looked(account_id=asked_by, member_id=member_id, what="export", target_id=member_id)
    return export


def erase_member(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    member_id: MemberId,
    asked_by: AccountId | None = None,
    stopped: bool = False,
) -> Erasure | None:
    """Erase the member: who they are, what they sent, what was read from it. None where there is none.

    Held receipts are declined first, so that the core loyalty service hears that their points do not come.
    Done again, it takes what came in meanwhile and answers with the first erasure. Where no worker runs
    (`stopped`), as after a restore, receipts that are not done yet are given up with the rest.

    Raises:
        StillMovingError: a worker has receipts of theirs to move on; it takes seconds.
        TransientError: the database did not answer; nothing was erased.
    """
    with wiring.database.read() as session:
        privacy = Privacy(session, program_id, utc_now())
        cases = privacy.open_cases(member_id)
        decider = asked_by or privacy.account_of(member_id)
    for case_id in cases:
        if decider is None:
            break
        resolve_case(
            wiring,
            program_id=program_id,
            case_id=case_id,
            reviewer=decider,
            approve=False,
            products={},
            note=_WITHDRAWN,
            over_claims=True,
        )
    now = utc_now()
    with wiring.database.write() as session:
        privacy = Privacy(session, program_id, now)
        if not privacy.lock(member_id):
            return None
        if stopped:
            privacy.give_up_unfinished(member_id)
        if moving := privacy.still_moving(member_id):
            what = "receipt is" if moving == 1 else "receipts are"
            raise StillMovingError(
                f"{moving} {what} being worked on. Nothing was erased; try again in a minute."
            )
        if waiting := len(privacy.open_cases(member_id)):
            raise StillMovingError(
                f"{waiting} held receipts wait for a person. Nothing was erased; let a reviewer decline them,"
                " and try again."
            )
        erasure = privacy.erase(member_id, asked_by=asked_by)
    _note(wiring, program_id, member_id, erasure)
    remove_files(wiring)
    log.info("erased", program_id=program_id, member_id=member_id, receipts=erasure.receipts)
    return erasure


def _note_missed(wiring: Wiring, programs: Sequence[ProgramId]) -> None:
    """Note erasures that a process was killed behind, before it had noted them."""
    now = utc_now()
    with wiring.database.read() as session:
        recent = [
            (each, erasure)
            for each in programs
            for erasure in Privacy(session, each, now).erased_since(now - _NOTED_WITHIN)
        ]
    if not recent:
        return
    file = wiring.settings.erasures_file
    noted = file.read_text(encoding="utf-8") if file.exists() else ""
    for program_id, erasure in recent:
        if f'"{erasure.member_id}"' not in noted:
            _note(wiring, program_id, erasure.member_id, erasure)


def _note(wiring: Wiring, program_id: ProgramId, member_id: MemberId, erasure: Erasure) -> None:
    """Beside the database, so that a backup from before the erasure does not bring the member back."""
    line = json.dumps({"program": program_id, "member": member_id, "at": erasure.at.isoformat()})
    try:
        with wiring.settings.erasures_file.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:
        log.warning("the erasure is in the database alone", reason=str(error))


def looked_at(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    account_id: AccountId,
    member_id: MemberId | None,
    what: str,
    target_id: str,
) -> None:
    """Note that somebody of the team saw what a member sent. Before it is shown: no look without a note.

    Args:
        wiring: the parts.
        program_id: the program's.
        account_id: who looks.
        member_id: whose it is; None for a message that is nobody's yet.
        what: ``picture`` or ``mail``.
        target_id: the receipt, or the message that came in.
    """
    with wiring.database.write() as session:
        Privacy(session, program_id, utc_now()).looked(
            account_id=account_id, member_id=member_id, what=what, target_id=target_id
        )


def change_keep_days(wiring: Wiring, program_id: ProgramId, days: int | None) -> None:
    """Keep originals and pictures so many days after their receipt came to rest; None for ever.

    Raises:
        KeepDaysError: too few.
    """
    if days is not None and days < LEAST_DAYS:
        raise KeepDaysError(f"Keep files for {LEAST_DAYS} days at least: returns and questions need them.")
    with wiring.database.write() as session:
        Retention(session, program_id, utc_now()).change_keep_files_days(days)


def sweep_privacy(wiring: Wiring) -> Cleared:
    """Give up files whose time is over by their program's policy, and remove what was given up."""
    now, retired = utc_now(), 0
    with wiring.database.read() as session:
        programs = [program.id for program in Programs(session).all()]
        days = {each: Retention(session, each, now).keep_files_days() for each in programs}
    _note_missed(wiring, programs)
    for program_id, kept in days.items():
        if kept is None:
            continue
        before = now - timedelta(days=kept)
        for _ in range(_BATCHES):
            with wiring.database.write() as session:
                retention = Retention(session, program_id, now)
                some = retention.retire_files(before=before, limit=_BATCH)
                some += retention.retire_mails(before=before, limit=_BATCH)
            retired += some
            if some == 0:
                break
    return Cleared(retired, remove_files(wiring))


def remove_files(wiring: Wiring, *, untouched_s: float = _UNTOUCHED_S) -> int:
    """Remove files that were given up and that nobody needs; how many went. The rest waits for a turn."""
    removed, after = 0, ""
    for _ in range(_BATCHES):
        with wiring.database.read() as session:
            if Leases(session, utc_now()).is_held(BACKUP_LEASE):  # it is about to copy them
                return removed
            due = removals_due(session, limit=_BATCH, after=after)
        if not due:
            break
        after = due[-1]
        for sha256 in due:
            with wiring.database.read() as session:
                needed = is_needed(session, sha256)
            try:
                if not needed and not wiring.store.remove(sha256, untouched_s=untouched_s):
                    continue
            except TransientError as error:
                log.warning("a file was not removed", reason=str(error))
                return removed
            removed += not needed
            with wiring.database.write() as session:
                forget_removal(session, sha256)
    return removed
