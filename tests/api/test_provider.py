"""Staff sign in by a provider of OpenID Connect: a real one on a real socket, which is told to lie."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from pipeline.accounts import add_account
from pipeline.people import disable, enable
from pipeline.provider import oidc
from pipeline.provider.base import NoStaffError, ProviderSettings
from pipeline.provider.oidc import Provider
from pipeline.provider.staff import forget_link, link_by_email
from pipeline.sample import MAYA, SAMPLE_PROGRAM
from pipeline.settings import Settings
from receipts.database.tables import AccountRow, ProviderLinkRow, SpentStateRow
from receipts.identity import Role
from tests.support.oidc_provider import CLIENT, SECRET, SmallProvider, small_provider

from .conftest import PASSWORD, Person, csrf_of

if TYPE_CHECKING:
    from .conftest import World

BACK = "/sign-in/provider/back"


@pytest.fixture(scope="module")
def there() -> Iterator[SmallProvider]:
    with small_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def rita(world: World) -> Iterator[Person]:
    """A reviewer of the tests' own, for what is done to her ends her tokens."""
    account = add_account(
        world.wiring,
        program_id=SAMPLE_PROGRAM.id,
        role=Role.REVIEWER,
        email="rita@example.com",
        name="Rita",
        password=PASSWORD,
    )
    with world.client() as http:
        yield Person(account, PASSWORD, http)
    disable(world.wiring, SAMPLE_PROGRAM.id, world.ada.account.id, account.id)


@pytest.fixture
def house(world: World, there: SmallProvider, rita: Person) -> Iterator[World]:
    """The program with the provider in its settings, and nobody linked yet."""
    there.behave()
    there.asked.clear()
    there.who = {"sub": "r-1", "email": "Rita@Example.com", "email_verified": True}
    _install(world, there)
    yield world
    del world.wiring.__dict__["provider"]
    with world.wiring.database.write() as session:
        session.query(ProviderLinkRow).delete()
        session.query(SpentStateRow).delete()


def _install(world: World, there: SmallProvider, **settings: Any) -> Provider:
    asked = {
        "oidc_issuer": there.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_programs": f"{SAMPLE_PROGRAM.id}, nobody",
        "oidc_private_hosts": "localhost",
        "oidc_name": "Acme <b>",
    }
    found = ProviderSettings.of(Settings(**{**asked, **settings}))
    assert found is not None
    provider = world.wiring.__dict__["provider"] = Provider(found, f"{world.url}{BACK}")
    return provider


def _come_back(http: httpx.Client, path: str = "/sign-in/provider?next=/review") -> str:
    """Go there; the path by which the browser is sent back."""
    sent = httpx.get(http.get(path).headers["location"])
    assert sent.status_code == 303, sent.text
    parts = urlsplit(sent.headers["location"])
    return f"{parts.path}?{parts.query}"


def _sign_in(house: World) -> httpx.Response:
    with house.browser() as http:
        answer = http.get(_come_back(http))
        signed_in = http.get("/review", follow_redirects=False).status_code == 200
    assert signed_in == (answer.status_code == 303)
    return answer


def test_whom_an_admin_invited_comes_in_goes_where_they_wanted_and_is_told_how_to_leave(
    house: World, there: SmallProvider
) -> None:
    with house.browser() as http:
        page = http.get("/sign-in?next=/learned").text
        assert "Sign in with Acme &lt;b&gt;" in page
        assert "/sign-in/provider?next=/learned" in page
        went = http.get("/sign-in/provider?next=/learned").headers["location"]
        asked = {name: values[0] for name, values in parse_qs(urlsplit(went).query).items()}
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert "select_account" in http.get("/sign-in/provider?again=1").headers["location"]
        answer = http.get(_come_back(http, "/sign-in/provider?next=/learned"))
        assert (answer.status_code, answer.headers["location"]) == (303, "/learned")
        learned = http.get("/learned").text
        assert "Sign out" in learned
        out = http.post("/sign-out", data={"csrf_token": csrf_of(learned)})
        said = http.get(out.headers["location"]).text
        assert f"{there.issuer}/leave?client_id=" in said
        assert http.get("/review").status_code == 303
    assert there.asked["/.well-known/openid-configuration"] == there.asked["/keys"] == 1


