"""The pages of joining and of mail and text in German, and names that try to be markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .conftest import csrf_of
from .test_joining import Invited, _joining, _post

if TYPE_CHECKING:
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
