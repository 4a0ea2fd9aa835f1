"""Publishers and dead letters over the API, on the page and by the command; and waiting at the feed."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from pipeline.clock import utc_now
from pipeline.commands.deliveries import deliveries
from pipeline.publishers.base import Outcome, Refused, Taken
from pipeline.publishers.checks import publisher_checks
from pipeline.publishers.config import load_publishers
from pipeline.publishers.follow import Follower
from pipeline.sample import SAMPLE_PROGRAM
from receipts.database.repositories.books import Books
from receipts.errors import TransientError
from receipts.identity import MemberId
from receipts.message import Message, MessageType

from .conftest import csrf_of

if TYPE_CHECKING:
    from .conftest import World

TOML = f"""
[program.{SAMPLE_PROGRAM.id}.publisher.core]
kind = "file"
path = "FOLDER/core.jsonl"
"""


REJECTED = {
    "receipt_id": "rcp_1",
    "submission_id": "sub_1",
    "channel": "upload",
    "reason": "blurred",
    "sentence": "The picture is blurred.",
}


class Shy:
    """Takes what it is told to take."""

    parallel = 1
    refuses = True

    def __init__(self) -> None:
        self.sent: list[Message] = []

    def send(self, message: Message) -> Outcome:
        self.sent.append(message)
        return Refused("<b>too large</b>") if self.refuses else Taken()

    def check(self) -> str:
        return "there"

    def close(self) -> None:
        pass


@dataclass
class Desk:
    """The publisher and its way through the feed."""

    shy: Shy
    follower: Follower

    def run(self) -> None:
        while self.follower.step() or self.follower.step():
            pass


@pytest.fixture
def desk(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A publisher of the sample program, at the end of the feed."""
    file = tmp_path / "publishers.toml"
    file.write_text(TOML.replace("FOLDER", str(tmp_path)))
    monkeypatch.setitem(world.wiring.__dict__, "publishers", load_publishers(file))
    world.publish()
    shy = Shy()
    desk = Desk(shy, Follower(world.wiring.database, SAMPLE_PROGRAM.id, "core", shy, at_the_end=True))
    shy.refuses = False
    desk.run()
    shy.sent.clear()
    shy.refuses = True
    yield desk
    shy.refuses = False
    for each in listed(world, "dead"):
        world.ada.http.post(f"/v1/deliveries/{each['id']}/retry")
    desk.run()
    desk.follower.release()


def told(world: World) -> None:
    """A message for Maya, in the feed."""
    with world.wiring.database.write() as session:
        books = Books(session, SAMPLE_PROGRAM.id, utc_now())
        member = MemberId(world.maya.member_id)
        books.send(member, MessageType.RECEIPT_REJECTED, REJECTED)
    world.publish()


def listed(world: World, state: str) -> list[dict[str, Any]]:
    asked = {"state": state, "publisher": "core"}
    items: list[dict[str, Any]] = world.ada.http.get("/v1/deliveries", params=asked).json()["items"]
    return items


def test_a_dead_letter_is_seen_and_sent_again_over_the_api(world: World, desk: Desk) -> None:
    told(world)
    told(world)
    desk.run()
    (dead,) = listed(world, "dead")
    (waiting,) = listed(world, "waiting")
    assert waiting["behind"] == dead["message_id"]
    assert (dead["last_error"], dead["not_before"]) == ("<b>too large</b>", None)
    every = world.core.http.get("/v1/publishers").json()["items"]
    (publisher,) = (each for each in every if each["name"] == "core")
    assert (publisher["name"], publisher["kind"], publisher["dead"], publisher["waiting"]) == (
        "core", "file", 1, 1,
    )  # fmt: skip
    assert world.core.http.post(f"/v1/deliveries/{waiting['id']}/give-up").json()["code"] == "no_dead_letter"
    desk.shy.refuses = False
    assert world.core.http.post(f"/v1/deliveries/{dead['id']}/retry").json()["state"] == "waiting"
    desk.run()
    assert listed(world, "dead") == listed(world, "waiting") == []
    sent = [message.id for message in desk.shy.sent]
    assert sent == [dead["message_id"], dead["message_id"], waiting["message_id"]]
    wanted = {"ids": [dead["message_id"]]}
    assert world.core.http.post("/v1/publishers/core/replay", json=wanted).json() == {"messages": 1}
    assert world.core.http.post("/v1/publishers/core/replay", json={}).status_code == 422
    assert world.core.http.post("/v1/publishers/nobody/replay", json=wanted).status_code == 404
    desk.run()
    assert desk.shy.sent[-1] == desk.shy.sent[0]


