"""The pages of joining and of mail and text in German, and names that try to be markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingest.sms.segments import segments
from pipeline.clock import utc_now
from pipeline.sample import SAMPLE_PROGRAM
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.languages import keep_language
from receipts.database.tables import MemberRow
from receipts.inbound import Address, AddressKind

from .conftest import csrf_of
from .test_joining import Invited, _joining, _post
from .test_text_answers import TOMS_PHONE, photo

if TYPE_CHECKING:
    from tests.support.text_door import Door

    from .conftest import World


def test_who_reads_german_joins_in_german_and_hostile_names_stay_inert(world: World) -> None:
    invited = Invited(world)
    with world.browser() as browser:
        browser.headers["Accept-Language"] = "de"
        page = browser.get(invited.path).text
        assert f"1 Nachricht von <strong>{invited.address}</strong>" in page
        assert "Sign in" not in page
        short = _post(browser, invited.path, **_joining(invited.address, password="short"))
        assert "Wähle ein Passwort mit mindestens 10 Zeichen." in short.text
        wrong = _post(browser, invited.path, do="sign-in", email=world.maya.account.email, password="wrong")
        assert "Die E-Mail-Adresse oder das Passwort ist falsch." in wrong.text
        _post(browser, invited.path, **_joining(invited.address, name="<i>Nora %(x)s"))
        assert f"{invited.address} ist mit deinem Konto verknüpft." in browser.get(invited.path).text
        mine = browser.get("/addresses").text
        assert "Deine eigene geheime Adresse" in mine
        asked = browser.post(
            "/addresses", data={"csrf_token": csrf_of(mine), "do": "add", "address": "nora@b.example"}
        )
        assert "Wir haben einen Link an nora@b.example gesendet." in browser.get("/addresses").text, asked
        other = browser.get(Invited(world).path).text
        assert "als &lt;i&gt;Nora %(x)s angemeldet" in other
        assert "<i>" not in other
    with world.browser(world.ruth) as browser:
        browser.headers["Accept-Language"] = "de"
        assert "You are signed in as" in browser.get(invited.path).text


def test_a_chosen_language_stays_and_is_that_of_texts(world: World, door: Door) -> None:
    with world.browser(world.tom) as browser:
        page = browser.get("/you").text
        browser.post("/you/language", data={"csrf_token": csrf_of(page), "language": "de"})
    try:
        with world.browser(world.tom) as again:
            assert '<html lang="de"' in again.get("/you").text
    finally:
        with world.browser(world.tom) as browser:
            page = browser.get("/you").text
            browser.post("/you/language", data={"csrf_token": csrf_of(page), "language": "en"})

    phone = Address(AddressKind.PHONE, TOMS_PHONE)
    with door.wiring.database.write() as session:
        (tom,) = Addresses(session, SAMPLE_PROGRAM.id, utc_now()).members_of(phone)
        keep_language(session, SAMPLE_PROGRAM.id, tom, "de", chosen=True)
    try:
        every = (
            {"Body": "hello?"},
            {"Body": "HELP"},
            {"Body": "STOP"},
            {"Body": "START"},
            {"NumMedia": "1"},
            photo(),
            photo("image/heic", 3),
            photo("audio/x"),
        )
        for number, fields in enumerate(every):
            sender = f"+1202555770{number}"  # nobody is answered all day
            with door.wiring.database.write() as session:
                address = Address(AddressKind.PHONE, sender)
                Addresses(session, SAMPLE_PROGRAM.id, utc_now()).link(address, tom, shared=True)
            told = door.said(door.form(From=sender, **fields))
            words = told.removeprefix(SAMPLE_PROGRAM.name).replace("help@example.com", "")
            assert told
            assert not re.search(r"\b(you|your|we|the|please|for|it|is|send)\b", words, re.IGNORECASE), told
            assert segments(told).gsm
            assert segments(told).count in (1, 2), told
    finally:
        with door.wiring.database.write() as session:
            session.query(MemberRow).update({"language": None, "language_chosen": False})
