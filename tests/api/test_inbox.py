"""The operator's inbox, on its pages and over the API, and what reviewers see of a mail."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import re
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.answers.undelivered import why_undelivered
from pipeline.clock import utc_now
from pipeline.inbound import AnsweredAtOnce, AtOnce, receive_text
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.takein.run import take_in
from receipts.database.repositories.inbound import Inbound, NewInbound
from receipts.database.repositories.outgoing import Outgoing, answer_of
from receipts.database.tables import FileLookRow, InboundRow, LinkRow, OutgoingRow, ReceiptRow
from receipts.identity import InboundId, OutgoingId, Sha256
from receipts.inbound import InboundState, Via
from tests.support.doors import mail

from .conftest import OLD, OTHER_PROGRAM, csrf_of

if TYPE_CHECKING:
    from .conftest import World

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def unlinked(world: World) -> InboundId:
    """A stranger's mail, kept; its link was sent, as the delivering worker writes it down."""
    with world.wiring.database.write() as session:
        # Other modules' tests may have run between this one's; while a link works no second one is sent.
        earlier = session.query(LinkRow).filter_by(address="somebody@inbox.example")
        earlier.update({LinkRow.expires_at: utc_now()})
    inbound_id = world.arrive(mail("somebody@inbox.example", subject=f"Fwd: {HOSTILE}", html=HOSTILE))
    assert take_in(world.wiring, inbound_id) is InboundState.UNLINKED
    with world.wiring.database.write() as session:
        row = session.query(OutgoingRow).filter_by(inbound_id=inbound_id).one()
        row.state, row.body, row.provider_status = (
            "sent",
            "Open http://here.example/join/WyJh.b-c_d now",
            "delivered",
        )
        row.sent_at = utc_now()
    return inbound_id


@pytest.fixture(scope="module")
def taken(world: World) -> tuple[InboundId, str]:
    """A mail that claims to be Tom's, and the receipt, held, that it became."""
    pdf = (world.receipt_pdf(day=OLD), "application/pdf", "r.pdf")
    inbound_id = world.arrive(
        mail(world.tom.account.email, subject="Fwd: Your Larderline order", html=HOSTILE, attached=(pdf,))
    )
    assert take_in(world.wiring, inbound_id) is InboundState.TAKEN
    with world.wiring.database.read() as session:
        row = session.query(InboundRow).filter_by(id=inbound_id).one()
        receipt_id = session.query(ReceiptRow).filter_by(submission_id=row.submission_id).one().id
    assert world.process(receipt_id) == "held"
    return inbound_id, receipt_id


