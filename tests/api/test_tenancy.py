"""Nobody reads or changes anything of another: every route of the app is walked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import text

from api.auth import Allowed, PageAllowed
from pipeline.clock import utc_now
from pipeline.keys import make_key
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.takein.run import take_in
from receipts.database.repositories.aliases import Aliases, Shop, Taught
from receipts.database.repositories.blind_reviews import PASS, BlindReviews
from receipts.database.repositories.deliveries import Kept, PublisherBooks
from receipts.database.repositories.line_corrections import CorrectionStatus, LineCorrections
from receipts.database.repositories.outbox import Feed
from receipts.delivery import DeliveryState
from receipts.identity import ReceiptId, Role, Sku
from receipts.inbound import InboundState
from receipts.learned import Print, PrintKind
from tests.support.doors import mail
from tests.support.member_doors import begun, said_wrong
from tests.support.route_bodies import BODIES

from .conftest import OLD, csrf_of

if TYPE_CHECKING:
    from .conftest import Person, World

OPEN = {
    ("POST", "/v1/tokens"),
    ("POST", "/v1/direct-uploads"),  # its form is signed, as a bucket's is
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/schemas/{name}"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/code"),
    ("POST", "/sign-in/code"),
    ("GET", "/sign-in/provider"),
    ("GET", "/sign-in/provider/back"),
    ("POST", "/sign-out"),
    ("POST", "/channels/twilio"),
    ("POST", "/channels/twilio/status"),
    ("GET", "/manifest.webmanifest"),
    ("GET", "/service-worker.js"),
    ("GET", "/offline"),
    ("GET", "/join/{token}"),
    ("POST", "/join/{token}"),
}
"""Routes that anyone may ask; every other one states its roles."""

OF_THE_FRAMEWORK = {"/openapi.json"}


def routes(app: FastAPI) -> Iterator[tuple[str, str, frozenset[Role] | None]]:
    """Method, path and stated roles of each route."""
    for context in iter_route_contexts(app.routes):
        route = context.route if hasattr(context, "route") else context
        if not isinstance(getattr(route, "original_route", route), APIRoute):
            continue
        stated = [
            each.call
            for each in context.dependant.dependencies
            if isinstance(each.call, Allowed | PageAllowed)
        ]
        for method in sorted(context.methods or ()):
            yield method, context.path, stated[0].roles if stated else None


@pytest.fixture(scope="module")
def every(world: World) -> list[tuple[str, str, frozenset[Role] | None]]:
    found = list(routes(world.app))
    assert len(found) > 25, "the walk must see all routes"
    return found


@pytest.fixture(scope="module")
def ids(world: World, held: tuple[str, str], awarded: str) -> dict[str, str]:
    """Maya's, in the sample program; the hold is of points that she was awarded."""
    assert awarded
    receipt = world.maya.http.get(f"/v1/receipts/{held[0]}").json()
    return {
        "submission_id": receipt["submission_id"],
        "receipt_id": held[0],
        "case_id": held[1],
        "member_id": world.maya.member_id,
        "inbound_id": kept_message(world),
        "alias_id": taught(world),
        "position": "0",
        "version": own_policy(world),
        "blind_id": drawn(world, held[0]),
        "upload_id": begun(world.maya.http),
        "number": said_wrong(world.wiring, world.maya.member_id, held[0]),
        "publisher": "theirs",
        "account_id": world.ruth.account.id,
        "key_id": key_of_the_core(world),
        "delivery_id": dead_letter(world, "theirs"),
        "correction_id": proposed_correction(world, awarded),
        **spent_and_given(world),
    }


def proposed_correction(world: World, receipt_id: str) -> str:
    """One that waits for a second person; its id."""
    with world.wiring.database.write() as session:
        return LineCorrections(session, SAMPLE_PROGRAM.id, utc_now()).add(
            ReceiptId(receipt_id),
            {0: None},
            world.ruth.account.id,
            points=500,
            status=CorrectionStatus.PROPOSED,
        )


def spent_and_given(world: World) -> dict[str, str]:
    """A hold and a proposed gift of the sample program; their ids."""
    asked = {"member_id": world.maya.member_id, "reference": "Larderline 1"}
    gift = world.ruth.http.post("/v1/gifts", json={**asked, "points": 9000, "reason": "Larderline"})
    held = world.core.http.post("/v1/redemptions", json={**asked, "points": 1, "purpose": "Larderline"})
    return {"gift_id": gift.json()["id"], "redemption_id": held.json()["id"]}


def key_of_the_core(world: World) -> str:
    """A key of the sample program's service; its id."""
    ada, core = world.ada.account.id, world.core.account.id
    key = make_key(world.wiring, SAMPLE_PROGRAM.id, ada, account_id=core, name="Larderline", days=0)
    return key.split("_")[1]


