"""Letters to members who came over: a link by which each chooses a password."""

from __future__ import annotations

from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.origins import Origins
from receipts.database.repositories.outgoing import Outgoing
from receipts.identity import ProgramId
from receipts.inbound import AddressKind, OutgoingKind, Via

_BATCH = 200


class NoMailError(RuntimeError):
    """The program sends no mails; the message says what to set."""


def invite(wiring: Wiring, program_id: ProgramId, system: str, *, most: int, again: str = "") -> int:
    """Mail a link to members as whom nobody can sign in yet; how many were written to.

    Whoever was written to is not again, unless `again` is another word than before, such as a day. The mails
    wait with all others, and go as quickly as those do.

    Raises:
        NoMailError: the program sends no mails.
    """
    channels = wiring.channels_of(program_id)
    if channels.email is None or not channels.email.smtp_host:
        raise NoMailError(f"Program {program_id} sends no mails: set its smtp_host (docs/channels.md).")
    written, after = 0, ""
    while written < most:
        now = utc_now()
        with wiring.database.write() as session:
            origins = Origins(session, program_id, system, now)
            addresses, outgoing = Addresses(session, program_id, now), Outgoing(session, program_id, now)
            found = origins.to_invite(AddressKind.EMAIL, after=after, limit=_BATCH)
            for member_id, address in found:
                after = member_id
                once = f"{member_id} {again}".strip()
                if outgoing.was_said(OutgoingKind.INVITE, address.value, once):
                    continue
                link = addresses.make_link(address, life_s=channels.link_life_s)
                outgoing.add(
                    via=Via.EMAIL,
                    kind=OutgoingKind.INVITE,
                    recipient=address.value,
                    inbound_id=None,
                    detail=link.id,
                    once=once,
                    asked_by=member_id,
                )
                written += 1
                if written == most:
                    break
        if len(found) < _BATCH:
            break
    return written
