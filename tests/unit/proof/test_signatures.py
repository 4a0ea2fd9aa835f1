"""What a DKIM signature proves, and what it does not."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given as sampled
from hypothesis import settings
from hypothesis import strategies as st

from receipts.proof import CheckOutcome, Proof
from tests.support.signing import COVERED, MAIL, SIGNED_AT, rsa_key, signed


@pytest.mark.parametrize("canon", ["simple/simple", "relaxed/simple", "simple/relaxed", "relaxed/relaxed"])
@pytest.mark.parametrize("key", ["SHOP", "SHOP_ED", "SHOP_MAILER"])
def test_the_authors_own_signature_proves_the_mail(given: SimpleNamespace, canon: str, key: str) -> None:
    proof = given.judged(signed(MAIL, getattr(given, key), canon=canon))
    assert (proof.verdict, proof.domain) == (Proof.PROVEN, "shop.example")
    assert [check.outcome for check in proof.checks] == [CheckOutcome.PASS]


def test_a_mail_stored_with_bare_line_feeds_or_a_mix_is_as_good(given: SimpleNamespace) -> None:
    mail = signed(MAIL, given.SHOP, canon="simple/simple")
    half = len(mail) // 2
    assert given.judged(mail.replace(b"\r\n", b"\n")).verdict is Proof.PROVEN
    assert given.judged(mail[:half].replace(b"\r\n", b"\n") + mail[half:]).verdict is Proof.PROVEN


def test_an_attached_original_is_judged_by_its_own_bytes(given: SimpleNamespace) -> None:
    forward = signed(MAIL.replace(b"orders@shop", b"ann@mail"), given.MEMBER)
    original = signed(MAIL, given.SHOP)
    assert given.judged(forward, original=original).verdict is Proof.PROVEN
    assert given.judged(original, original=MAIL).verdict is Proof.UNPROVEN


def test_a_mail_without_a_signature_is_unproven(given: SimpleNamespace) -> None:
    proof = given.judged(MAIL)
    assert (proof.verdict, proof.domain) == (Proof.UNPROVEN, "")
    assert proof.checks[0].outcome is CheckOutcome.ABSENT


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"3.99", b"1.99"),
        (b"Your order 4471", b"Your order 4472"),
        (b"ann@mail.example", b"bob@mail.example"),
        (b"Corner Shop", b"Other Shop"),
    ],
)
def test_a_changed_mail_is_contradicted(given: SimpleNamespace, before: bytes, after: bytes) -> None:
    proof = given.judged(signed(MAIL, given.SHOP).replace(before, after))
    assert proof.verdict is Proof.CONTRADICTED
    assert "changed after signing" in given.said(proof)


def test_a_changed_text_is_contradicted_even_when_the_key_is_gone(given: SimpleNamespace) -> None:
    changed = signed(MAIL, given.SHOP).replace(b"3.99", b"1.99")
    assert given.judged(changed, resolver=given.CountingResolver({})).verdict is Proof.CONTRADICTED
    assert given.judged(changed, resolver=given.SilentResolver()).verdict is Proof.CONTRADICTED
    header_only = signed(MAIL, given.SHOP).replace(b"order 4471", b"order 1")
    assert given.judged(header_only, resolver=given.CountingResolver({})).verdict is Proof.UNPROVEN


def test_a_second_from_line_is_contradicted_wherever_it_stands(given: SimpleNamespace) -> None:
    mail = signed(MAIL, given.SHOP)
    forged = b"From: orders@shop.example\r\n"
    for injected in (forged + mail, mail.replace(b"To: Ann", forged + b"To: Ann", 1)):
        assert given.judged(injected).verdict is Proof.CONTRADICTED
    assert given.judged(forged + signed(MAIL, given.STRANGER)).verdict is Proof.CONTRADICTED


def test_two_authors_in_one_line_prove_nothing(given: SimpleNamespace) -> None:
    two = MAIL.replace(b"<orders@shop.example>", b"<orders@shop.example>, eve@stranger.example")
    assert given.judged(signed(two, given.SHOP)).verdict is Proof.UNPROVEN


@pytest.mark.parametrize("name", ["Subject", "Date", "Content-Type", "MIME-Version"])
def test_a_line_put_above_the_signed_one_leaves_the_mail_unproven(given: SimpleNamespace, name: str) -> None:
    proof = given.judged(f"{name}: other\r\n".encode() + signed(MAIL, given.SHOP))
    assert proof.verdict is Proof.UNPROVEN
    assert f"2 {name.title()} lines" in given.said(proof)


def test_two_lines_prove_nothing_even_if_both_were_signed(given: SimpleNamespace) -> None:
    two = MAIL.replace(b"Subject:", b"Subject: FW\r\nSubject:")
    assert given.judged(signed(two, given.SHOP, covered=(*COVERED, "subject"))).verdict is Proof.UNPROVEN


def test_another_domains_signature_says_nothing_of_the_author(given: SimpleNamespace) -> None:
    assert given.judged(signed(MAIL, given.SENDING_SERVICE)).verdict is Proof.UNPROVEN
    assert given.judged(signed(MAIL, given.SHOP), author="orders@other.example").verdict is Proof.UNPROVEN


def test_neighbours_under_one_public_suffix_are_strangers(given: SimpleNamespace) -> None:
    mine, neighbour = rsa_key("mine.co.uk"), rsa_key("yours.co.uk")
    suffix = rsa_key("co.uk")
    dns = given.CountingResolver({key.name: key.record() for key in (mine, neighbour, suffix)})
    mail = MAIL.replace(b"orders@shop.example", b"orders@mine.co.uk")
    for key, verdict in ((mine, Proof.PROVEN), (neighbour, Proof.UNPROVEN), (suffix, Proof.UNPROVEN)):
        assert given.judged(signed(mail, key), author="o@mine.co.uk", resolver=dns).verdict is verdict


def test_shops_of_one_shop_builder_are_strangers(given: SimpleNamespace) -> None:
    key = rsa_key("evil.myshopify.com")
    mail = signed(MAIL.replace(b"@shop.example", b"@good.myshopify.com"), key)
    dns = given.CountingResolver({key.name: key.record()})
    assert given.judged(mail, author="orders@good.myshopify.com", resolver=dns).verdict is Proof.UNPROVEN


def test_any_good_signature_of_the_author_is_enough(given: SimpleNamespace) -> None:
    broken = signed(MAIL, given.SHOP).replace(b"b=", b"b=AAAA", 1)
    assert given.judged(signed(broken, given.SHOP_MAILER)).verdict is Proof.PROVEN
    assert given.judged(signed(signed(MAIL, given.SHOP), given.SENDING_SERVICE)).verdict is Proof.PROVEN


def test_a_strangers_broken_signature_counts_only_when_nothing_else_holds(given: SimpleNamespace) -> None:
    stale = signed(MAIL.replace(b"3.99", b"1.99"), given.STRANGER).split(b"From:")[0]
    assert given.judged(stale + MAIL).verdict is Proof.CONTRADICTED
    assert given.judged(stale + signed(MAIL, given.SENDING_SERVICE)).verdict is Proof.UNPROVEN
    assert given.judged(stale + signed(MAIL, given.SHOP)).verdict is Proof.PROVEN


def test_a_length_limit_never_proves(given: SimpleNamespace) -> None:
    whole = len(MAIL.split(b"\r\n\r\n")[1])
    mail = signed(MAIL, given.SHOP, canon="relaxed/simple", length=whole)
    for each in (mail, mail + b"Oats 500 g   399.00\r\n"):
        proof = given.judged(each)
        assert proof.verdict is Proof.UNPROVEN
        assert "anyone may have added the rest" in given.said(proof)
    assert given.judged(mail.replace(b"3.99", b"1.99")).verdict is Proof.CONTRADICTED


def test_weak_keys_and_old_hashes_never_prove(given: SimpleNamespace) -> None:
    weak = rsa_key("shop.example", "weak", bits=768)
    dns = given.CountingResolver({weak.name: weak.record()})
    assert "768 bits" in given.said(proof := given.judged(signed(MAIL, weak), resolver=dns))
    assert proof.verdict is Proof.UNPROVEN
    old = given.judged(signed(MAIL, given.SHOP, algorithm="rsa-sha1"))
    assert "SHA-1" in given.said(old)
    assert old.verdict is Proof.UNPROVEN


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (None, "publishes no such key"),
        ("v=DKIM1; p=", "revoked"),
        ("v=DKIM1; p=no base64!", "cannot be used"),
        ("v=DKIM1; p=AAAA", "cannot be used"),
        ("v=DKIM2; p=AAAA", "publishes no such key"),
        ("v=spf1 -all", "publishes no such key"),
        ("v=DKIM1; k=rot13; p=AAAA", "cannot be used"),
        ("", "publishes no such key"),
    ],
)
def test_a_key_that_is_gone_or_useless_leaves_the_mail_unproven(
    given: SimpleNamespace, record: str | None, sentence: str
) -> None:
    dns = {} if record is None else {given.SHOP.name: record}
    proof = given.judged(signed(MAIL, given.SHOP), resolver=given.CountingResolver(dns))
    assert proof.verdict is Proof.UNPROVEN
    assert sentence in given.said(proof)
    assert proof.checks[0].outcome is CheckOutcome.UNKNOWN
    assert not proof.unanswered


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [({"s": "tlsrpt"}, "cannot be used"), ({"h": "sha1"}, "not for signatures of this kind")],
)
def test_a_key_for_something_else_is_no_key(
    given: SimpleNamespace, tags: dict[str, str], sentence: str
) -> None:
    dns = given.CountingResolver({given.SHOP.name: given.SHOP.record(**tags)})
    proof = given.judged(signed(MAIL, given.SHOP), resolver=dns)
    assert proof.verdict is Proof.UNPROVEN
    assert sentence in given.said(proof)


def test_a_key_in_trial_is_noted_and_its_failure_counts_for_nothing(given: SimpleNamespace) -> None:
    dns = given.CountingResolver({given.SHOP.name: given.SHOP.record(t="y")})
    proof = given.judged(signed(MAIL, given.SHOP), resolver=dns)
    assert proof.verdict is Proof.PROVEN
    assert "for tests" in given.said(proof)
    changed = signed(MAIL, given.SHOP).replace(b"order 4471", b"order 1")
    assert given.judged(changed, resolver=dns).verdict is Proof.UNPROVEN


def test_a_key_for_the_domain_alone_signs_for_no_subdomain(given: SimpleNamespace) -> None:
    dns = given.CountingResolver({given.SHOP.name: given.SHOP.record(t="s")})
    inside = signed(MAIL, given.SHOP, tags={"i": "@news.shop.example"})
    assert given.judged(inside, resolver=dns).verdict is Proof.UNPROVEN
    assert given.judged(signed(MAIL, given.SHOP), resolver=dns).verdict is Proof.PROVEN


def test_a_signature_must_cover_the_author_and_says_what_else_it_leaves_out(given: SimpleNamespace) -> None:
    without = given.judged(signed(MAIL, given.SHOP, covered=("to", "subject", "date")))
    assert without.verdict is Proof.UNPROVEN
    assert "leaves the From line out" in given.said(without)
    only = given.judged(signed(MAIL, given.SHOP, covered=("from",)))
    assert only.verdict is Proof.UNPROVEN
    assert "shop.example did not sign the Date line" in given.said(only)


def test_an_end_date_is_judged_by_the_day_of_receipt(given: SimpleNamespace) -> None:
    week = timedelta(days=7)
    mail = signed(MAIL, given.SHOP, tags={"t": str(SIGNED_AT), "x": str(SIGNED_AT + 3 * 86_400)})
    assert given.judged(mail, received_at=given.RECEIVED).verdict is Proof.PROVEN
    late = given.judged(mail, received_at=given.RECEIVED + week)
    assert (late.verdict, late.domain) == (Proof.SUPPORTED, "shop.example")
    assert "only until 2026-03-06" in given.said(late)
    assert given.judged(mail, received_at=None).verdict is Proof.SUPPORTED
    stamped = b"Received: from a by mx.us.example; Wed, 04 Mar 2026 09:00:00 +0000\r\n" + mail
    assert given.judged(stamped, received_at=None).verdict is Proof.PROVEN
    changed = mail.replace(b"3.99", b"1.99")
    assert given.judged(changed, received_at=given.RECEIVED + week).verdict is Proof.CONTRADICTED


def test_a_signature_from_the_future_proves_nothing(given: SimpleNamespace) -> None:
    mail = signed(MAIL, given.SHOP, tags={"t": str(SIGNED_AT + 86_400)})
    assert given.judged(mail, received_at=given.RECEIVED).verdict is Proof.UNPROVEN


def test_an_inline_forward_is_unproven_whoever_signed_the_outside(given: SimpleNamespace) -> None:
    forward = MAIL.replace(b"Corner Shop <orders@shop.example>", b"Ann <ann@mail.example>")
    for outside in (forward, signed(forward, given.MEMBER), signed(MAIL, given.SHOP)):
        proof = given.judged(outside, kind_inline=True)
        assert (proof.verdict, proof.domain) == (Proof.UNPROVEN, "")
        assert "carries no proof" in given.said(proof)
    broken = signed(forward, given.MEMBER).replace(b"3.99", b"1.99")
    assert given.judged(broken, kind_inline=True).verdict is Proof.CONTRADICTED
    silent = given.judged(signed(forward, given.MEMBER), kind_inline=True, resolver=given.SilentResolver())
    assert not silent.unanswered


FEW = settings(deadline=None, max_examples=60)
SIMPLE = signed(MAIL, rsa_key("shop.example"), canon="simple/simple")


@FEW
@sampled(at=st.integers(0, len(SIMPLE) - 1), bit=st.integers(0, 7))
def test_no_single_bit_can_be_turned_unseen(given: SimpleNamespace, at: int, bit: int) -> None:
    """All is covered but line ends, which are normalised, and blanks within the signature itself."""
    turned = bytes([SIMPLE[at] ^ (1 << bit)])
    changed = SIMPLE[:at] + turned + SIMPLE[at + 1 :]
    proof = given.judged(changed)
    spaceless = (b"".join(SIMPLE.split()), b"".join(changed.split()))
    unseen = SIMPLE[at : at + 1] in b"\r\n" or spaceless[0] == spaceless[1]
    name_only = SIMPLE[at : at + 1].lower() == turned.lower() and changed[:at].count(b"\n") == 0
    if not (unseen or name_only):
        assert proof.verdict is not Proof.PROVEN


@FEW
@sampled(
    at=st.integers(0, len(MAIL.split(b"\r\n\r\n")[1]) - 1),
    text=st.binary(max_size=4),
)
def test_no_other_text_can_be_put_in_unseen(given: SimpleNamespace, at: int, text: bytes) -> None:
    """Relaxed canonicalisation lets blanks grow and shrink, and nothing else."""
    mail = signed(MAIL, given.SHOP)
    start = mail.index(b"\r\n\r\n") + 4
    changed = mail[: start + at] + text + mail[start + at + 1 :]
    if b"".join(changed.split()) != b"".join(mail.split()):
        assert given.judged(changed).verdict is not Proof.PROVEN
