"""Sending receipts over HTTP: what a caller is told, and what is kept."""

from __future__ import annotations

import io
import json
import threading
import time
import uuid
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from api.pressure import Pressure
from pipeline.accounts import find_account
from pipeline.clock import utc_now
from pipeline.health import waiting_receipts
from receipts.database.repositories.intake import IdempotencyKeys
from receipts.database.tables import IdempotencyRow, ReceiptRow

if TYPE_CHECKING:
    from .conftest import World


def _picture(size: tuple[int, int] = (900, 1400)) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def test_a_receipt_goes_from_upload_to_points(world: World) -> None:
    before = world.tom.http.get(f"/v1/members/{world.tom.member_id}/points").json()["balance"]
    answer = world.tom.send(world.receipt_pdf(), "e-receipt.pdf")
    assert answer.status_code == 202
    submission = answer.json()
    assert answer.headers["location"] == submission["url"]
    assert [each["state"] for each in submission["receipts"]] == ["received"]
    receipt_id = submission["receipts"][0]["id"]
    assert world.process(receipt_id) == "awarded"
    receipt = world.tom.http.get(f"/v1/receipts/{receipt_id}").json()
    assert receipt["points"] == 110
    assert receipt["retailer"] == "Larderline"
    ours = [line for line in receipt["lines"] if line["points"]]
    assert [line["product"]["sku"] for line in ours] == ["KTW-MTM-26Z"]
    assert any("110 points" in sentence for sentence in ours[0]["how"])
    others = [line for line in receipt["lines"] if not line["points"]]
    assert [line["how"] for line in others] == [["Not one of our products."]] * len(others)
    points = world.tom.http.get(f"/v1/members/{world.tom.member_id}/points").json()
    assert points["balance"] == before + 110
    entry = world.tom.http.get(f"/v1/members/{world.tom.member_id}/ledger").json()["items"][0]
    assert (entry["points"], entry["receipt_id"], entry["kind"]) == (110, receipt_id, "award")


def test_several_files_are_several_receipts_and_a_bad_one_does_not_stop_the_others(world: World) -> None:
    files = [
        ("files", ("good.pdf", world.receipt_pdf())),
        ("files", ("notes.jpg", b"remember the milk")),
    ]
    answer = world.tom.http.post("/v1/submissions", files=files)
    assert answer.status_code == 202
    assert [each["state"] for each in answer.json()["receipts"]] == ["received", "rejected"]
    assert "Please" in answer.json()["receipts"][1]["sentence"]


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("receipt.jpg", b"x" * 1000)
    return out.getvalue()


def _bomb() -> bytes:
    """The header of a 50,000 x 50,000 PNG, honest checksums and all."""
    head = b"\x00\x00\xc3\x50\x00\x00\xc3\x50\x08\x02\x00\x00\x00"

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(b"\0" * 9)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