def test_members_reviewers_and_other_programs_are_kept_out(world: World, desk: Desk) -> None:
    told(world)
    desk.run()
    (dead,) = listed(world, "dead")
    for person, status in ((world.maya, 403), (world.ruth, 403), (world.serv, 404)):
        for path in (f"deliveries/{dead['id']}/retry", f"deliveries/{dead['id']}/give-up"):
            assert person.http.post(f"/v1/{path}").status_code == status
        answer = person.http.post("/v1/publishers/core/start")
        assert answer.status_code == status
    assert world.serv.http.get("/v1/publishers").json() == {"items": []}
    assert world.serv.http.get("/v1/deliveries").json()["items"] == []
    assert listed(world, "dead") == [dead]


def test_the_page_shows_it_with_buttons(world: World, desk: Desk) -> None:
    told(world)
    desk.run()
    (dead,) = listed(world, "dead")
    with world.browser(world.ada) as http:
        assert re.search(r"\d dead letters?<", http.get("/program").text)
        shown = http.get("/program/deliveries?state=dead").text
        assert "&lt;b&gt;too large&lt;/b&gt;" in shown
        assert "<b>too large" not in shown
        retry = f"/program/deliveries/{dead['id']}/retry"
        assert retry in shown
        assert http.post(retry, data={"csrf_token": "wrong"}).status_code == 403
        desk.shy.refuses = False
        answer = http.post(retry, data={"csrf_token": csrf_of(shown)}, follow_redirects=True)
        assert "on its way again" in answer.text
        desk.run()
        assert listed(world, "dead") == []
        answer = http.post(
            f"/program/deliveries/{dead['id']}/give-up",
            data={"csrf_token": csrf_of(answer.text)},
            follow_redirects=True,
        )
        assert "Nothing was done" in answer.text
    with world.browser(world.ruth) as http:
        assert http.get("/program/deliveries").status_code == 403


def test_the_command_lists_and_sends_again_and_doctor_says_what_to_do(
    world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.commands.deliveries.ready_wiring", lambda: world.wiring)

    def tillpoints(*arguments: str) -> str:
        result = CliRunner().invoke(deliveries, [*arguments, "--program", SAMPLE_PROGRAM.id])
        return result.output + str(result.exit_code)

    told(world)
    desk.run()
    (dead,) = listed(world, "dead")
    checks = dict(publisher_checks(world.wiring))
    assert checks[f"publisher {SAMPLE_PROGRAM.id}.core"]().endswith("core.jsonl")
    with pytest.raises(TransientError, match="1 dead letters keep"):
        checks[f"delivery {SAMPLE_PROGRAM.id}.core"]()
    assert dead["id"] in tillpoints("list", "--state", "dead")
    assert '"state": "dead"' in tillpoints("list", "--state", "dead", "--json")
    desk.shy.refuses = False
    assert tillpoints("retry", dead["id"]).endswith("is on its way again.\n0")
    assert tillpoints("retry", "dlv_no").endswith("is not known here.\n1")
    assert tillpoints("give-up", dead["id"]).endswith("is no dead letter.\n1")
    desk.run()
    assert "0 to come, 0 waiting" in checks[f"delivery {SAMPLE_PROGRAM.id}.core"]()
    assert "1 message is on the way" in tillpoints("replay", "core", "--id", dead["message_id"])
    assert "0 messages are" in tillpoints("replay", "core", "--since", "2099-01-01")
    assert tillpoints("replay", "core").endswith("2")
    assert tillpoints("replay", "core", "--since", "soon").endswith("2")
    assert tillpoints("start", "core").endswith("tries again.\n0")
    assert tillpoints("start", "nobody").endswith("1")


def test_a_pull_waits_for_the_next_message(world: World) -> None:
    world.publish()
    end = world.core.http.get("/v1/messages", params={"limit": 1000}).json()["next_cursor"]
    begun = time.monotonic()
    nothing = world.core.http.get("/v1/messages", params={"after": end, "wait_s": 0.4}).json()
    assert (nothing["events"], nothing["next_cursor"]) == ([], end)
    assert 0.3 < time.monotonic() - begun < 5
    timer = threading.Timer(0.3, told, [world])
    timer.start()
    found = world.core.http.get("/v1/messages", params={"after": end, "wait_s": 20}).json()
    timer.join()
    assert [event["type"] for event in found["events"]] == ["receipt.rejected"]
    assert time.monotonic() - begun < 10
    for wrong in ("-1", "31", "nan", "soon"):
        answer = world.core.http.get("/v1/messages", params={"after": end, "wait_s": wrong})
        assert answer.status_code == 422
