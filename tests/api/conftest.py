"""The real app on a real socket, over a real SQLite database and store, with two programs in it.

Receipts are text-layer PDFs that the generator draws, so that the pipeline reads them without an OCR engine
in well under a second; the tests run the stages themselves where they need a receipt to have moved on.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from PIL import Image

from api.app import create_app
from fixtures.generator.dice import Dice
from fixtures.generator.purchase import BasketLine
from fixtures.generator.sample import Kind
from fixtures.scenarios.stage import Stage, other, own
from pipeline.accounts import add_account
from pipeline.clock import utc_now
from pipeline.inbound import receive_mails, store_mail
from pipeline.plans import carry_out_due
from pipeline.relay import Relay
from pipeline.runner import run
from pipeline.sample import ADA, CORE, MAYA, RUTH, SAMPLE_PROGRAM, TOM
from pipeline.settings import Settings
from pipeline.wiring import Wiring, build
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.database.tables import ReceiptRow
from receipts.identity import InboundId, ProgramId, ReceiptId, Role
from receipts.money import currency
from receipts.program import Account, Program
from tests.support.ready import make_ready
from tests.support.text_door import CHANNELS, PUBLIC, Door

TODAY = dt.datetime.now(dt.UTC).date()
OLD = TODAY - dt.timedelta(days=400)
PASSWORD = "a password for tests"
OTHER_PROGRAM = Program(
    id=ProgramId("other"),
    name="Other Rewards",
    currency=currency("USD"),
    time_zone="UTC",
    window_days=30,
    daily_receipts=100,
)

_TLS = ssl.create_default_context()
"""Nothing here is asked by TLS, and a client reads all the world's certificates unless it is given some."""
DOORS = f"""
[program.{SAMPLE_PROGRAM.id}]
help_contact = "help@sunny.example"

[program.{SAMPLE_PROGRAM.id}.email]
address = "receipts@sunny.example"
imap_host = "127.0.0.1"
imap_security = "none"
password = "unused here"
smtp_host = "127.0.0.1"
smtp_port = 9
smtp_security = "none"
smtp_user = "-"

[program.{SAMPLE_PROGRAM.id}.sms]
account_sid = "AC{"a" * 32}"
auth_token = "unused here too"
numbers = ["+12125550110", "whatsapp:+12125550119"]
"""
"""The sample program takes mails and texts, the other one uploads only. Nothing is fetched or sent here."""