def dead_letter(world: World, publisher: str) -> str:
    """A message that a publisher of the sample program set aside; the delivery's id."""
    world.publish()
    with world.wiring.database.write() as session:
        books = PublisherBooks(session, SAMPLE_PROGRAM.id, publisher, utc_now())
        books.begin(at_the_end=True)
        position, message = Feed(session, SAMPLE_PROGRAM.id).after(0, limit=1)[0]
        books.keep([Kept(message, position, DeliveryState.DEAD, 1, utc_now(), "too large")])
    listed = world.ada.http.get("/v1/deliveries", params={"publisher": publisher}).json()["items"]
    delivery_id: str = listed[0]["id"]
    return delivery_id


def own_policy(world: World) -> str:
    """A policy that the sample program alone has; its version."""
    listed = world.ada.http.get("/v1/fraud-policies").json()["items"]
    newest = max(each["version"] for each in listed)
    if newest == 1:
        imported = world.ada.http.post("/v1/fraud-policies", json={"version": 2, "note": "Larderline"})
        assert imported.status_code == 201
        newest = 2
    return str(newest)  # where the tests of policies ran before in this process, theirs


def drawn(world: World, receipt_id: str) -> str:
    """A receipt of the sample program that was drawn for blind review; the review's id."""
    with world.wiring.database.write() as session:
        reviews = BlindReviews(session, SAMPLE_PROGRAM.id, utc_now())
        reviews.draw(ReceiptId(receipt_id), decided=PASS, policy_version=1)
        return reviews.waiting(after=0, limit=1)[0].id


def taught(world: World) -> str:
    """Something that a reviewer of the sample program said of a shop's line; its id."""
    with world.wiring.database.read() as session:
        found = session.execute(text("SELECT id FROM receipts WHERE program_id = 'sample' LIMIT 1")).one()
    with world.wiring.database.write() as session:
        aliases = Aliases(session, SAMPLE_PROGRAM.id, utc_now())
        known = Print(PrintKind.WORDS, "LARDERLINECHIPS ")
        said = Taught(known, "Larderline chips", Sku("KTW-MTM-26Z"), None, 0)
        aliases.confirm(
            Shop("larderline", "Larderline"), [said], receipt_id=found[0], author=world.ruth.account.id
        )
    listed = world.ruth.http.get("/v1/aliases", params={"search": "larderlinechips"}).json()["items"]
    alias_id: str = listed[0]["id"]
    return alias_id


def kept_message(world: World) -> str:
    """A mail that nobody has claimed, at the sample program's mailbox; its id."""
    inbound_id = world.arrive(mail("stranger@elsewhere.example", text="Larderline, 11.99"))
    assert take_in(world.wiring, inbound_id) is InboundState.UNLINKED
    return inbound_id


@pytest.fixture(scope="module")
def browsers(world: World) -> Iterator[dict[str, httpx.Client]]:
    """Everyone who may sign in to the pages, signed in, with their CSRF token in the headers."""
    clients: dict[str, httpx.Client] = {}
    for name in ("maya", "tom", "ruth", "ada", "olga", "otto", "abel"):
        person = world.people[name]
        http = world.client(headers={"Accept": "text/html"})
        form = http.get("/sign-in").text
        data = {
            "email": person.account.email,
            "password": person.password,
            "csrf_token": csrf_of(form),
        }
        assert http.post("/sign-in", data=data).status_code == 303
        home = http.get("/", follow_redirects=True).text
        http.headers["X-CSRF-Token"] = csrf_of(home)
        clients[name] = http
    yield clients
    for http in clients.values():
        http.close()


def _everything(world: World) -> dict[str, Any]:
    """Each table's rows, but for what merely asking leaves behind."""
    with world.wiring.database.read() as session:
        names = session.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        return {
            name: session.execute(text(f'SELECT * FROM "{name}"')).all()
            for name in names
            if name not in {"idempotency_keys", "heartbeats", "failed_tries"}
        }


def test_every_route_states_its_roles_or_is_known_to_be_open(
    every: list[tuple[str, str, frozenset[Role] | None]],
) -> None:
    for method, path, roles in every:
        if (method, path) in OPEN:
            assert roles is None, f"{method} {path} is listed as open and states roles"
        else:
            assert roles, f"{method} {path} states no roles"


def test_no_other_kind_of_route_slips_past_the_walk(world: World, every: list[Any]) -> None:
    seen = {path for _, path, _ in every}
    for context in iter_route_contexts(world.app.routes):
        path = context.path
        assert path in seen | OF_THE_FRAMEWORK | {"/static"}, f"{path} is not walked"


def _call(client: httpx.Client, method: str, path: str, ids: dict[str, str]) -> httpx.Response:
    body = BODIES.get((method, path), {})
    if "data" in body or (_is_page(path) and "files" in body):
        fields = {"csrf_token": client.headers.get("X-CSRF-Token", "")}
        body = {**body, "data": {**body.get("data", {}), **fields}}
    return client.request(method, path.format(**ids), **body)


def _is_page(path: str) -> bool:
    return not path.startswith("/v1/")