REFUSED = {
    "empty": (lambda: b"", "empty.jpg", 422, "empty"),
    "text named jpg": (lambda: b"remember the milk\n" * 50, "note.jpg", 415, "unsupported_text"),
    "50,000 x 50,000 PNG": (_bomb, "huge.png", 413, "too_many_pixels"),
    "cut short": (lambda: _picture()[:20_000], "cut.jpg", 422, "damaged"),
    "60 MB": (lambda: _picture() + b"\0" * 60_000_000, "long.jpg", 413, "too_large"),
    "just over 20 MB": (lambda: _picture() + b"\0" * 20_000_000, "over.jpg", 413, "too_large"),
    "SVG": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "drawing.svg", 415, "unsupported_drawing"),
    "zip": (_zip, "photos.zip", 415, "unsupported_archive"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_refused_at_the_door_with_its_own_sentence(world: World, case: str) -> None:
    make, name, status, code = REFUSED[case]
    data = make()
    started = time.perf_counter()
    answer = world.tom.send(data, name)
    seconds = time.perf_counter() - started
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert problem["code"] == code
    assert "Please" in problem["detail"]
    assert problem["errors"][0]["location"] == "files[0]"
    # The member sees it, with the same words, and nothing is left to be worked on.
    listed = world.tom.http.get("/v1/submissions", params={"limit": 1}).json()["items"][0]
    assert listed["id"] == problem["submission_id"]
    assert [(each["state"], each["sentence"]) for each in listed["receipts"]] == [
        ("rejected", problem["detail"])
    ]
    assert listed["receipts"][0]["file_name"] == name
    assert seconds < 5, "it should take less than one second on a quiet machine"


def test_a_body_that_never_says_its_length_is_stopped_while_it_streams(world: World) -> None:
    def endless() -> object:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
        for _ in range(70):
            yield b"\0" * 1_000_000
        yield b"\r\n--x--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = world.tom.http.post("/v1/submissions", content=endless(), headers=headers)
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_all_sentences_of_refusals_differ(world: World) -> None:
    small = [case for case in REFUSED if "MB" not in case]
    details = {world.tom.send(REFUSED[c][0](), REFUSED[c][1]).json()["detail"] for c in small}
    assert len(details) == len(small)


def test_an_upload_without_a_file_or_with_too_many_is_explained(world: World) -> None:
    none = world.tom.http.post("/v1/submissions", files=[("other", (None, "x"))])
    assert (none.status_code, none.json()["code"]) == (422, "no_file")
    many = world.tom.http.post("/v1/submissions", files=[("files", (f"{i}.jpg", b"x")) for i in range(11)])
    assert (many.status_code, many.json()["code"]) == (413, "too_many_files")
    plain = world.tom.http.post("/v1/submissions", json={"files": []})
    assert (plain.status_code, plain.json()["code"]) == (415, "not_multipart")
    broken = world.tom.http.post(
        "/v1/submissions", content=b"nonsense", headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert (broken.status_code, broken.json()["code"]) == (400, "malformed_body")


def test_names_of_files_are_shown_without_folders_and_control_characters(world: World) -> None:
    head = (
        '--x\r\nContent-Disposition: form-data; name="files"; filename="../../C\x07lever\u202e.pdf"\r\n\r\n'
    )
    body = head.encode() + world.receipt_pdf() + b"\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = world.tom.http.post("/v1/submissions", content=body, headers=headers)
    assert answer.json()["receipts"][0]["file_name"] == "Clever.pdf"


class TestIdempotencyKey:
    def test_the_same_request_again_gets_the_same_answer_and_no_second_receipt(self, world: World) -> None:
        key, data = f'"{uuid.uuid4()}"', world.receipt_pdf()
        first = world.tom.send(data, **{"Idempotency-Key": key})
        second = world.tom.send(data, **{"Idempotency-Key": key})
        assert (second.status_code, second.json()) == (202, first.json())
        assert second.headers["location"] == first.headers["location"]
        assert "idempotency-replayed" not in first.headers
        assert second.headers["idempotency-replayed"] == "true"
        newest = world.tom.http.get("/v1/submissions", params={"limit": 2}).json()["items"]
        assert newest[0]["id"] == first.json()["id"] != newest[1]["id"]

    def test_a_refusal_is_kept_too(self, world: World) -> None:
        key = str(uuid.uuid4())
        first, second = (world.tom.send(b"text", "a.jpg", **{"Idempotency-Key": key}) for _ in range(2))
        assert first.status_code == second.status_code == 415
        assert first.json() == second.json()

    def test_another_request_under_the_key_is_refused(self, world: World) -> None:
        key = str(uuid.uuid4())
        world.tom.send(world.receipt_pdf(), **{"Idempotency-Key": key})
        other = world.tom.send(world.receipt_pdf(), **{"Idempotency-Key": key})
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")

    def test_while_the_first_still_runs_the_second_is_told_to_wait(self, world: World) -> None:
        key, data = str(uuid.uuid4()), world.receipt_pdf()
        # A first request that has taken the key and not answered yet: held open by its own database row.
        answered = world.tom.send(data, **{"Idempotency-Key": f"{key}-probe"})
        assert answered.status_code == 202
        fingerprint = _fingerprint_of(world, f"{key}-probe")
        with world.wiring.database.write() as session:
            keys = IdempotencyKeys(session, world.tom.account.program_id, world.tom.account.id, utc_now())
            keys.begin(key, fingerprint, running_s=60)
        second = world.tom.send(data, **{"Idempotency-Key": key})
        assert (second.status_code, second.json()["code"]) == (409, "idempotency_key_in_use")
        assert second.headers["retry-after"] == "1"

    def test_two_at_once_make_one_submission(self, world: World) -> None:
        key, data = str(uuid.uuid4()), world.receipt_pdf()
        statuses: list[int] = []

        def send() -> None:
            with world.client(headers=dict(world.tom.http.headers)) as http:
                files = [("files", ("r.pdf", data))]
                answer = http.post("/v1/submissions", files=files, headers={"Idempotency-Key": key})
                statuses.append(answer.status_code)

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(statuses) <= {202, 409}
        assert 202 in statuses
        again = world.tom.send(data, "r.pdf", **{"Idempotency-Key": key}).json()["id"]
        newest = world.tom.http.get("/v1/submissions", params={"limit": 2}).json()["items"]
        assert newest[0]["id"] == again
        assert newest[1]["receipts"][0]["file_name"] != "r.pdf"

    def test_keys_of_two_callers_do_not_meet(self, world: World) -> None:
        key = str(uuid.uuid4())
        first = world.tom.send(world.receipt_pdf(), **{"Idempotency-Key": key})
        second = world.maya.send(world.receipt_pdf(), **{"Idempotency-Key": key})
        assert (first.status_code, second.status_code) == (202, 202)

    @pytest.mark.parametrize("key", ['""', "x" * 256, "k\u00e9y".encode()])
    def test_a_key_that_is_none_is_refused(self, world: World, key: str | bytes) -> None:
        files = [("files", ("r.pdf", b"x"))]
        answer = world.tom.http.post("/v1/submissions", files=files, headers={"Idempotency-Key": key})
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_malformed")


def _fingerprint_of(world: World, key: str) -> str:
    account = find_account(world.wiring, world.tom.account.id)
    assert account is not None
    with world.wiring.database.read() as session:
        row = session.get(IdempotencyRow, (account.program_id, account.id, key))
        assert row is not None
        return row.fingerprint


class TestServices:
    def test_a_service_sends_for_a_member(self, world: World) -> None:
        answer = world.core.http.post(
            "/v1/submissions",
            data={"member_id": world.tom.member_id},
            files=[("files", ("r.pdf", world.receipt_pdf()))],
        )
        assert answer.status_code == 202
        assert answer.json()["member_id"] == world.tom.member_id

    def test_it_must_say_for_whom_and_only_of_its_own_program(self, world: World) -> None:
        files = [("files", ("r.pdf", b"x"))]
        before = world.olga.http.get("/v1/submissions").json()["items"]
        nobodys = world.core.http.get("/v1/submissions")
        assert (nobodys.status_code, nobodys.json()["code"]) == (422, "member_missing")
        assert "member_id" in nobodys.json()["detail"]
        nobody = world.core.http.post("/v1/submissions", files=files)
        assert (nobody.status_code, nobody.json()["code"]) == (422, "member_missing")
        foreign = world.core.http.post(
            "/v1/submissions", data={"member_id": world.olga.member_id}, files=files
        )
        assert foreign.status_code == 404
        assert world.olga.http.get("/v1/submissions").json()["items"] == before

    def test_a_member_sends_for_nobody_else(self, world: World) -> None:
        answer = world.tom.http.post(
            "/v1/submissions", data={"member_id": world.maya.member_id}, files=[("files", ("r.pdf", b"x"))]
        )
        assert answer.status_code == 404


def test_the_list_pages_through_everything_once(world: World) -> None:
    sent = [world.tom.send(b"text", "a.jpg").json()["submission_id"] for _ in range(3)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = world.tom.http.get("/v1/submissions", params=params).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert seen[:3] == sent[::-1]


def test_the_event_stream_tells_each_stage_and_then_ends(world: World) -> None:
    submission = world.tom.send(world.receipt_pdf()).json()
    receipt_id = submission["receipts"][0]["id"]
    worker = threading.Timer(0.5, world.process, args=(receipt_id,))
    worker.start()
    events: list[tuple[str, dict[str, object]]] = []
    with world.tom.http.stream("GET", submission["events_url"]) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        name = ""
        for line in answer.iter_lines():
            if line.startswith("event:"):
                name = line.removeprefix("event:").strip()
            elif line.startswith("data:"):
                events.append((name, json.loads(line.removeprefix("data:"))))
    worker.join()
    states = [data["state"] for name, data in events if name == "receipt"]
    assert states[0] == "received"
    assert states[-1] == "awarded"
    order = ["received", "read", "matched", "screened", "awarded"]
    assert [order.index(str(state)) for state in states] == sorted(order.index(str(s)) for s in states)
    assert events[-1] == ("end", {})


def test_originals_are_kept_byte_for_byte_even_when_refused(world: World) -> None:
    data = b"remember the milk, again" * 10
    answer = world.tom.send(data, "keep.jpg")
    with world.wiring.database.read() as session:
        row = session.query(ReceiptRow).filter_by(submission_id=answer.json()["submission_id"]).one()
    assert world.wiring.store.read_bytes(row.file_sha256) == data


def test_a_flood_is_told_to_wait_before_its_body_is_read(world: World) -> None:
    (receipt,) = world.tom.send(world.receipt_pdf()).json()["receipts"]
    usual = world.app.state.pressure
    try:
        world.app.state.pressure = Pressure(world.wiring, most=1)
        before = len(world.tom.http.get("/v1/submissions").json()["items"])
        answer = world.tom.send(world.receipt_pdf())
        assert (answer.status_code, answer.json()["code"]) == (429, "too_busy")
        assert int(answer.headers["retry-after"]) > 0
        assert len(world.tom.http.get("/v1/submissions").json()["items"]) == before, "nothing was taken"
        with world.browser(world.tom) as browser:
            page = browser.post("/send", files=[("files", ("r.pdf", b"%PDF-1.4"))])
        assert (page.status_code, "half a minute" in page.text) == (429, True)
        world.process(receipt["id"])
        world.app.state.pressure = Pressure(world.wiring, most=world.wiring.settings.max_waiting_receipts)
        assert world.tom.send(world.receipt_pdf()).status_code == 202, "room again"
    finally:
        world.app.state.pressure = usual


def test_one_programs_flood_does_not_keep_another_out(world: World) -> None:
    # Other tests may have left receipts of the other program waiting.
    most = waiting_receipts(world.wiring, world.abel.account.program_id, most=1000) + 1
    for _ in range(most):
        assert world.tom.send(world.receipt_pdf()).status_code == 202
    pressure = Pressure(world.wiring, most=most)
    assert pressure.is_full(world.tom.account.program_id)
    assert not pressure.is_full(world.abel.account.program_id)
