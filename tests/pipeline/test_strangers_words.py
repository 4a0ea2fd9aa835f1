"""A stranger who writes and sends no receipt hears how to join, and is not told that a receipt is kept."""

from __future__ import annotations

from receipts.inbound import InboundState
from tests.pipeline.test_mails import Post, link_in, post
from tests.support.doors import mail

__all__ = ["post"]


def test_a_stranger_who_only_writes_hears_how_to_join_and_of_no_receipt(post: Post) -> None:
    received = post.arrive(mail("ann@elsewhere.example", subject="Hello", text="How does this work?"))
    post.work()
    message = post.message(received.inbound_id)
    assert (message.state, message.reason) == (InboundState.UNLINKED, "words_only")
    (asked,) = post.sink.mails
    assert link_in(asked.raw)
    words = asked.raw.decode()
    assert "We found no receipt in your mail." in words
    assert "we have your receipt" not in words
