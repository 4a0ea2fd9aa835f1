"""Requests that no honest client makes: each gets a 4xx with a sentence, fast, and never a 500."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy.exc import DataError

from api.app import create_app
from api.plain_text import is_plain

from .conftest import OLD, _free_port, csrf_of, serving

if TYPE_CHECKING:
    from .conftest import World

FORM = {"Content-Type": "multipart/form-data; boundary=x"}
MOST_SECONDS = 2.0


def _part(disposition: bytes, content: bytes = b"") -> bytes:
    return b"--x\r\nContent-Disposition: form-data; " + disposition + b"\r\n\r\n" + content + b"\r\n"


@pytest.mark.parametrize(
    "part",
    [_part(b'name="files"; filename=""'), _part(b'name="files"; filename="a.jpg"', b"x")],
    ids=["nameless empty files", "files"],
)
def test_endless_parts_are_refused_at_once(world: World, part: bytes) -> None:
    body = part * (6_000_000 // len(part)) + b"--x--\r\n"
    started = time.monotonic()
    answer = world.tom.http.post("/v1/submissions", content=body, headers=FORM)
    assert answer.status_code == 413
    assert answer.json()["code"] in {"too_many_parts", "too_many_files"}
    assert time.monotonic() - started < MOST_SECONDS


@pytest.mark.parametrize("times", [2, 50_000])
def test_a_field_given_twice_is_refused(world: World, times: int) -> None:
    body = _part(b'name="a"', b"1") * times + b"--x--\r\n"
    started = time.monotonic()
    answer = world.tom.http.post("/v1/submissions", content=body, headers=FORM)
    assert (answer.status_code, answer.json()["code"]) == (422, "field_twice")
    assert time.monotonic() - started < MOST_SECONDS


def test_as_many_fields_and_files_as_are_allowed_pass(world: World) -> None:
    """An empty choice of a form counts for nothing; what is said of the other parts is their own answer."""
    body = _part(b'name="files"; filename=""') + _part(b'name="files"; filename="a.jpg"', b"no picture")
    answer = world.tom.http.post("/v1/submissions", content=body + b"--x--\r\n", headers=FORM)
    assert [each["file_name"] for each in answer.json()["receipts"]] == ["a.jpg"]


def test_an_endless_boundary_is_a_broken_body(world: World) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=" + "x" * 5000}
    answer = world.tom.http.post("/v1/submissions", content=b"--x--\r\n", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_body")
    with world.browser(world.ruth) as browser:
        page = browser.post("/review/rev_1", content=b"--x--\r\n", headers=headers)
    assert page.status_code == 400


@pytest.mark.parametrize("character", ["%00", "%0A", "%1f", "%7F"])
def test_an_address_with_a_control_character_is_nowhere(world: World, character: str) -> None:
    for path in ("/v1/receipts/rcp_", "/v1/submissions/", "/v1/members/", "/v1/review-cases/"):
        answer = world.tom.http.get(f"{path}{character}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
        assert answer.headers["content-type"] == "application/problem+json"
    answer = world.core.http.get(f"/v1/submissions?member_id=mem{character}")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_query")
    with world.browser(world.maya) as browser:
        page = browser.get(f"/receipts/{character}")
    assert (page.status_code, "text/html" in page.headers["content-type"]) == (404, True)


def test_letters_of_any_script_are_taken_in_an_address(world: World) -> None:
    answer = world.core.http.get("/v1/submissions", params={"member_id": "mem_é日"})
    assert answer.status_code != 400


def test_what_is_no_text_is_refused_in_fields(world: World, held: tuple[str, str]) -> None:
    with world.client() as http:
        asked = {"email": "a\x00@example.com", "password": "x"}
        assert http.post("/v1/tokens", json=asked).status_code == 422
    files = [("files", ("a.jpg", b"x"))]
    answer = world.core.http.post("/v1/submissions", files=files, data={"member_id": "mem\x00"})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_plain_text")
    decision = f"/v1/review-cases/{held[1]}/decision"
    for body in (
        b'{"approve": true, "note": "a\\u0000"}',
        b'{"approve": true, "products": {"0": "a\\u0000"}}',
        b'{"approve": true, "products": {"0": "\\ud800"}}',
        b'{"approve": true, "note": "\\ud800"}',
        b'{"approve": true, "products": {"0": "' + b"a" * 101 + b'"}}',
        b'{"approve": true, "products": {"-1": null}}',
    ):
        answer = world.ruth.http.post(decision, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, body
    with world.browser(world.ruth) as browser:
        data = {"csrf_token": csrf_of(browser.get(f"/review/{held[1]}").text), "decision": "approve"}
        refused = browser.post(f"/review/{held[1]}", data={**data, "note": "a\x00"})
        assert refused.status_code == 422
        assert "control character" in refused.text
        sign_in = {"email": "a\x00", "password": "x", "csrf_token": data["csrf_token"]}
        assert browser.post("/sign-in", data=sign_in).status_code == 422
    assert world.ruth.http.get(f"/v1/review-cases/{held[1]}").json()["status"] == "open"


def test_lines_of_a_note_are_plain_text_and_halves_of_characters_are_not() -> None:
    assert is_plain("Seen.\r\n\tBoth ½ prices, 日本 \N{GRINNING FACE}")
    assert not any(is_plain(text) for text in ("\x00", "a\x1b[0m", "\x7f", "\x85", "\ud83d"))


@pytest.mark.parametrize("name", ["product-²", "product-" + "9" * 5000, "product-"])
def test_a_field_for_no_line_is_passed_over(world: World, name: str) -> None:
    """Superscript two and endless digits look like numbers to some and are none."""
    receipt_id = world.settled(world.tom, day=OLD)
    cases = world.ruth.http.get("/v1/review-cases", params={"limit": 100}).json()["items"]
    case_id = next(case["id"] for case in cases if case["receipt"]["id"] == receipt_id)
    with world.browser(world.ruth) as browser:
        token = csrf_of(browser.get(f"/review/{case_id}").text)
        data = {"csrf_token": token, "decision": "approve", name: "none"}
        assert browser.post(f"/review/{case_id}", data=data).status_code == 303
    world.undo_is_over()
    assert world.tom.http.get(f"/v1/receipts/{receipt_id}").json()["points"] == 110


@pytest.mark.parametrize("said", ["n" + "9" * 5000, "n" + "9" * 19, "n²", "m1", "n", "n-1"])
def test_a_foreign_cursor_is_refused(world: World, said: str) -> None:
    cursor = base64.urlsafe_b64encode(said.encode()).decode()
    answer = world.tom.http.get("/v1/submissions", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor_unknown")


def test_a_wrong_catalog_is_named_as_it_was_sent(world: World) -> None:
    answer = world.abel.http.put("/v1/catalog", files=[("file", ("spring.csv", b"sku,name\nA\x00,x\n"))])
    assert (answer.status_code, answer.json()["code"]) == (422, "catalog_wrong")
    assert answer.json()["detail"].startswith("spring.csv: line 2: sku holds a control character")


def test_after_a_bug_the_next_request_is_answered_and_a_refused_value_is_no_bug(world: World) -> None:
    app = create_app(world.wiring)

    def broken() -> None:
        raise RuntimeError("a bug")

    def unstorable() -> None:
        raise DataError("insert", {}, ValueError("text fields cannot contain NUL bytes"))

    app.add_api_route("/broken", broken, methods=["POST"])
    app.add_api_route("/unstorable", unstorable, methods=["POST"])
    port = _free_port()
    with serving(app, port), httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        for _ in range(5):
            answer = http.post("/broken", content=b"x" * 500_000)
            assert (answer.status_code, answer.json()["code"]) == (500, "our_fault")
            assert answer.headers["connection"] == "close"
            assert http.get("/healthz").status_code == 200
        answer = http.post("/unstorable")
        assert (answer.status_code, answer.json()["code"]) == (422, "unstorable")
