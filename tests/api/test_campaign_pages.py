"""Campaigns as a manager writes them: in fields or as JSON, with each fault beside what it is about."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from api.pages.campaign_form import RuleKind, fields_of, fields_sent, written_of
from awarding.campaign_file import campaign_document, parse_campaign
from pipeline import campaign_desk
from pipeline.campaign_desk import Phase, campaign_states, pause, put_in_force, resume
from pipeline.campaigns import ParsedCampaigns, campaigns_on
from receipts.database.repositories.earning import Earning

from .conftest import OTHER_PROGRAM, csrf_of

if TYPE_CHECKING:
    from .conftest import World

FORM = "/program/campaigns/form"
HEAD = {"name": "By form <b>", "version": "1", "starts_on": "2020-01-01", "ends_on": "2099-12-31"}
_PAGE = (Path(__file__).parents[2] / "docs" / "earning.md").read_text(encoding="utf-8")
_BLOCKS = [json.loads(block) for block in re.findall(r"```json campaign\n(.*?)\n```", _PAGE, re.DOTALL)]
EXAMPLES = [each for block in _BLOCKS for each in (block if isinstance(block, list) else [block])]


@pytest.mark.parametrize("document", EXAMPLES, ids=[str(at) for at in range(len(EXAMPLES))])
def test_nothing_is_lost_on_the_way_through_the_form(document: dict[str, Any]) -> None:
    campaign = parse_campaign(document)
    fields = fields_of(campaign_document(campaign), "USD")
    sent = [*fields.head.items()]
    for at, rule in enumerate(fields.rules):
        sent += [
            (f"rule-{at}-kind", rule.kind.value),
            *((f"rule-{at}-{k}", v) for k, v in rule.values.items()),
        ]
    made = written_of(fields_sent(sent))
    assert made.faults == {}
    assert parse_campaign(made.document) == campaign


def test_the_common_kinds_have_fields() -> None:
    kinds = {
        rule.kind
        for document in EXAMPLES
        for rule in fields_of(campaign_document(parse_campaign(document)), "USD").rules
    }
    assert kinds == set(RuleKind)


def test_a_campaign_is_filled_in_tried_put_in_force_and_opened_again(world: World) -> None:
    rule = {"rule-0-kind": "product", "rule-0-points": "7", "rule-0-brands": "Nobody’s <i>\nOr this"}
    with world.browser(world.abel) as http:
        token = {"csrf_token": csrf_of(http.get(FORM).text)}
        assert http.post(FORM, data={**HEAD, **rule}).status_code == 403
        added = http.post(FORM, data={**token, **HEAD, **rule, "what": "add", "add": "times"})
        assert 'name="rule-1-times"' in added.text
        assert "Nobody’s &lt;i&gt;" in added.text
        fewer = http.post(FORM, data={**token, **HEAD, **rule, "what": "remove-0"})
        assert "rule-0-points" not in fewer.text
        tried = http.post(FORM, data={**token, **HEAD, **rule, "what": "try"})
        assert "What it would have paid" in tried.text
        assert "No product of the catalog has &#39;Or this&#39;" in tried.text
        assert "By form" not in http.get("/program/campaigns").text
        done = http.post(FORM, data={**token, **HEAD, **rule, "what": "activate"})
        assert done.status_code == 303, done.text
        shown = http.get("/program/campaigns").text
        assert "By form &lt;b&gt;" in shown
        assert "<b>" not in shown
        again = http.get(f"{FORM}?campaign=by-form-b").text
        assert 'value="7"' in again
        assert "Or this" in again
        twice = http.post(FORM, data={**token, **HEAD, **rule, "rule-0-points": "8", "what": "activate"})
        assert (twice.status_code, "Choose another id" in twice.text) == (422, True)
        as_json = http.post(FORM, data={**token, **HEAD, **rule, "what": "json"})
        assert "product_bonus" in as_json.text


def test_each_fault_stands_beside_its_field(world: World) -> None:
    sent = {
        **HEAD,
        "ends_on": "",
        "rule-0-kind": "amount",
        "rule-0-points": "ten",
        "rule-0-amount": "0",
        "rule-0-currency": "USD",
        "rule-2-kind": "json",
        "rule-2-json": "{",
        "rule-5-kind": "json",
        "rule-5-json": '{"kind": "basket", "id": "b", "points": 1}',
        "what": "activate",
    }
    with world.browser(world.abel) as http:
        answer = http.post(FORM, data={**sent, "csrf_token": csrf_of(http.get(FORM).text)})
    assert answer.status_code == 422
    said = dict(re.findall(r'<span class="fault" id="([\w-]+)-fault">(.*?)</span>', answer.text))
    assert said == {
        "ends_on": "Is missing; add it.",
        "rule-0-points": "Write a whole number.",
        "rule-0-amount": "The amount must be above zero, such as 1.00.",
        "rule-1-json": "This is no JSON object in braces. Correct it.",
        "rule-2-json": "Is missing; add it.",
    }
    assert 'href="#rule-0-points"' in answer.text


def test_each_fault_of_a_document_stands_at_its_line(world: World) -> None:
    text = (
        '{"id": "x",\n"name": "X",\n"starts_on": "2026-01-01", "ends_on": "2026-12-31", "rules": [\n{"kind":'
    )
    text += ' "product_bonus", "id": "a",\n"points": "five",\n"products": {}}]}'
    with world.browser(world.abel) as http:
        token = csrf_of(http.get("/program/campaigns/edit").text)
        answer = http.post("/program/campaigns/edit", data={"document": text, "csrf_token": token})
    assert (answer.status_code, 'data-line="5"' in answer.text) == (422, True)
    assert "&#34;points&#34;: &#34;five&#34;," in answer.text


@pytest.mark.parametrize("starts", [-30, 0], ids=["later", "on its first day"])
def test_what_was_bought_in_a_pause_never_earns(
    world: World, monkeypatch: pytest.MonkeyPatch, starts: int
) -> None:
    wiring, program = world.wiring, OTHER_PROGRAM.id
    name = f"paused-{-starts}"
    first = dt.datetime.now(dt.UTC).replace(hour=12)

    def on(day: int) -> None:
        monkeypatch.setattr(campaign_desk, "utc_now", lambda: first + dt.timedelta(days=day))

    def day(number: int) -> dt.date:
        return (first + dt.timedelta(days=number)).date()

    def earns(number: int) -> bool:
        with wiring.database.read() as session:
            earning = Earning(session, program, first)
            found = campaigns_on(ParsedCampaigns(), earning, program, day(number))
        return any(each.id == name and each.starts_on <= day(number) <= each.ends_on for each in found)

    def phase() -> Phase:
        return next(each.phase for each in campaign_states(wiring, program) if each.id == name)

    document = {**EXAMPLES[0], "id": name, "starts_on": str(day(starts)), "ends_on": str(day(40))}
    on(0)
    assert put_in_force(wiring, program, parse_campaign(document))
    assert phase() is Phase.RUNS
    assert pause(wiring, program, name)
    assert phase() is Phase.PAUSED
    on(5)
    assert phase() is Phase.PAUSED
    assert resume(wiring, program, name)
    assert phase() is Phase.RUNS
    assert not resume(wiring, program, name)
    on(8)
    assert pause(wiring, program, name)
    on(9)
    assert resume(wiring, program, name)
    ran = {*range(starts, 0), 5, 6, 7, *range(9, 41)}
    assert {number for number in range(starts - 1, 45) if earns(number)} == ran
    on(41)
    assert phase() is Phase.ENDED
