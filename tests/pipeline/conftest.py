from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from fixtures.generator.dice import Dice
from fixtures.generator.layouts import LAYOUTS
from fixtures.generator.purchase import BasketLine, ring_up
from fixtures.generator.retailers import shop
from fixtures.generator.sample import Kind, draw_sample
from fixtures.scenarios.stage import other, own
from pipeline.sample import MAYA, RUTH, SAMPLE_PROGRAM, TOM
from pipeline.settings import Settings
from pipeline.submit import IncomingFile, Submitted, submit
from pipeline.views import ReceiptView, receipt_view
from pipeline.wiring import Wiring, build
from receipts.database.repositories.programs import Programs
from receipts.identity import AccountId, MemberId, ReceiptId
from receipts.submission import Channel
from tests.support.fake_twilio import serving_twilio
from tests.support.ready import make_ready
from tests.support.smtp_sink import run_smtp_sink
from tests.support.text_desk import Texts, make_texts


def today() -> dt.date:
    return dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)


def e_receipt(
    name: str, *lines: BasketLine, bought_on: dt.date | None = None, layout: str = "sections"
) -> bytes:
    """A PDF with a text layer, so that no test here waits for OCR. Another name is another purchase."""
    day = bought_on or today()
    purchase = ring_up(
        shop("Dollar Lantern"), lines, habits=LAYOUTS[layout].habits, date=day, dice=Dice(name)
    )
    return draw_sample(name, kind=Kind.PDF_TEXT, purchased_on=day, purchase=purchase, layout=layout).data


OATS = own("OAT-OFO-18Z", 329)
MILK = other("Dovecote Whole Milk", 399)


@dataclass(frozen=True)
class Shop:
    """The sample program on a real database and store, with no process running."""

    wiring: Wiring
    folder: Path
    maya: MemberId
    tom: MemberId
    ruth: AccountId

    def send(self, *files: bytes, member: MemberId | None = None) -> Submitted:
        incoming = []
        for number, data in enumerate(files):
            path = self.folder / f"incoming-{number}"
            path.write_bytes(data)
            incoming.append(IncomingFile(path, f"receipt-{number}.pdf", len(data)))
        return submit(
            self.wiring,
            program_id=SAMPLE_PROGRAM.id,
            member_id=member or self.maya,
            channel=Channel.UPLOAD,
            files=incoming,
        )

    def view(self, receipt_id: ReceiptId) -> ReceiptView:
        view = receipt_view(self.wiring, program_id=SAMPLE_PROGRAM.id, receipt_id=receipt_id)
        assert view is not None
        return view

    def rows(self, sql: str) -> list[Any]:
        with self.wiring.database.read() as session:
            return list(session.execute(text(sql)).all())


@contextmanager
def shop_at(folder: Path, **settings: Any) -> Iterator[Shop]:
    """The sample program, with everything it needs, in this folder and with these settings."""
    wiring = build(Settings(data_dir=folder / "data", max_attempts=3, **settings))
    make_ready(wiring)
    with wiring.database.read() as session:
        found = {
            account.email: Programs(session).account_by_email(account.email) for account in (MAYA, TOM, RUTH)
        }
    accounts = {email: entry[0] for email, entry in found.items() if entry is not None}
    maya, tom = accounts[MAYA.email].member_id, accounts[TOM.email].member_id
    assert maya is not None
    assert tom is not None
    yield Shop(wiring, folder, maya, tom, accounts[RUTH.email].id)
    wiring.close()


@pytest.fixture
def sunny(tmp_path: Path) -> Iterator[Shop]:
    """SQLite: what differs between databases is tested in tests/database."""
    with shop_at(tmp_path) as shop:
        yield shop


@pytest.fixture
def texts(tmp_path: Path) -> Iterator[Texts]:
    with run_smtp_sink() as sink, serving_twilio() as twilio:
        made = make_texts(tmp_path, sink, twilio)
        yield made
        made.wiring.close()
