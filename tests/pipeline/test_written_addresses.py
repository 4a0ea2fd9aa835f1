"""What people write as their address or number: read one way, or refused."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.linking import NotLinked, read_address
from receipts.inbound import AddressKind

PIECES = st.text(st.sampled_from("ab0.+-_@ ,;:<>()[]\\\"'\r\n\t=?ü\u200b\u2028"), max_size=20)


@given(st.one_of(st.text(max_size=60), st.builds("{}@{}".format, PIECES, PIECES)))
@example("a@b.example\r\nBcc: c@d.example")
@example("=?utf-8?q?a?=@b.example")
@example('"a b"@c.example')
def test_a_mail_address_that_is_taken_stands_in_a_header_as_it_is(written: str) -> None:
    read = read_address(written)
    if isinstance(read, NotLinked):
        assert read.sentence.endswith(".")
        return
    assert read.value == read.value.strip()
    if read.kind is AddressKind.PHONE:
        assert read.value.removeprefix("+").isascii()
        assert read.value.removeprefix("+").isdigit()
        return
    mail = EmailMessage(policy=SMTP)
    mail["To"] = read.value
    (only,) = mail["To"].addresses
    assert only.addr_spec == read.value
    assert mail.keys() == ["To"]
