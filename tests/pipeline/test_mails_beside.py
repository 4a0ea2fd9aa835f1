"""Receipts beside attached mails and in mails within those: each is read, and proven by its own mail only."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from pipeline.sample import MAYA, SAMPLE_PROGRAM
from pipeline.settings import Settings
from pipeline.views import receipt_list
from pipeline.wiring import build
from receipts.database.repositories.programs import Programs
from receipts.identity import MemberId
from receipts.proof import Proof
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, OATS, e_receipt
from tests.support.doors import ADDRESS, Doors, channels_toml, write_settings_files
from tests.support.ready import make_ready
from tests.support.signing import Key, records, rsa_key, signed
from tests.support.smtp_sink import run_smtp_sink


@pytest.fixture
def key() -> Key:
    return rsa_key("example.com")


@pytest.fixture
def doors(tmp_path: Path, key: Key) -> Iterator[Doors]:
    with run_smtp_sink() as sink:
        channels, dns = write_settings_files(tmp_path, channels_toml(smtp_port=sink.port), records(key))
        wiring = build(Settings(data_dir=tmp_path / "data", channels_file=channels, dns_file=dns))
        make_ready(wiring)
        yield Doors(wiring, tmp_path, sink)
        wiring.close()


def _maya(doors: Doors) -> MemberId:
    with doors.wiring.database.read() as session:
        found = Programs(session).account_by_email(MAYA.email)
    assert found is not None
    account = found[0]
    assert account.member_id is not None
    return account.member_id


def _states(doors: Doors) -> list[ReceiptState]:
    listed = receipt_list(doors.wiring, program_id=SAMPLE_PROGRAM.id, member_id=_maya(doors), limit=50)
    return [each.state for each in listed]


def _carrying(name: str, *, pdf: str = "", inside: tuple[EmailMessage, ...] = ()) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = f"{name}@shop.example", MAYA.email, f"News {name}"
    message["Date"] = "Tue, 03 Mar 2026 14:05:00 +0000"
    message.set_content("Our new season is here. Come and see us.")
    for each in inside:
        message.add_attachment(each)
    if pdf:
        data = e_receipt(pdf, OATS, MILK)
        message.add_attachment(data, maintype="application", subtype="pdf", filename="receipt.pdf")
    return message


def _sent(key: Key, *inside: EmailMessage, pdf: str = "") -> bytes:
    """From Maya to the mailbox, signed."""
    message = _carrying("outer", pdf=pdf, inside=inside)
    for name, value in (("From", MAYA.email), ("To", ADDRESS), ("Subject", "Fwd: Your receipts")):
        message.replace_header(name, value)
    message["Message-ID"] = f"<{pdf or 'none'}@mail.example>"
    return signed(message.as_bytes(), key)


def test_a_receipt_beside_an_attached_newsletter_is_read_and_unproven(doors: Doors, key: Key) -> None:
    received = doors.arrive(_sent(key, _carrying("newsletter"), pdf="beside"))
    doors.work()
    # The newsletter is told of, too.
    assert sorted(state.value for state in _states(doors)) == ["awarded", "rejected"]
    sent_by = doors.message(received.inbound_id).sent_by
    assert sent_by is not None
    assert sent_by.proof is not None
    assert sent_by.proof.verdict is not Proof.PROVEN


@pytest.mark.parametrize("turned", [False, True])
def test_every_receipt_is_read_however_deep_its_mail_lies(doors: Doors, key: Key, *, turned: bool) -> None:
    middle = _carrying("m", inside=(_carrying("b", pdf="b"), _carrying("c", pdf="c")))
    inside = (_carrying("a", pdf="a"), middle)
    doors.arrive(_sent(key, *(inside[::-1] if turned else inside)))
    doors.work()
    assert len(_states(doors)) == 3
    assert ReceiptState.REJECTED not in _states(doors)
