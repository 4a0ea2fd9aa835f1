"""A program's number whose texts a provider on this machine lists."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pipeline.clock import utc_now
from pipeline.inbound import AnsweredAtOnce, AtOnce, OptChange, receive_text
from pipeline.missed_texts import catch_up
from pipeline.sample import MAYA, SAMPLE_PROGRAM, add_sample
from pipeline.settings import Settings
from pipeline.wiring import build
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.programs import Programs
from receipts.inbound import Address, AddressKind, Via
from tests.support.doors import NUMBER, Doors, channels_toml, write_settings_files
from tests.support.fake_twilio import ACCOUNT_SID, FakeTwilio
from tests.support.smtp_sink import SmtpSink

MAYAS_PHONE = "+12025550111"


class Texts(Doors):
    twilio: FakeTwilio

    def catch_up(self) -> int:
        return catch_up(self.wiring, SAMPLE_PROGRAM.id)

    def states(self) -> list[tuple[str, str]]:
        return [tuple(row) for row in self.rows("SELECT state, reason FROM inbound_messages ORDER BY number")]


def make_texts(folder: Path, sink: SmtpSink, twilio: FakeTwilio) -> Texts:
    """The sample program with its number, which Maya has linked hers to."""
    toml = channels_toml(smtp_port=sink.port, twilio_url=twilio.url, account_sid=ACCOUNT_SID)
    channels, dns = write_settings_files(folder, toml, {})
    wiring = build(Settings(data_dir=folder / "data", channels_file=channels, dns_file=dns))
    wiring.database.migrate()
    add_sample(wiring)
    with wiring.database.write() as session:
        found = Programs(session).account_by_email(MAYA.email)
        assert found is not None
        member = found[0].member_id
        assert member is not None
        addresses = Addresses(session, SAMPLE_PROGRAM.id, utc_now())
        addresses.link(Address(AddressKind.PHONE, MAYAS_PHONE), member, shared=False)
    made = Texts(wiring, folder, sink)
    made.twilio = twilio
    return made


def ago(**span: float) -> dt.datetime:
    return utc_now() - dt.timedelta(**span)


def hear(texts: Texts, sid: str, form: dict[str, str], at_once: AtOnce) -> None:
    """The webhook that the provider calls for a text to the program's number."""
    receive_text(
        texts.wiring,
        program_id=SAMPLE_PROGRAM.id,
        via=Via.SMS,
        sender=MAYAS_PHONE,
        recipient=NUMBER,
        message_sid=sid,
        token=None,
        form=form,
        words=form.get("Body", ""),
        at_once=at_once,
    )


def webhook(texts: Texts, sid: str, word: OptChange) -> None:
    body = word.value.upper()
    form = {"MessageSid": sid, "AccountSid": ACCOUNT_SID, "From": MAYAS_PHONE, "To": NUMBER, "Body": body}
    answered = AtOnce("", AnsweredAtOnce(word.value, "A word."), word)
    hear(texts, sid, form, answered)


def is_stopped(texts: Texts) -> bool:
    with texts.wiring.database.read() as session:
        return Addresses(session, SAMPLE_PROGRAM.id, utc_now()).stopped(MAYAS_PHONE)


def media_list(sid: str) -> str:
    return f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{sid}/Media.json"