def csrf_of(html: str) -> str:
    """The CSRF token of a page's form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert found is not None
    return found.group(1)


@dataclass
class Person:
    """Someone with an account, and a client that carries their token."""

    account: Account
    password: str
    http: httpx.Client

    @property
    def member_id(self) -> str:
        assert self.account.member_id is not None
        return self.account.member_id

    def send(self, data: bytes, name: str = "receipt.pdf", **headers: str) -> httpx.Response:
        return self.http.post("/v1/submissions", files=[("files", (name, data))], headers=headers)


@dataclass
class World:
    """The running app and everyone in it."""

    wiring: Wiring
    app: FastAPI
    url: str
    people: dict[str, Person] = field(default_factory=dict)
    _drawn: int = 0

    def __getattr__(self, name: str) -> Person:
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None

    def undo_is_over(self) -> None:
        """What reviewers decided on the page takes effect."""
        carry_out_due(self.wiring, now=utc_now() + dt.timedelta(minutes=5))

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30, verify=_TLS, **options)

    @contextmanager
    def browser(self, person: Person | None = None) -> Iterator[httpx.Client]:
        """A client that asks for pages, signed in if a person is given."""
        with self.client(headers={"Accept": "text/html"}) as http:
            if person is not None:
                answer = http.post(
                    "/sign-in",
                    data={
                        "email": person.account.email,
                        "password": person.password,
                        "csrf_token": csrf_of(http.get("/sign-in").text),
                    },
                )
                assert answer.status_code == 303, answer.text
            yield http

    def receipt_pdf(self, *, day: dt.date = TODAY) -> bytes:
        """A purchase like no other: our chips for 11.99, worth 110 points by the sample's campaigns."""
        self._drawn += 1
        name = f"api-{self._drawn}"
        stage = Stage(day, Dice(name))
        # The same basket twice on a day is held where the two times look alike; so each has its own total.
        lines = [own("KTW-MTM-26Z", 1199), other("Northbank Ground Coffee", 899 + 37 * self._drawn)]
        purchase = stage.purchase(name, "Larderline", "invoice", lines)
        return stage.picture(name, purchase, "invoice", kind=Kind.PDF_TEXT).data

    def printed(self, person: Person, *lines: BasketLine) -> str:
        """A receipt of this member with these lines, from a till that prints no codes; its id."""
        self._drawn += 1
        name = f"printed-{self._drawn}"
        stage = Stage(TODAY, Dice(name))
        purchase = stage.purchase(name, "Dollar Lantern", "narrow", list(lines))
        sent = person.send(stage.picture(name, purchase, "narrow", kind=Kind.PDF_TEXT).data)
        receipt_id: str = sent.json()["receipts"][0]["id"]
        return receipt_id

    def process(self, receipt_id: str) -> str:
        """Run the stages, as a worker would; the state reached."""
        reached = run(self.wiring, ReceiptId(receipt_id))
        assert reached is not None
        return reached.value

    def settled(self, person: Person, *, day: dt.date = TODAY) -> str:
        """A receipt of this member, sent and processed; its id."""
        answer = person.send(self.receipt_pdf(day=day))
        assert answer.status_code == 202, answer.text
        receipt_id: str = answer.json()["receipts"][0]["id"]
        self.process(receipt_id)
        return receipt_id

    def add_picture(self, receipt_id: str) -> None:
        """Give a receipt that was read from text the picture that a photograph would have."""
        out = io.BytesIO()
        Image.new("RGB", (60, 90), "white").save(out, "JPEG")
        picture = self.wiring.store.put_bytes(out.getvalue())
        with self.wiring.database.write() as session:
            row = session.query(ReceiptRow).filter_by(id=receipt_id).one()
            row.picture_sha256 = picture

    def arrive(self, raw: bytes) -> InboundId:
        """A mail as the sample program's mailbox hands it over; it waits for a worker."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "arriving.eml"
            path.write_bytes(raw)
            stored = store_mail(
                self.wiring.store,
                key=f"box|INBOX|1|{sha256(raw).hexdigest()}",
                mailbox="receipts@sunny.example",
                raw=path,
            )
            (received,) = receive_mails(self.wiring, program_id=SAMPLE_PROGRAM.id, mails=[stored])
        return received.inbound_id

    def publish(self) -> None:
        """Let the relay send everything that is due."""
        relay = Relay(self.wiring)
        while relay.relay_due():
            pass


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(app: FastAPI, port: int) -> Iterator[None]:
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="warning", access_log=False, timeout_keep_alive=60
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    yield
    server.should_exit = True
    thread.join(10)


def _add_other_program(wiring: Wiring) -> list[tuple[str, Account]]:
    now = utc_now()
    with wiring.database.write() as session:
        Programs(session).add(OTHER_PROGRAM, now)
        own_data = ProgramData(session, SAMPLE_PROGRAM.id)
        newest = own_data.newest_catalog()
        assert newest is not None
        other_data = ProgramData(session, OTHER_PROGRAM.id)
        other_data.import_catalog(own_data.catalog(newest[0]), now)
        for campaign in own_data.campaigns():
            other_data.import_campaign(campaign.id, campaign.version, campaign.document, now)
    people = {"olga": Role.MEMBER, "otto": Role.REVIEWER, "abel": Role.ADMIN, "serv": Role.SERVICE}
    return [
        (
            name,
            add_account(
                wiring,
                program_id=OTHER_PROGRAM.id,
                role=role,
                email=f"{name}@other.example",
                name=name.capitalize(),
                password=PASSWORD,
            ),
        )
        for name, role in people.items()
    ]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("house")) as house:
        yield house


@contextmanager
def a_world(folder: Path) -> Iterator[World]:
    """For tests that leave nothing as it was, one of their own."""
    port = _free_port()
    channels, dns = folder / "channels.toml", folder / "dns.json"
    channels.write_text(DOORS)
    dns.write_text("{}")
    wiring = build(
        Settings(data_dir=folder, host="127.0.0.1", port=port, channels_file=channels, dns_file=dns)
    )
    make_ready(wiring)
    accounts = [(name, account, PASSWORD) for name, account in _add_other_program(wiring)]
    with wiring.database.read() as session:
        for name, sample in (("maya", MAYA), ("tom", TOM), ("ruth", RUTH), ("ada", ADA), ("core", CORE)):
            found = Programs(session).account_by_email(sample.email)
            assert found is not None
            accounts.append((name, found[0], sample.password))
    app = create_app(wiring)
    house = World(wiring, app, f"http://127.0.0.1:{port}")
    with serving(app, port):
        for name, account, password in accounts:
            http = house.client()
            asked = {"email": account.email, "password": password}
            token = http.post("/v1/tokens", json=asked).json()["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            house.people[name] = Person(account, password, http)
        yield house
        for person in house.people.values():
            person.http.close()
    wiring.close()


@pytest.fixture(scope="session")
def held(world: World) -> tuple[str, str]:
    """Receipt and case of Maya's, held because the purchase is long ago. For looking at only."""
    receipt_id = world.settled(world.maya, day=OLD)
    cases = world.ruth.http.get("/v1/review-cases", params={"limit": 100}).json()["items"]
    case_id = next(case["id"] for case in cases if case["receipt"]["id"] == receipt_id)
    return receipt_id, case_id


@pytest.fixture(scope="session")
def awarded(world: World) -> str:
    """A receipt of Maya's that earned 110 points."""
    receipt_id = world.settled(world.maya)
    state = world.maya.http.get(f"/v1/receipts/{receipt_id}").json()
    assert (state["state"], state["points"]) == ("awarded", 110), state["reasons"]
    return receipt_id


@pytest.fixture(scope="session")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("texts")
    (folder / "channels.toml").write_text(CHANNELS)
    port = _free_port()
    settings = Settings(
        data_dir=folder,
        port=port,
        public_url=PUBLIC,
        channels_file=folder / "channels.toml",
        replies_per_hour=5,
    )
    wiring = build(settings)
    make_ready(wiring)
    with wiring.database.write() as session:
        Programs(session).add(OTHER_PROGRAM, utc_now())
    with serving(create_app(wiring), port), httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
        yield Door(wiring, http)
    wiring.close()


@pytest.fixture
def catalog_back(world: World) -> Iterator[None]:
    """Afterwards the other program has the sample's catalog again, which other tests count on."""
    yield
    data = (files("fixtures") / "catalog.csv").read_bytes()
    assert world.abel.http.put("/v1/catalog", files=[("file", ("c.csv", data))]).json()["imported"]