def test_nobody_without_sign_in_gets_anywhere(
    world: World, every: list[tuple[str, str, frozenset[Role] | None]], ids: dict[str, str]
) -> None:
    with world.client(headers={"Accept": "text/html"}) as nobody:
        before = _everything(world)
        for method, path, roles in every:
            if roles is None:
                continue
            answer = _call(nobody, method, path, ids)
            if _is_page(path):
                assert answer.status_code == 303, f"{method} {path}: {answer.status_code}"
                assert answer.headers["location"].startswith("/sign-in")
            else:
                assert answer.status_code == 401, f"{method} {path}: {answer.status_code}"
        assert _everything(world) == before


def _strangers(world: World) -> list[Person]:
    """Another member of the program, and everyone of the other program."""
    return [world.tom, world.olga, world.otto, world.abel, world.serv]


def test_ids_of_others_are_not_there_for_strangers_and_nothing_changes(
    world: World,
    every: list[tuple[str, str, frozenset[Role] | None]],
    ids: dict[str, str],
    browsers: dict[str, httpx.Client],
) -> None:
    # Open routes have no ids of anyone; which ones are open, another test says.
    with_ids = [
        (method, path, roles) for method, path, roles in every if "{" in path and (method, path) not in OPEN
    ]
    assert len(with_ids) >= 12
    before = _everything(world)
    asked = 0
    for method, path, roles in with_ids:
        assert roles is not None
        for stranger in _strangers(world):
            name = next(n for n, person in world.people.items() if person is stranger)
            clients = [browsers[name]] if name in browsers else []
            if not _is_page(path):
                clients.append(stranger.http)
            for client in clients:
                answer = _call(client, method, path, ids)
                expected = 404 if stranger.account.role in roles else 403
                assert answer.status_code == expected, f"{name}: {method} {path}: {answer.status_code}"
                assert "Larderline" not in answer.text
                asked += 1
    assert asked > 60
    assert _everything(world) == before


def test_each_role_is_kept_out_of_what_is_not_its_own(
    world: World,
    every: list[tuple[str, str, frozenset[Role] | None]],
    ids: dict[str, str],
    browsers: dict[str, httpx.Client],
) -> None:
    before = _everything(world)
    refused = 0
    for method, path, roles in every:
        for name in ("maya", "ruth", "ada", "core"):
            role = world.people[name].account.role
            if roles is None or role in roles:
                continue
            clients = [browsers[name]] if name in browsers else []
            if not _is_page(path):
                clients.append(world.people[name].http)
            for client in clients:
                answer = _call(client, method, path, ids)
                assert answer.status_code == 403, f"{name}: {method} {path}: {answer.status_code}"
                refused += 1
    assert refused > 30
    assert _everything(world) == before


def test_lists_hold_only_what_is_ones_own(world: World, awarded: str, held: tuple[str, str]) -> None:
    hers = world.settled(world.olga, day=OLD)
    state = world.olga.http.get(f"/v1/receipts/{hers}").json()
    assert state["state"] == "held", state["reasons"]
    world.publish()
    of_maya = world.maya.http.get("/v1/submissions", params={"limit": 100}).text
    assert awarded in of_maya
    assert hers not in of_maya
    assert awarded not in world.tom.http.get("/v1/submissions", params={"limit": 100}).text
    assert awarded not in world.olga.http.get("/v1/submissions").text
    theirs = world.otto.http.get("/v1/review-cases", params={"limit": 100}).json()["items"]
    assert [case["receipt"]["id"] for case in theirs] == [hers]
    ours = world.ruth.http.get("/v1/review-cases", params={"limit": 100}).json()["items"]
    assert held[1] in {case["id"] for case in ours}
    assert hers not in {case["receipt"]["id"] for case in ours}
    feed = world.serv.http.get("/v1/messages", params={"limit": 1000}).json()["events"]
    assert feed
    assert {event["source"] for event in feed} == {"/programs/other"}
    assert {event["subject"] for event in feed} == {world.olga.member_id}
    assert (
        world.serv.http.get("/v1/submissions", params={"member_id": world.maya.member_id}).json()["items"]
        == []
    )


def test_the_owner_and_the_programs_staff_do_see_them(
    world: World, ids: dict[str, str], browsers: dict[str, httpx.Client]
) -> None:
    for path in (
        f"/v1/submissions/{ids['submission_id']}",
        f"/v1/receipts/{ids['receipt_id']}",
        f"/v1/members/{ids['member_id']}/points",
        f"/v1/members/{ids['member_id']}/ledger",
    ):
        for person in (world.maya, world.ruth, world.ada, world.core):
            assert person.http.get(path).status_code == 200
    for person in (world.ada, world.core):
        assert person.http.get(f"/v1/inbound-messages/{ids['inbound_id']}").status_code == 200
    for person in (world.maya, world.ada, world.core):
        assert person.http.get(f"/v1/members/{ids['member_id']}/addresses").status_code == 200
    for path in (f"/program/inbox/{ids['inbound_id']}", f"/program/inbox/{ids['inbound_id']}/raw"):
        assert browsers["ada"].get(path).status_code == 200
    assert browsers["maya"].get(f"/receipts/{ids['receipt_id']}").status_code == 200
    assert browsers["ruth"].get(f"/review/{ids['case_id']}").status_code == 200
    assert browsers["ruth"].get(f"/receipts/{ids['receipt_id']}").status_code == 200