def test_the_link_counts_from_then_on_whatever_becomes_of_the_address(
    house: World, there: SmallProvider, rita: Person
) -> None:
    assert _sign_in(house).status_code == 303
    there.who["email"] = "somebody.else@example.com"
    assert _sign_in(house).status_code == 303
    there.who = {"sub": "r-2", "email": "rita@example.com", "email_verified": True}
    passed_on = _sign_in(house)
    assert passed_on.status_code == 403
    assert "belonged to another person" in passed_on.text
    provider = house.wiring.provider
    assert provider is not None
    with house.browser(house.ada) as http:
        people = http.get("/program/people").text
    assert "Forget who Rita" in people
    forget_link(house.wiring, provider.settings, SAMPLE_PROGRAM.id, house.ada.account.id, rita.account.id)
    _sessions_may_begin(house)
    assert _sign_in(house).status_code == 303


@pytest.mark.parametrize(
    "who",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": "nobody@example.com"},
        {"email": "maya@example.com"},
        {"email": "core@example.com"},
        {"email": "otto@other.example"},
        {"email": "rita@example.com\x00"},
        {"email": ["rita@example.com"]},
    ],
    ids=lambda who: str(next(iter(who.items()))),
)
def test_who_is_nobody_here_stays_outside_and_none_is_made(
    house: World, there: SmallProvider, who: dict[str, Any]
) -> None:
    """Unverified, unknown, a member, a service, another program's reviewer."""
    there.who |= who
    with house.wiring.database.read() as session:
        before = session.query(AccountRow).count()
    assert _sign_in(house).status_code == 403
    with house.wiring.database.read() as session:
        assert (session.query(AccountRow).count(), session.query(ProviderLinkRow).count()) == (before, 0)


def _sessions_may_begin(house: World) -> None:
    """In this very second, too: a session knows whole seconds, and one is over that began before."""
    with house.wiring.database.write() as session:
        session.query(AccountRow).update({"signed_out_at": None})


def test_who_is_disabled_stays_outside_linked_or_not(house: World, rita: Person) -> None:
    by = house.ada.account.id
    with house.browser() as http:
        for _ in range(2):
            disable(house.wiring, SAMPLE_PROGRAM.id, by, rita.account.id)
            try:
                assert _sign_in(house).status_code == 403
                assert http.get("/review").status_code == 303
            finally:
                enable(house.wiring, SAMPLE_PROGRAM.id, by, rita.account.id)
            _sessions_may_begin(house)
            assert http.get(_come_back(http)).status_code == 303
            assert http.get("/review").status_code == 200


LIES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "nonce": lambda claims: {**claims, "nonce": "another"},
    "no nonce": lambda claims: {name: value for name, value in claims.items() if name != "nonce"},
    "audience": lambda claims: {**claims, "aud": "another client"},
    "audiences": lambda claims: {**claims, "aud": [CLIENT, "another client"]},
    "asked by another": lambda claims: {**claims, "azp": "another client"},
    "issuer": lambda claims: {**claims, "iss": f"{claims['iss']}/"},
    "expired": lambda claims: {**claims, "iat": claims["iat"] - 120, "exp": claims["exp"] - 120},
    "no end": lambda claims: {name: value for name, value in claims.items() if name != "exp"},
    "old": lambda claims: {**claims, "iat": claims["iat"] - 3600},
    "of tomorrow": lambda claims: {**claims, "iat": claims["iat"] + 9**5, "exp": claims["exp"] + 9**5},
    "not yet": lambda claims: {**claims, "nbf": claims["iat"] + 3600},
    "no subject": lambda claims: {**claims, "sub": ""},
    "a number": lambda claims: {**claims, "sub": 5},
}


