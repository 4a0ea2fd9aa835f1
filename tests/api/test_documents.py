"""The OpenAPI document, the form of errors, headers, and what operators ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import jsonschema
import pytest

from api.app import create_app
from awarding.payloads import message_schema
from pipeline.clock import utc_now
from pipeline.relay import HEARTBEAT
from pipeline.settings import Settings
from pipeline.takein.run import take_in
from pipeline.wiring import build
from receipts.database.repositories.outbox import Outbox
from receipts.database.tables import ReceiptRow
from receipts.inbound import InboundState
from receipts.message import MessageType
from tests.support.doors import mail

from .conftest import _free_port, serving

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import World

METHODS = ("get", "post", "put", "delete", "patch")
ANYONE = {"/v1/tokens", "/v1/direct-uploads", "/schemas/{name}", "/healthz", "/readyz", "/metrics"} | {
    "/channels/twilio",
    "/channels/twilio/status",
}


@pytest.fixture(scope="module")
def document(world: World) -> dict[str, Any]:
    with world.client() as http:
        found: dict[str, Any] = http.get("/openapi.json").json()
    return found


def _operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


class TestOpenApi:
    def test_it_is_3_1_and_every_reference_leads_somewhere(self, document: dict[str, Any]) -> None:
        assert document["openapi"].startswith("3.1")

        def walk(node: Any) -> None:
            if isinstance(node, dict):
                if "$ref" in node:
                    place: Any = document
                    for part in node["$ref"].removeprefix("#/").split("/"):
                        place = place[part]
                for each in node.values():
                    walk(each)
            elif isinstance(node, list):
                for each in node:
                    walk(each)

        walk(document)

    def test_every_schema_is_a_json_schema(self, document: dict[str, Any]) -> None:
        for schema in document["components"]["schemas"].values():
            jsonschema.Draft202012Validator.check_schema(schema)

    def test_every_answer_has_an_example_that_is_as_its_schema_says(self, document: dict[str, Any]) -> None:
        schemas = document["components"]["schemas"]
        answered: set[str] = set()

        def follow(node: Any) -> None:
            if isinstance(node, dict):
                name = str(node.get("$ref", "")).removeprefix("#/components/schemas/")
                if name and name not in answered:
                    answered.add(name)
                    follow(schemas[name])
                for each in node.values():
                    follow(each)
            elif isinstance(node, list):
                for each in node:
                    follow(each)

        for _, _, operation in _operations(document):
            follow(operation["responses"])
        assert {"CasePage", "LedgerPage", "Messages", "Problem", "Signal", "SubmissionPage"} <= answered
        for name in sorted(answered):
            assert schemas[name].get("examples"), f"{name} has no example"
            for example in schemas[name]["examples"]:
                jsonschema.validate(
                    example,
                    {**schemas[name], "components": document["components"]},
                    cls=jsonschema.Draft202012Validator,
                )

    def test_every_example_message_is_as_its_own_schema_says(self, document: dict[str, Any]) -> None:
        (page,) = document["components"]["schemas"]["Messages"]["examples"]
        assert page["events"]
        for event in page["events"]:
            schema = message_schema(MessageType(event["type"]))
            jsonschema.validate(event, schema, cls=jsonschema.Draft202012Validator)

    def test_every_route_says_that_a_part_may_not_answer(self, document: dict[str, Any]) -> None:
        for method, path, operation in _operations(document):
            if path.startswith("/v1/"):
                answer = operation["responses"]["503"]
                example = answer["content"]["application/problem+json"]["example"]
                assert (example["code"], "Retry-After" in answer["headers"]) == ("try_again", True), (
                    f"{method} {path}"
                )

    def test_every_operation_has_a_summary_a_description_and_documented_errors(
        self, document: dict[str, Any]
    ) -> None:
        operations = _operations(document)
        assert len(operations) >= 18
        for method, path, operation in operations:
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["description"], where
            problems = {
                status: answer for status, answer in operation["responses"].items() if int(status) >= 400
            }
            if path != "/healthz":
                assert problems, f"{where} documents no error"
            for status, answer in problems.items():
                if path.startswith("/channels/") and status == "403":  # not a word, as its own test holds
                    assert "content" not in answer, where
                    continue
                assert "application/problem+json" in answer["content"], f"{where} {status}"
            if path not in ANYONE:
                assert operation["security"], f"{where} names no way to sign in"
                assert {"401", "403"} <= set(problems), where
            if "{" in path:
                assert "404" in problems, where

    def test_what_is_answered_is_what_is_documented(
        self, world: World, document: dict[str, Any], awarded: str, held: tuple[str, str]
    ) -> None:
        pdf = (world.receipt_pdf(), "application/pdf", "receipt.pdf")
        mailed = world.arrive(mail(world.maya.account.email, subject="As documented", attached=(pdf,)))
        assert take_in(world.wiring, mailed) is InboundState.TAKEN
        asked = [
            (world.maya, "/v1/submissions", "/v1/submissions"),
            (world.maya, "/v1/receipts/{receipt_id}", f"/v1/receipts/{awarded}"),
            (world.maya, "/v1/members/{member_id}/points", f"/v1/members/{world.maya.member_id}/points"),
            (world.maya, "/v1/members/{member_id}/ledger", f"/v1/members/{world.maya.member_id}/ledger"),
            (world.ruth, "/v1/review-cases", "/v1/review-cases"),
            (world.ruth, "/v1/review-cases/{case_id}", f"/v1/review-cases/{held[1]}"),
            (world.core, "/v1/messages", "/v1/messages"),
            (world.core, "/v1/inbound-messages", "/v1/inbound-messages"),
            (world.ada, "/v1/inbound-messages/{inbound_id}", f"/v1/inbound-messages/{mailed}"),
            (
                world.core,
                "/v1/members/{member_id}/addresses",
                f"/v1/members/{world.maya.member_id}/addresses",
            ),
            (world.ada, "/v1/catalog", "/v1/catalog"),
            (world.ada, "/v1/campaigns", "/v1/campaigns"),
        ]
        for person, template, path in asked:
            answer = person.http.get(path)
            assert answer.status_code == 200, path
            schema = document["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]
            jsonschema.validate(
                answer.json(),
                {**schema["schema"], "components": document["components"]},
                cls=jsonschema.Draft202012Validator,
            )


class TestMessageSchemas:
    def test_each_message_is_as_the_schema_says_that_it_names(
        self, world: World, awarded: str, held: tuple[str, str]
    ) -> None:
        world.publish()
        events = world.core.http.get("/v1/messages").json()["events"]
        assert {event["type"] for event in events} >= {"points.awarded", "receipt.held"}
        with world.client() as nobody:
            for event in events:
                answer = nobody.get(event["dataschema"])
                assert answer.status_code == 200, event["dataschema"]
                assert answer.headers["content-type"] == "application/schema+json"
                schema = answer.json()
                assert schema["$id"] == event["dataschema"]
                jsonschema.validate(event, schema, cls=jsonschema.Draft202012Validator)

    def test_another_name_is_not_found(self, world: World) -> None:
        with world.client() as nobody:
            for name in ("receipt.held.v2.json", "receipt.held", "..%2Fopenapi.json"):
                assert nobody.get(f"/schemas/{name}").status_code == 404


class TestErrors:
    def test_every_problem_has_the_same_form(self, world: World, document: dict[str, Any]) -> None:
        asked = [
            world.maya.http.get("/v1/receipts/rcp_nothing"),
            world.maya.http.get("/v1/nothing"),
            world.maya.http.delete("/v1/submissions"),
            world.maya.http.get("/v1/submissions", params={"limit": 0}),
            world.maya.http.get("/v1/submissions", params={"cursor": "nonsense"}),
            world.maya.http.get("/v1/review-cases"),
            world.ada.http.post("/v1/campaigns", content=b"{not json"),
            world.ada.http.post("/v1/campaigns", content=b"[" + b"1," * 600_000 + b"1]"),
        ]
        assert [each.status_code for each in asked] == [404, 404, 405, 422, 400, 403, 422, 413]
        problem_schema = {
            **document["components"]["schemas"]["Problem"],
            "components": document["components"],
        }
        for answer in asked:
            assert answer.headers["content-type"] == "application/problem+json"
            problem = answer.json()
            jsonschema.validate(problem, problem_schema, cls=jsonschema.Draft202012Validator)
            assert problem["status"] == answer.status_code
            assert problem["detail"].endswith(".") or problem["errors"]
            assert problem["code"] in problem["type"]

    def test_a_filter_that_a_list_does_not_have_is_refused(
        self, world: World, held: tuple[str, str], document: dict[str, Any]
    ) -> None:
        lists = [
            (path, {each["name"] for each in operation["parameters"] if each["in"] == "query"})
            for method, path, operation in _operations(document)
            if method == "get" and any(each["in"] == "query" for each in operation.get("parameters", []))
        ]
        assert len(lists) >= 4
        for path, known in lists:
            person = world.ruth if "review" in path else world.core
            where = path.format(member_id=world.maya.member_id, case_id=held[1])
            answer = person.http.get(where, params={"status": "decided"})
            assert (answer.status_code, answer.json()["code"]) == (422, "unknown_parameter"), path
            assert [each["location"] for each in answer.json()["errors"]] == ["query.status"]
            assert all(f"`{name}`" in answer.json()["detail"] for name in known), path

    def test_a_browser_gets_a_page(self, world: World) -> None:
        with world.client(headers={"Accept": "text/html"}) as http:
            answer = http.get("/nothing-here")
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert "Nothing here" in answer.text

    def test_a_fault_of_ours_has_a_reference_and_tells_nothing_else(self, world: World) -> None:
        receipt_id = world.settled(world.tom)
        world.add_picture(receipt_id)
        receipt = world.tom.http.get(f"/v1/receipts/{receipt_id}").json()
        with world.wiring.database.write() as session:
            row = session.query(ReceiptRow).filter_by(id=receipt_id).one()
            row.picture_sha256 = "0" * 64  # a file that the store has lost
        answer = world.tom.http.get(receipt["picture_url"])
        assert answer.status_code == 500
        problem = answer.json()
        assert problem["reference"] in problem["detail"]
        assert problem["reference"] in problem["instance"]
        assert "Missing" not in answer.text
        assert "0000" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"


class TestHeaders:
    def test_pages_and_api_carry_them(self, world: World) -> None:
        with world.client() as http:
            for path in ("/sign-in", "/v1/submissions", "/healthz", "/nothing"):
                headers = http.get(path).headers
                policy = headers["content-security-policy"]
                assert "default-src 'self'" in policy
                assert "frame-ancestors 'none'" in policy
                assert "unsafe" not in policy
                assert headers["x-content-type-options"] == "nosniff"
                assert headers["referrer-policy"] == "same-origin"
                assert headers["cache-control"] == "no-store"

    def test_pages_load_nothing_from_elsewhere_and_hold_no_inline_script_or_style(self, world: World) -> None:
        with world.client() as http:
            text = http.get("/sign-in").text
        assert "http://" not in text
        assert "https://" not in text
        assert "<style" not in text
        assert "style=" not in text
        assert "onclick" not in text

    def test_behind_https_the_cookie_is_secure(self, tmp_path: Path) -> None:
        port = _free_port()
        settings = Settings(data_dir=tmp_path, port=port, public_url="https://points.example.com")
        wiring = build(settings)
        wiring.database.migrate()
        with serving(create_app(wiring), port):
            answer = httpx.get(f"http://127.0.0.1:{port}/sign-in", timeout=30)
        wiring.close()
        assert "secure" in answer.headers["set-cookie"].lower()
        assert "strict-transport-security" in answer.headers

    def test_the_picture_is_ours_and_inert(self, world: World, awarded: str) -> None:
        assert world.maya.http.get(f"/v1/receipts/{awarded}/picture").status_code == 404
        world.add_picture(awarded)
        answer = world.maya.http.get(f"/v1/receipts/{awarded}/picture")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.content.startswith(b"\xff\xd8")
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        again = world.maya.http.get(
            f"/v1/receipts/{awarded}/picture", headers={"If-None-Match": answer.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")


class TestOperations:
    def test_alive(self, world: World) -> None:
        with world.client() as http:
            assert http.get("/healthz").json() == {"status": "ok"}

    def test_ready_once_the_relay_has_been_heard_of(self, tmp_path: Path) -> None:
        port = _free_port()
        wiring = build(Settings(data_dir=tmp_path, port=port))
        wiring.database.migrate()
        with serving(create_app(wiring), port):
            early = httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=30)
            with wiring.database.write() as session:
                Outbox(session, utc_now()).beat(HEARTBEAT)
            later = httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=30)
        wiring.close()
        assert early.status_code == 503
        assert [each["location"] for each in early.json()["errors"]] == ["relay"]
        assert later.json() == {"status": "ready", "parts": ["database", "relay", "worker", "store"]}

    def test_metrics_count_requests_by_route_and_receipts_by_state(self, world: World, awarded: str) -> None:
        world.maya.http.get(f"/v1/receipts/{awarded}")
        with world.client() as http:
            text = http.get("/metrics").text
        assert 'route="/v1/receipts/{receipt_id}",status="200"' in text
        assert awarded not in text
        counts = {
            line.split("{state=")[1].split("}")[0].strip('"'): float(line.rsplit(" ", 1)[1])
            for line in text.splitlines()
            if line.startswith("tillpoints_receipts{")
        }
        assert counts["awarded"] >= 1
        assert "tillpoints_queue_age_seconds" in text
        assert 'tillpoints_failures{kind="killed"}' in text
        assert "tillpoints_outbox_lag_seconds" in text


def test_hostile_text_is_inert_on_every_page(world: World) -> None:
    payload = "<img src=x onerror=alert(1)>.jpg"
    world.tom.send(b"text", payload)
    with world.browser(world.tom) as http:
        for path in ("/", "/receipts"):
            text = http.get(path).text
            assert "&lt;img src=x onerror=alert(1)&gt;.jpg" in text
            assert "<img src=x" not in text
