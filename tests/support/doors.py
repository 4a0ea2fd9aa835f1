"""A program with a mailbox and a number, its mails and texts going to real servers of this machine."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy import text as sql_text

from pipeline.answers.deliver import deliver
from pipeline.clock import utc_now
from pipeline.inbound import Received, receive_mails, store_mail
from pipeline.runner import run
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.takein.run import take_in
from pipeline.wiring import Wiring
from receipts.database.repositories.inbound import Inbound
from receipts.database.tables import InboundRow, OutgoingRow, ReceiptRow
from receipts.identity import InboundId, OutgoingId, ReceiptId
from receipts.inbound import InboundMessage
from tests.support.smtp_sink import SmtpSink

ADDRESS = "receipts@sunny.example"
NUMBER = "+12125550110"


def channels_toml(*, smtp_port: int, twilio_url: str = "", account_sid: str = "", more: str = "") -> str:
    """The channels file of the sample program."""
    sms = (
        f"""
[program.sample.sms]
account_sid = "{account_sid}"
auth_token = "a token for tests"
numbers = ["{NUMBER}", "whatsapp:{NUMBER}"]
api_base_url = "{twilio_url}"
"""
        if twilio_url
        else ""
    )
    return f"""
[program.sample]
{more}

[program.sample.email]
address = "{ADDRESS}"
imap_host = "127.0.0.1"
imap_security = "none"
password = "unused here"
smtp_host = "127.0.0.1"
smtp_port = {smtp_port}
smtp_security = "none"
smtp_user = "-"
{sms}"""


def mail(
    sender: str,
    *,
    to: str = ADDRESS,
    subject: str = "Fwd: Your receipt",
    text: str = "My receipt.",
    html: str = "",
    attached: tuple[tuple[bytes, str, str], ...] = (),
    headers: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """A mail; `attached` has bytes, media type and file name of each."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = "Tue, 03 Mar 2026 14:05:00 +0000"
    message["Message-ID"] = (
        f"<{hashlib.sha256((subject + sender + text).encode()).hexdigest()[:16]}@mail.example>"
    )
    for name, value in headers:
        message[name] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for data, media_type, name in attached:
        main, _, sub = media_type.partition("/")
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@dataclass
class Doors:
    """The pipeline's mail and text doors, worked by hand: no process runs."""

    wiring: Wiring
    folder: Path
    sink: SmtpSink

    def arrive(self, raw: bytes, *, key: str = "") -> Received:
        """As the mailbox hands a mail over."""
        path = self.folder / "arriving.eml"
        path.write_bytes(raw)
        named = key or hashlib.sha256(raw).hexdigest()
        store = self.wiring.store.of(SAMPLE_PROGRAM.id, None)
        stored = store_mail(store, key=f"box|INBOX|1|{named}", mailbox=ADDRESS, raw=path)
        (received,) = receive_mails(self.wiring, program_id=SAMPLE_PROGRAM.id, mails=[stored])
        return received

    def work(self) -> None:
        """Do what waits, until nothing does: take in, read and decide, answer."""
        while any((self._take_in(), self._advance(), self._deliver())):
            pass

    def work_without_answers(self) -> None:
        """The same, but leave the answers waiting."""
        while any((self._take_in(), self._advance())):
            pass

    def message(self, inbound_id: InboundId) -> InboundMessage:
        with self.wiring.database.read() as session:
            found = Inbound(session, SAMPLE_PROGRAM.id, utc_now()).find(inbound_id)
        assert found is not None
        return found

    def rows(self, sql: str) -> list[Any]:
        with self.wiring.database.read() as session:
            return list(session.execute(sql_text(sql)).all())

    def _take_in(self) -> bool:
        with self.wiring.database.read() as session:
            ids = session.scalars(select(InboundRow.id).where(InboundRow.state == "waiting")).all()
        return any(take_in(self.wiring, InboundId(each)) is not None for each in ids)

    def _advance(self) -> bool:
        with self.wiring.database.read() as session:
            waiting = ReceiptRow.state.in_(["received", "read", "matched", "screened"])
            ids = session.scalars(select(ReceiptRow.id).where(waiting)).all()
        return any(run(self.wiring, ReceiptId(each)) is not None for each in ids)

    def _deliver(self) -> bool:
        with self.wiring.database.read() as session:
            ids = session.scalars(select(OutgoingRow.id).where(OutgoingRow.state == "waiting")).all()
        return any(deliver(self.wiring, OutgoingId(each)) is not None for each in ids)


def write_settings_files(folder: Path, toml: str, dns: dict[str, str]) -> tuple[Path, Path]:
    """The channels file and the DNS file."""
    channels, records = folder / "channels.toml", folder / "dns.json"
    channels.write_text(toml)
    records.write_text(json.dumps(dns))
    return channels, records