@pytest.mark.parametrize("lie", LIES)
def test_claims_that_do_not_hold_are_not_believed(house: World, there: SmallProvider, lie: str) -> None:
    there.lie = LIES[lie]
    assert _sign_in(house).status_code == 401


def test_only_the_providers_own_signature_is_believed(house: World, there: SmallProvider) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def by_public_key(claims: dict[str, Any]) -> str:
        head = urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": there.kid}).encode()).rstrip(b"=")
        said = b".".join((head, urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")))
        mac = hmac.new(there.public_pem, said, hashlib.sha256).digest()
        return (said + b"." + urlsafe_b64encode(mac).rstrip(b"=")).decode()

    def by_another(**headers: Any) -> Callable[[dict[str, Any]], str]:
        return lambda claims: jwt.encode(claims, other, algorithm="RS256", headers=headers)

    forged: list[Callable[[dict[str, Any]], str]] = [
        lambda claims: jwt.encode(claims, None, algorithm="none"),
        by_public_key,
        by_another(kid=there.kid),
        by_another(),
        by_another(kid="unknown"),
        by_another(kid=there.kid, jwk=json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(other.public_key()))),
        by_another(kid=there.kid, crit=["exp"]),
        lambda claims: "nonsense",
        lambda claims: "",
    ]
    for each in forged:
        there.forge = each
        assert _sign_in(house).status_code == 401
    there.forge = lambda claims: jwt.encode(claims, there.key, algorithm="PS512", headers={"kid": there.kid})
    assert _sign_in(house).status_code == 303


def test_an_answer_opens_nothing_a_second_time_nor_in_another_browser(
    house: World, there: SmallProvider
) -> None:
    with house.browser() as http, house.browser() as victim:
        back = _come_back(http)
        jar = dict(http.cookies)
        assert victim.get(back).status_code == 401  # somebody's own answer, put before another
        _come_back(victim)
        assert victim.get(back).status_code == 401
        assert http.get(back).status_code == 303
        assert http.get(back).status_code == 401
        # Who kept the cookie has a state that was spent, though the provider gave out another code.
        with house.browser() as copied:
            copied.cookies.update(jar)
            state = parse_qs(urlsplit(back).query)["state"][0]
            asked = {"redirect_uri": f"{house.url}{BACK}", "scope": "openid"}
            kept = next(each for each in there.begun if each["state"] == state)
            sent = httpx.get(f"{there.issuer}/authorize", params={**kept, **asked}).headers["location"]
            assert copied.get(f"{BACK}?{urlsplit(sent).query}").status_code == 401
    with house.browser() as http:
        for wrong in ("?error=access_denied", "", "?code=x&state=y"):
            assert http.get(f"{BACK}{wrong}").status_code == 401
        back = _come_back(http)
        assert http.get(back.replace("iss=http", "iss=https")).status_code == 401


def _codes_seen(there: SmallProvider) -> list[dict[str, str]]:
    return there.begun


def test_a_code_is_good_only_with_the_verifier_of_this_browser(house: World) -> None:
    with house.browser() as http, house.browser() as other:
        own, others = _come_back(http), _come_back(other)
        code = parse_qs(urlsplit(others).query)["code"][0]
        state = parse_qs(urlsplit(own).query)["state"][0]
        assert http.get(f"{BACK}?code={code}&state={state}").status_code == 401


def test_one_takes_ten_minutes_at_most(house: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.pages.provider.LIFE_S", -1)
    assert _sign_in(house).status_code == 401


def test_keys_are_kept_changed_with_the_providers_and_not_asked_for_all_the_time(
    house: World, there: SmallProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _sign_in(house).status_code == _sign_in(house).status_code == 303
    assert there.asked["/keys"] == 1
    there.rotate()
    for _ in range(3):
        assert _sign_in(house).status_code == 401
    assert there.asked["/keys"] == 1
    monkeypatch.setattr(oidc, "KEYS_AGAIN_S", 0.0)
    assert _sign_in(house).status_code == 303
    assert there.asked["/keys"] == 2


def test_an_address_on_the_page_of_the_user_counts_as_well(house: World, there: SmallProvider) -> None:
    there.lie = lambda claims: {n: value for n, value in claims.items() if not n.startswith("email")}
    assert _sign_in(house).status_code == 303
    assert there.asked["/me"] == 1
    there.lie = lambda claims: {**claims, "sub": "r-9"}
    there.who.pop("email")
    assert _sign_in(house).status_code == 401


@pytest.mark.parametrize(
    "documents",
    [
        {"issuer": "http://localhost:1"},
        {"token_endpoint": "http://localhost.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": "https://169.254.169.254/keys"},
        {"jwks_uri": None},
    ],
    ids=str,
)
def test_a_description_that_leads_elsewhere_is_not_followed(
    house: World, there: SmallProvider, documents: dict[str, Any]
) -> None:
    there.documents = documents
    _install(house, there)
    with house.browser() as http:
        answer = http.get("/sign-in/provider")
    assert answer.status_code == 503
    assert "does not answer" in answer.text


def test_a_provider_that_is_away_is_not_waited_for_by_everybody(house: World, there: SmallProvider) -> None:
    there.away = True
    _install(house, there)
    with house.browser() as http:
        assert [http.get("/sign-in/provider").status_code for _ in range(3)] == [503] * 3
        assert there.asked == {"/.well-known/openid-configuration": 1}
        assert http.get("/sign-in").status_code == 200


def test_where_it_is_the_only_way_passwords_open_nothing_to_staff(
    house: World, there: SmallProvider, rita: Person
) -> None:
    with house.browser(rita) as before:
        _install(house, there, oidc_only=True)
        assert before.get("/review").status_code == 303
    with house.client() as http:
        asked = {"email": rita.account.email, "password": rita.password}
        assert http.post("/v1/tokens", json=asked).json()["code"] == "provider_only"
        for person in (house.core, house.maya, house.otto):  # a service, a member, another program's
            asked = {"email": person.account.email, "password": person.password}
            assert http.post("/v1/tokens", json=asked).status_code == 200
    with house.browser() as http:
        page = http.get("/sign-in").text
        form = {"email": rita.account.email, "password": rita.password, "csrf_token": csrf_of(page)}
        assert "by their organisation" in http.post("/sign-in", data=form).text
    assert _sign_in(house).status_code == 303


def test_a_session_ends_with_the_providers_word(house: World, there: SmallProvider) -> None:
    with house.browser() as http:
        http.get(_come_back(http))
        assert http.get("/review").status_code == 200
        _install(house, there, oidc_programs="other")
        assert http.get("/review").status_code == 303


def test_no_second_step_of_ours_is_owed_by_who_came_by_the_provider(
    house: World, rita: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.auth.owes_second_step", lambda wiring, account: True)
    assert _sign_in(house).status_code == 303
    with house.browser() as http:
        page = http.get("/sign-in").text
        asked = {"email": rita.account.email, "password": rita.password}
        http.post("/sign-in", data={**asked, "csrf_token": csrf_of(page)})
        assert http.get("/review").headers["location"] == "/second-step"


def test_an_operator_links_whom_the_provider_vouches_for_no_address(
    house: World, there: SmallProvider, rita: Person
) -> None:
    provider = house.wiring.provider
    assert provider is not None
    assert "1 keys" in provider.check()
    there.who = {"sub": "r-7"}
    assert _sign_in(house).status_code == 403
    for email, subject in ((MAYA.email, "r-7"), ("otto@other.example", "r-7"), (rita.account.email, "")):
        with pytest.raises(NoStaffError):
            link_by_email(house.wiring, provider.settings, email, subject)
    link_by_email(house.wiring, provider.settings, rita.account.email, "r-7")
    assert _sign_in(house).status_code == 303
    with pytest.raises(NoStaffError, match="linked already"):
        link_by_email(house.wiring, provider.settings, "ada@example.com", "r-7")
