"""Mails to a member's secret address from a place that is nobody's: what their sender hears."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.inbox_views import inbox_page
from pipeline.linking import ask_to_link, my_addresses, unlink
from pipeline.sample import SAMPLE_PROGRAM, TOM
from receipts.inbound import Address, AddressKind
from tests.pipeline.conftest import OATS, e_receipt
from tests.pipeline.test_mails import PDF, Post, post
from tests.support.doors import mail

__all__ = ["post"]

TOMS = Address(AddressKind.EMAIL, TOM.email)
BROKEN = b"%PDF-1.4\n" + b"x" * 500


@pytest.fixture
def secret(post: Post) -> str:
    """Tom's, who has no mail address linked."""
    member = post.member(post.tom)
    unlink(post.wiring, program_id=SAMPLE_PROGRAM.id, member_id=member, address=TOMS)
    return my_addresses(post.wiring, program_id=SAMPLE_PROGRAM.id, member_id=member).secret_address


def send(post: Post, secret: str, subject: str, data: bytes, name: str) -> list[str]:
    """Send it; the words of what was answered since."""
    before = len(post.sink.mails)
    post.arrive(mail("sam@home.example", to=secret, subject=subject, attached=((data, PDF, name),)))
    post.work()
    assert {to for each in post.sink.mails for to in each.recipients} <= {"sam@home.example"}
    bodies = [each.message.get_body(("plain",)) for each in post.sink.mails[before:]]
    return [" ".join(body.get_content().split()) for body in bodies if body is not None]


def test_it_is_told_how_to_hear_once_a_day_and_of_what_is_refused_each_time(post: Post, secret: str) -> None:
    (first,) = send(post, secret, "one", e_receipt("one", OATS), "one.pdf")
    assert "We have your receipt. To get results by mail, link this mail address" in first
    assert "points" not in first
    assert send(post, secret, "two", e_receipt("two", OATS), "two.pdf") == []
    (third,) = send(post, secret, "three", BROKEN, "three.pdf")
    assert "three.pdf: The file is damaged" in third
    assert "send the new one" in third
    assert "link this mail address" in third
    assert [state.value for state in post.states(post.tom)] == ["rejected", "awarded", "awarded"]


def test_the_operator_sees_that_it_was_a_secret_address_and_not_which(post: Post, secret: str) -> None:
    send(post, secret, "one", e_receipt("seen", OATS), "one.pdf")
    (entry,) = inbox_page(post.wiring, program_id=SAMPLE_PROGRAM.id, state=None, before=None, limit=9)
    assert entry.message.recipient == "receipts+…@sunny.example"


def test_the_day_after_it_is_told_again(post: Post, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import pipeline.inbound

    assert len(send(post, secret, "one", e_receipt("day one", OATS), "one.pdf")) == 1
    now = pipeline.inbound.utc_now
    monkeypatch.setattr(pipeline.inbound, "utc_now", lambda: now() + timedelta(days=1))
    (second,) = send(post, secret, "two", e_receipt("day two", OATS), "two.pdf")
    assert "link this mail address" in second


def test_the_page_knows_what_waits_for_its_link(post: Post, secret: str) -> None:
    assert secret
    member = post.member(post.tom)
    asked = ask_to_link(post.wiring, program_id=SAMPLE_PROGRAM.id, member_id=member, written=TOM.email)
    assert asked == TOMS
    mine = my_addresses(post.wiring, program_id=SAMPLE_PROGRAM.id, member_id=member)
    assert TOMS not in mine.linked
    assert mine.asked_for == (TOMS,)
