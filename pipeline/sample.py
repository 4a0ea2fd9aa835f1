"""The sample program: a made-up manufacturer with its catalog, campaigns, members and reviewer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import as_file, files

from awarding.campaign_file import campaign_document, parse_campaign
from matching.catalog_file import load_catalog
from pipeline.accounts import add_account
from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.identity import ProgramId, Role
from receipts.inbound import Address, AddressKind
from receipts.money import currency
from receipts.program import Program

SAMPLE_PROGRAM = Program(
    id=ProgramId("sample"),
    name="Sunny Mill Rewards",
    currency=currency("USD"),
    time_zone="America/New_York",
    window_days=30,
    daily_receipts=100,
)


@dataclass(frozen=True, slots=True)
class SampleAccount:
    """Someone to sign in as. The passwords are public: never add the sample to a program that pays."""

    role: Role
    email: str
    name: str
    password: str


MAYA = SampleAccount(Role.MEMBER, "maya@example.com", "Maya Lopez", "sunny-maya")
TOM = SampleAccount(Role.MEMBER, "tom@example.com", "Tom Becker", "sunny-tom")
RUTH = SampleAccount(Role.REVIEWER, "ruth@example.com", "Ruth Okafor", "sunny-ruth")
ADA = SampleAccount(Role.ADMIN, "ada@example.com", "Ada Admin", "sunny-ada")
CORE = SampleAccount(Role.SERVICE, "core@example.com", "Core loyalty service", "sunny-core")
SAMPLE_ACCOUNTS: tuple[SampleAccount, ...] = (MAYA, TOM, RUTH, ADA, CORE)


SAMPLE_PHONES: dict[str, str] = {MAYA.email: "+12025550111", TOM.email: "+12025550112"}


def add_sample(wiring: Wiring) -> None:
    """Add what is missing of the sample; safe to call at every start."""
    _add_program(wiring)
    for account in SAMPLE_ACCOUNTS:
        with wiring.database.read() as session:
            if Programs(session).account_by_email(account.email) is not None:
                continue
        add_account(
            wiring,
            program_id=SAMPLE_PROGRAM.id,
            role=account.role,
            email=account.email,
            name=account.name,
            password=account.password,
        )
    _link_phones(wiring)


def _link_phones(wiring: Wiring) -> None:
    """The sample's members can text from these numbers, which nobody has."""
    with wiring.database.read() as session:
        found = {email: Programs(session).account_by_email(email) for email in SAMPLE_PHONES}
    with wiring.database.write() as session:
        addresses = Addresses(session, SAMPLE_PROGRAM.id, utc_now())
        for email, number in SAMPLE_PHONES.items():
            account = found[email]
            if account is not None and account[0].member_id is not None:
                addresses.link(Address(AddressKind.PHONE, number), account[0].member_id, shared=False)


def _add_program(wiring: Wiring) -> None:
    now = utc_now()
    folder = files("fixtures")
    with as_file(folder / "catalog.csv") as path:
        catalog = load_catalog(path, currency=SAMPLE_PROGRAM.currency)
    documents = sorted((folder / "campaigns").iterdir(), key=lambda entry: entry.name)
    campaigns = [parse_campaign(json.loads(document.read_bytes())) for document in documents]
    with wiring.database.write() as session:
        if Programs(session).find(SAMPLE_PROGRAM.id) is None:
            Programs(session).add(SAMPLE_PROGRAM, now)
        data = ProgramData(session, SAMPLE_PROGRAM.id)
        data.import_catalog(catalog, now)
        for campaign in campaigns:
            data.import_campaign(campaign.id, campaign.version, campaign_document(campaign), now)
