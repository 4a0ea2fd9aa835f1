"""What was refused wrongly is read anew from what was stored, as a submission of its own."""

from __future__ import annotations

import cProfile
from functools import partial

import pytest
from sqlalchemy import select

from ingest.email.unwrap import unwrap_mail
from pipeline.answers.words import words_of_text
from pipeline.inbox_views import Again, inbox_message, message_of_submission, run_again
from pipeline.sample import MAYA, RUTH, SAMPLE_PROGRAM
from pipeline.takein.run import take_in
from pipeline.wiring import build
from receipts.database.repositories.outgoing import answer_of
from receipts.database.tables import OutgoingRow
from receipts.identity import InboundId
from receipts.inbound import InboundState
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, OATS, e_receipt
from tests.pipeline.test_mails import PDF, Post, post
from tests.support.doors import Doors, mail
from tests.support.signing import signed

__all__ = ["post"]


@pytest.fixture
def refused(post: Post) -> InboundId:
    """Maya's mail, read while files were let in that are far too small for hers."""
    narrow = build(post.wiring.settings.model_copy(update={"max_upload_bytes": 100}))
    received = Doors(narrow, post.folder, post.sink).arrive(post.from_maya())
    Doors(narrow, post.folder, post.sink).work()
    narrow.close()
    assert post.states(post.maya) == [ReceiptState.REJECTED]
    return received.inbound_id


def test_it_is_paid_once_and_what_it_was_before_stays(post: Post, refused: InboundId) -> None:
    program = SAMPLE_PROGRAM.id
    before = post.message(refused)
    shown = inbox_message(post.wiring, program_id=program, inbound_id=refused)
    assert shown is not None
    assert shown.entry.may_run_again
    assert "All of it was refused: too large a file." in shown.entry.sentence
    asked = partial(run_again, post.wiring, program_id=program, inbound_id=refused)
    assert asked(asked_by=post.ruth.id) is Again.ON_ITS_WAY
    assert asked(asked_by=post.ruth.id) is Again.NOT_NOW
    post.work()
    after = post.message(refused)
    assert after.submission_id not in (None, before.submission_id)
    assert (after.member_id, after.sent_by) == (before.member_id, before.sent_by)
    assert post.states(post.maya) == [ReceiptState.AWARDED, ReceiptState.REJECTED]
    assert post.balance(post.maya) == 30
    assert asked(asked_by=post.ruth.id) is Again.NOT_NOW, "what was paid is never read again"
    assert len(post.sink.mails) == 2
    shown = inbox_message(post.wiring, program_id=program, inbound_id=refused)
    assert shown is not None
    (rerun,) = shown.before
    assert rerun.asked_by == RUTH.email
    assert [each.state for each in rerun.receipts] == [ReceiptState.REJECTED]
    assert not shown.entry.may_run_again
    assert before.submission_id is not None
    earlier = message_of_submission(post.wiring, program_id=program, submission_id=before.submission_id)
    assert earlier is not None
    assert earlier.id == refused


def test_a_mail_is_unwrapped_once_when_it_is_taken_in(post: Post) -> None:
    """28 MB with 20 originals took three times as long as need be."""
    received = post.arrive(post.from_maya("once"))
    with cProfile.Profile() as counted:
        assert take_in(post.wiring, received.inbound_id) is InboundState.TAKEN
    asked = [entry.callcount for entry in counted.getstats() if entry.code is unwrap_mail.__code__]
    assert asked == [1]


def mixed(post: Post) -> InboundId:
    """Maya's mail with a receipt that was paid and one that was refused as too large."""
    small, large = e_receipt("small", OATS), e_receipt("large", OATS, MILK) + b"\n" * 60_000
    narrow = build(post.wiring.settings.model_copy(update={"max_upload_bytes": len(small) + 1000}))
    attached = ((large, PDF, "large.pdf"), (small, PDF, "small.pdf"))
    doors = Doors(narrow, post.folder, post.sink)
    received = doors.arrive(signed(mail(MAYA.email, attached=attached), post.key))
    doors.work()
    narrow.close()
    assert set(post.states(post.maya)) == {ReceiptState.AWARDED, ReceiptState.REJECTED}
    return received.inbound_id


