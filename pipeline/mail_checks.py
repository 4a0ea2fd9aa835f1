"""What `tillpoints doctor` asks of a program's mailbox and of the server that its answers leave by."""

from __future__ import annotations

from datetime import timedelta

from ingest.email.imap import Mailbox, Waiting
from ingest.email.smtp import MailSender
from pipeline.channels import MailboxSettings
from pipeline.clock import utc_now
from pipeline.mail_servers import imap_server, smtp_server
from pipeline.mailbox_lease import heartbeat_name
from pipeline.wiring import Wiring
from receipts.database.repositories.outbox import Outbox
from receipts.errors import TransientError
from receipts.identity import ProgramId

SILENT_S = 120.0
"""The mailbox process says that it lives every 18 s, and after a slow command within a minute."""


def check_mailbox(settings: MailboxSettings) -> str:
    """Sign in, look into the folder, and say how mail will be taken.

    Raises:
        TransientError: with what is wrong and what to do.
    """
    with Mailbox(imap_server(settings)) as box:
        folder = box.select(settings.folder)
        if settings.done_folder:
            waiting = sum(1 for _ in box.waiting(Waiting.ALL))
            names = box.folders()
            there = settings.done_folder in names
            how = "moved" if box.has_move else "copied and marked deleted (the server cannot move)"
            then = f"taken mail is {how} to {settings.done_folder!r}"
            then += "" if there else ", which is made when it is first needed"
        else:
            waiting = sum(1 for _ in box.waiting(Waiting.UNMARKED if folder.keywords else Waiting.UNSEEN))
            then = "taken mail is flagged and stays"
        if not settings.idle:
            news = f"asked every {settings.poll_s:g} s, as set"
        elif box.has_idle:
            news = "new mail comes at once (IDLE)"
        else:
            news = f"asked every {settings.poll_s:g} s, since the server has no IDLE"
        return f"{settings.folder} holds {folder.messages}, {waiting} wait; {news}; {then}"


def check_sending(settings: MailboxSettings) -> str:
    """Sign in where answers leave by, sending nothing.

    Raises:
        TransientError: with what is wrong and what to do.
    """
    server = smtp_server(settings)
    if server is None:
        raise TransientError("no smtp_host is set, so no mail is answered: set one")
    MailSender(server).check()
    return f"{server.where} lets us send"


def check_looked_after(wiring: Wiring, program_id: ProgramId) -> str:
    """Whether a process looks after the mailbox.

    Raises:
        TransientError: none was heard of lately.
    """
    now = utc_now()
    with wiring.database.read() as session:
        heard = Outbox(session, now).last_beat(heartbeat_name(program_id))
    if heard is None or now - heard > timedelta(seconds=SILENT_S):
        since = "" if heard is None else f" since {heard:%Y-%m-%d %H:%M} UTC"
        raise TransientError(
            f"nobody looks after it{since}; start it with `tillpoints serve` or `tillpoints mailbox`"
        )
    return "looked after"