def _api(world: World, **params: str | int) -> dict[str, Any]:
    answer = world.core.http.get("/v1/inbound-messages", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


class TestApi:
    def test_it_lists_every_message_once_newest_first(
        self, world: World, unlinked: InboundId, taken: tuple[InboundId, str]
    ) -> None:
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = _api(world, limit=1, **({"cursor": cursor} if cursor else {}))
            seen += [each["id"] for each in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        with world.wiring.database.read() as session:
            rows = session.query(InboundRow).filter_by(program_id=SAMPLE_PROGRAM.id)
            assert seen == [row.id for row in rows.order_by(InboundRow.number.desc())]
        assert {unlinked, taken[0]} <= set(seen)

    def test_a_state_filters(self, world: World, unlinked: InboundId, taken: tuple[InboundId, str]) -> None:
        ids = {
            state: {m["id"] for m in _api(world, state=state, limit=200)["items"]}
            for state in ("taken", "unlinked")
        }
        assert unlinked in ids["unlinked"] - ids["taken"]
        assert taken[0] in ids["taken"] - ids["unlinked"]
        assert world.core.http.get("/v1/inbound-messages", params={"state": "lost"}).status_code == 422

    def test_one_says_what_became_of_it_and_why(self, world: World, taken: tuple[InboundId, str]) -> None:
        found = world.ada.http.get(f"/v1/inbound-messages/{taken[0]}").json()
        assert (found["via"], found["state"], found["reason"]) == ("email", "taken", "unvouched")
        assert found["sender"] == world.tom.account.email
        assert found["member_id"] == world.tom.member_id
        assert (found["sent_by"]["trust"], found["sent_by"]["proof"]["verdict"]) == ("unvouched", "unproven")
        assert found["sentence"].endswith(".")
        assert not found["may_retry"]
        assert [each["kind"] for each in found["answers"]] == ["result"]

    def test_a_link_in_an_answer_is_nobodys_to_read(self, world: World, unlinked: InboundId) -> None:
        (answer,) = world.core.http.get(f"/v1/inbound-messages/{unlinked}").json()["answers"]
        assert answer["text"] == "Open http://here.example/join/… now"
        assert (answer["state"], answer["provider_status"]) == ("sent", "delivered")

    def test_an_answer_that_never_arrived_says_why_in_red_and_leads_to_the_report(self, world: World) -> None:
        asked = world.arrive(mail("full@inbox.example"))
        report = world.arrive(mail("x@mx.example", headers=(("Auto-Submitted", "auto-replied"),)))
        assert take_in(world.wiring, asked) is InboundState.UNLINKED
        assert take_in(world.wiring, report) is InboundState.IGNORED
        with world.wiring.database.write() as session:
            row = session.query(OutgoingRow).filter_by(inbound_id=asked).one()
            row.state, row.sent_at = "sent", utc_now()
            outgoing = Outgoing(session, SAMPLE_PROGRAM.id, utc_now())
            outgoing.came_back(OutgoingId(row.id), "bounced 5.2.2", report_id=report)
        (answer,) = world.core.http.get(f"/v1/inbound-messages/{asked}").json()["answers"]
        assert (answer["state"], answer["undelivered"]) == ("sent", "the mailbox is full")
        assert answer["report_id"] == report
        with world.browser(world.ada) as browser:
            listed, page = browser.get("/program/inbox").text, browser.get(f"/program/inbox/{asked}").text
            about = browser.get(f"/program/inbox/{report}").text
        for shown in (listed, page):
            assert '<span class="chip bad">Not delivered</span> Link to join: the mailbox is full' in shown
        assert f'href="/program/inbox/{report}"' in page
        assert f'href="/program/inbox/{asked}#{answer["id"]}"' in about

    @pytest.mark.parametrize(
        ("status", "why"),
        [
            ("undelivered 30003", "the phone is switched off or out of reach"),
            ("failed 39999", "the provider's code is 39999"),
            ("delivered", ""),
            ("sent", ""),
        ],
    )
    def test_a_text_that_never_arrived_says_why(
        self, world: World, unlinked: InboundId, status: str, why: str
    ) -> None:
        with world.wiring.database.read() as session:
            answer = answer_of(session.query(OutgoingRow).filter_by(inbound_id=unlinked).one())
        assert why_undelivered(dataclasses.replace(answer, via=Via.SMS, provider_status=status)) == why

    def test_a_retry_waits_again_and_only_once(self, world: World) -> None:
        inbound_id = world.arrive(mail("again@inbox.example"))
        assert take_in(world.wiring, inbound_id) is InboundState.UNLINKED
        path = f"/v1/inbound-messages/{inbound_id}/retry"
        answer = world.core.http.post(path)
        assert (answer.status_code, answer.json()["state"], answer.json()["attempts"]) == (202, "waiting", 0)
        again = world.core.http.post(path)
        assert (again.status_code, again.json()["code"]) == (409, "not_to_be_retried")
        assert take_in(world.wiring, inbound_id) is InboundState.UNLINKED

    def test_what_became_a_submission_is_not_run_again(
        self, world: World, taken: tuple[InboundId, str]
    ) -> None:
        answer = world.ada.http.post(f"/v1/inbound-messages/{taken[0]}/retry")
        assert answer.status_code == 409
        assert "none of which was refused" in answer.json()["detail"]

    def test_another_programs_messages_are_its_own(self, world: World, unlinked: InboundId) -> None:
        with world.wiring.database.write() as session:
            new = NewInbound(
                "x|1", Via.SMS, "+12125550999", Sha256("0" * 64), 2, whole=True, sender="+12025550101"
            )
            theirs, _ = Inbound(session, OTHER_PROGRAM.id, utc_now()).add(new)
        listed = world.serv.http.get("/v1/inbound-messages").json()["items"]
        assert [each["id"] for each in listed] == [theirs]
        assert theirs not in {each["id"] for each in _api(world, limit=200)["items"]}
        assert world.serv.http.get(f"/v1/inbound-messages/{unlinked}").status_code == 404


class TestPages:
    def test_the_list_shows_each_with_its_verdict_and_its_answers(
        self, world: World, unlinked: InboundId, taken: tuple[InboundId, str]
    ) -> None:
        with world.browser(world.ada) as browser:
            program = browser.get("/program").text
            assert 'href="/program/inbox"' in program
            page = browser.get("/program/inbox").text
            only = browser.get("/program/inbox", params={"state": "unlinked"}).text
        for said in (
            "Fwd: Your Larderline order",
            f"Mail from {world.tom.account.email} to receipts@sunny.example",
            "which nothing vouches for",
            "Member: Tom Becker",
            "No member has linked this address",
            "Link to join",
            "(delivered)",
        ):
            assert said in page, said
        assert HOSTILE not in page
        assert "&lt;script&gt;" in page
        assert "somebody@inbox.example" in only
        assert "Your Larderline order" not in only

    def test_older_ones_are_a_page_further(self, world: World) -> None:
        with world.wiring.database.write() as session:
            inbound = Inbound(session, SAMPLE_PROGRAM.id, utc_now() - dt.timedelta(days=9))
            for n in range(26):
                new = NewInbound(
                    f"many|{n}",
                    Via.SMS,
                    "+12125550110",
                    Sha256(f"{n:064x}"),
                    2,
                    whole=True,
                    sender="+12025550133",
                )
                inbound_id, _ = inbound.add(new)
                inbound.settle(inbound_id, InboundState.ANSWERED, "help", "Asked for help.")
        with world.browser(world.ada) as browser:
            first = browser.get("/program/inbox", params={"state": "answered"}).text
            assert first.count("Asked for help.") == 25
            assert "Text from +1 202-555-0133 to +1 212-555-0110" in first
            older = re.search(r'href="([^"]+cursor=[^"]+)"', first)
            assert older is not None
            second = browser.get(older[1].replace("&amp;", "&")).text
        assert 1 <= second.count("Asked for help.") < 25

    def test_one_in_full_shows_proof_receipts_and_answers(
        self, world: World, unlinked: InboundId, taken: tuple[InboundId, str]
    ) -> None:
        with world.browser(world.ada) as browser:
            page = browser.get(f"/program/inbox/{taken[0]}").text
            kept = browser.get(f"/program/inbox/{unlinked}").text
        assert "Only its From line names a linked address" in page
        assert "Unproven" in page
        assert f'href="/receipts/{taken[1]}"' in page
        assert "Run again" not in page
        assert "Run again" in kept
        assert "none found" in kept
        assert "/join/…" in kept
        assert HOSTILE not in page + kept

    def test_the_button_runs_it_again(self, world: World) -> None:
        inbound_id = world.arrive(mail("button@inbox.example"))
        assert take_in(world.wiring, inbound_id) is InboundState.UNLINKED
        path = f"/program/inbox/{inbound_id}"
        with world.browser(world.ada) as browser:
            assert browser.post(f"{path}/retry").status_code == 403
            token = csrf_of(browser.get(path).text)
            for said in ("on its way again", "Nothing was done"):
                answer = browser.post(f"{path}/retry", data={"csrf_token": token}, follow_redirects=True)
                assert said in answer.text
            assert "Run again" not in browser.get(path).text
        assert take_in(world.wiring, inbound_id) is InboundState.UNLINKED

    def test_a_message_that_was_all_refused_has_the_button_and_says_why(self, world: World) -> None:
        wrapped = (b"\x78\x9f\x3e\x22" + b"x" * 3000, "application/ms-tnef", "winmail.dat")
        inbound_id = world.arrive(mail(world.tom.account.email, subject="wrapped", attached=(wrapped,)))
        assert take_in(world.wiring, inbound_id) is InboundState.TAKEN
        with world.wiring.database.read() as session:
            row = session.query(InboundRow).filter_by(id=inbound_id).one()
            receipt_id = session.query(ReceiptRow).filter_by(submission_id=row.submission_id).one().id
        assert world.process(receipt_id) == "rejected"
        path, why = f"/program/inbox/{inbound_id}", "All of it was refused: wrapped by Outlook (winmail.dat)."
        with world.browser(world.ada) as browser:
            listed, shown = browser.get("/program/inbox").text, browser.get(path).text
            for page in (listed, shown):
                assert why in page
                assert "All refused" in page
            assert world.core.http.get(f"/v1/inbound-messages/{inbound_id}").json()["may_retry"]
            token = csrf_of(shown)
            answer = browser.post(f"{path}/retry", data={"csrf_token": token}, follow_redirects=True)
            assert "on its way again" in answer.text
            assert f"by {world.ada.account.email}" in answer.text
            assert f'href="/receipts/{receipt_id}"' in answer.text, "what it was before stays"
        assert take_in(world.wiring, inbound_id) is InboundState.TAKEN

    def test_the_raw_message_is_a_file_and_never_a_page(self, world: World, unlinked: InboundId) -> None:
        with world.browser(world.ada) as browser:
            answer = browser.get(f"/program/inbox/{unlinked}/raw")
        with world.wiring.database.read() as session:
            look = session.query(FileLookRow).order_by(FileLookRow.number.desc()).first()
        assert look is not None
        assert (look.account_id, look.what, look.target_id) == (world.ada.account.id, "mail", unlinked)
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["content-disposition"] == f'attachment; filename="{unlinked}.txt"'
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.content.startswith(b"From: somebody@inbox.example\r\n")
        assert HOSTILE.encode() in answer.content


class TestReview:
    def test_the_case_shows_how_the_mail_came_and_what_it_proves(
        self, world: World, taken: tuple[InboundId, str]
    ) -> None:
        cases = world.ruth.http.get("/v1/review-cases", params={"limit": 100}).json()["items"]
        case_id = next(case["id"] for case in cases if case["receipt"]["id"] == taken[1])
        sent_by = world.ruth.http.get(f"/v1/review-cases/{case_id}").json()["sent_by"]
        assert (sent_by["trust"], sent_by["proof"]["verdict"]) == ("unvouched", "unproven")
        with world.browser(world.ruth) as browser:
            page = browser.get(f"/review/{case_id}").text
            raw = browser.get(f"/review/{case_id}/message")
        came = page.split('id="came"')[1].split("</section>")[0]
        assert f"<strong>{world.tom.account.email}</strong>" in came
        assert "Only its From line" in came
        assert "Unproven" in came
        assert "Larderline" in page.split("It says:")[1].split("</pre>")[0]
        assert HOSTILE not in page
        assert (raw.headers["content-type"], raw.headers["x-content-type-options"]) == (
            "text/plain; charset=utf-8",
            "nosniff",
        )
        assert raw.headers["content-disposition"].startswith("attachment")

    def test_the_member_sees_by_which_door_it_came(self, world: World, taken: tuple[InboundId, str]) -> None:
        with world.browser(world.tom) as browser:
            page = browser.get(f"/receipts/{taken[1]}").text
        assert f"by mail from {world.tom.account.email}" in page
        text = page.split("The text as we read it")[1].split("</pre>")[0]
        assert "Northbank Ground Coffee" in text
        assert "<pre" in text
        assert HOSTILE not in page
        assert world.tom.http.get(f"/v1/receipts/{taken[1]}/picture").status_code == 404

    def test_an_upload_has_no_message(self, world: World, held: tuple[str, str]) -> None:
        with world.browser(world.ruth) as browser:
            assert 'id="came"' not in browser.get(f"/review/{held[1]}").text
            assert browser.get(f"/review/{held[1]}/message").status_code == 404
        assert world.ruth.http.get(f"/v1/review-cases/{held[1]}").json()["sent_by"] is None


def test_a_texts_words_and_what_was_said_at_once_are_shown(world: World) -> None:
    asked, said = f"How many points do I have? {HOSTILE}", "Sunny: Please text a photo of your receipt."
    received = receive_text(
        world.wiring,
        program_id=SAMPLE_PROGRAM.id,
        via=Via.SMS,
        sender="+12025550166",
        recipient="+12125550110",
        message_sid="SM" + "6" * 32,
        token=None,
        form={"Body": asked},
        words=asked,
        at_once=AtOnce(said, AnsweredAtOnce("no_picture", "It held words only.")),
    )
    with world.browser(world.ada) as browser:
        listed = browser.get("/program/inbox", params={"state": "answered"}).text
        shown = browser.get(f"/program/inbox/{received.inbound_id}").text
    for page in (listed, shown):
        assert f"How many points do I have? {html.escape(HOSTILE)}" in page
        assert HOSTILE not in page
        assert "At once" in page
    assert said in shown
    (answer,) = world.core.http.get(f"/v1/inbound-messages/{received.inbound_id}").json()["answers"]
    assert (answer["kind"], answer["state"], answer["text"]) == ("at_once", "sent", said)