def test_of_a_mixed_mail_the_refused_part_is_read_again_and_the_paid_one_stays(post: Post) -> None:
    program, inbound_id = SAMPLE_PROGRAM.id, mixed(post)
    paid = post.balance(post.maya)
    asked = partial(run_again, post.wiring, program_id=program, inbound_id=inbound_id, asked_by=None)
    shown = inbox_message(post.wiring, program_id=program, inbound_id=inbound_id)
    assert shown is not None
    assert shown.entry.may_run_again
    assert "Part of it was refused: too large a file." in shown.entry.sentence
    assert asked() is Again.ON_ITS_WAY
    post.work()
    assert post.states(post.maya).count(ReceiptState.AWARDED) == 2
    assert post.states(post.maya).count(ReceiptState.REJECTED) == 1, "as it was before"
    assert len(post.states(post.maya)) == 3, "the paid one is not sent anew"
    assert post.balance(post.maya) == 2 * paid
    assert "already" not in post.sink.mails[-1].message.as_string()
    assert asked() is Again.NOT_NOW, "nothing of it is refused now"


def test_a_mixed_mail_whose_part_is_refused_again_may_be_asked_for_again(post: Post) -> None:
    attached = (
        (e_receipt("beside", OATS), PDF, "receipt.pdf"),
        (b"%PDF-1.4\n" + b"x" * 500, PDF, "broken.pdf"),
    )
    received = post.arrive(signed(mail(MAYA.email, attached=attached), post.key))
    post.work()
    assert set(post.states(post.maya)) == {ReceiptState.AWARDED, ReceiptState.REJECTED}
    paid = post.balance(post.maya)
    for times in (1, 2):
        asked = run_again(
            post.wiring, program_id=SAMPLE_PROGRAM.id, inbound_id=received.inbound_id, asked_by=None
        )
        assert asked is Again.ON_ITS_WAY
        post.work()
        assert post.states(post.maya).count(ReceiptState.REJECTED) == 1 + times
        assert post.states(post.maya).count(ReceiptState.AWARDED) == 1
    assert post.balance(post.maya) == paid


def test_a_held_receipt_beside_a_refused_one_stays_held(post: Post) -> None:
    attached = (
        (e_receipt("held", OATS), PDF, "receipt.pdf"),
        (b"%PDF-1.4\n" + b"x" * 500, PDF, "broken.pdf"),
    )
    received = post.arrive(mail(MAYA.email, attached=attached))
    post.work()
    run_again(post.wiring, program_id=SAMPLE_PROGRAM.id, inbound_id=received.inbound_id, asked_by=None)
    post.work()
    assert post.states(post.maya).count(ReceiptState.HELD) == 1
    assert post.states(post.maya).count(ReceiptState.REJECTED) == 2


def test_a_text_names_why_several_could_not_be_used_and_where_it_says_what_to_do(post: Post) -> None:
    attached = (
        (e_receipt("good", OATS), PDF, "good.pdf"),
        (b"%PDF-1.4\n" + b"x" * 500, PDF, "broken.pdf"),
        (b"PK\x03\x04" + b"x" * 5000, "application/zip", "r.zip"),
    )
    post.arrive(signed(mail(MAYA.email, attached=attached), post.key))
    post.work_without_answers()
    with post.wiring.database.read() as session:
        (row,) = session.scalars(select(OutgoingRow)).all()
        answer = answer_of(row)
    said = words_of_text(post.wiring, answer).text
    assert "30 points for your 3 receipts." in said
    assert "2 we could not use: a damaged file, an archive." in said
    assert "at the link" in said
    assert said.rstrip().endswith("/receipts")
