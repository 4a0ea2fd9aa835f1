"""Seals of servers on the way (ARC), and the results of our own server."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ingest.email.authentication_results import passed_for, read_results
from ingest.email.proof import ProofTrust, vouched
from ingest.email.resolver import FixedResolver
from receipts.proof import CheckOutcome, Proof
from tests.support.signing import MAIL, sealed, signed

SAW_SHOP = "mx.relay.example; dkim=pass header.d=shop.example; spf=pass smtp.mailfrom=b@bulk.example"
FOOTER = b"-- \r\nforwarded by a rule\r\n"


@pytest.fixture(scope="module")
def forwarded(given: SimpleNamespace) -> bytes:
    """The shop's mail, broken by a footer and then sealed by the server that put it there."""
    return sealed(signed(MAIL, given.SHOP) + FOOTER, given.RELAY, results=SAW_SHOP)


def test_a_trusted_seal_supports_what_its_server_saw(given: SimpleNamespace, forwarded: bytes) -> None:
    proof = given.judged(forwarded, sealers=("relay.example",))
    assert (proof.verdict, proof.domain) == (Proof.SUPPORTED, "shop.example")
    assert "relay.example, which we trust to look" in given.said(proof)


@pytest.mark.parametrize("sealers", [(), ("other.example",), ("elay.example",), ("",)])
def test_a_seal_of_anybody_else_is_not_even_looked_at(
    given: SimpleNamespace, forwarded: bytes, sealers: tuple[str, ...]
) -> None:
    dns = given.CountingResolver()
    proof = given.judged(forwarded, sealers=sealers, resolver=dns)
    assert proof.verdict is Proof.CONTRADICTED
    assert given.RELAY.name not in dns.asked


def test_text_changed_after_the_seal_gets_no_support(given: SimpleNamespace, forwarded: bytes) -> None:
    proof = given.judged(forwarded.replace(b"3.99", b"1.99"), sealers=("relay.example",))
    assert proof.verdict is Proof.CONTRADICTED
    assert "chain of seals does not hold" in given.said(proof)


@pytest.mark.parametrize(
    "results",
    [
        "mx.relay.example; dkim=pass header.d=bulk-mailer.example",
        "mx.relay.example; dkim=fail header.d=shop.example",
        "mx.relay.example; spf=pass smtp.mailfrom=a@shop.example",
        "mx.relay.example; none",
        "mx.relay.example; dkim=pass header.d=shop.example; dkim",
    ],
)
def test_a_seal_over_anything_less_gives_no_support(given: SimpleNamespace, results: str) -> None:
    mail = sealed(MAIL, given.RELAY, results=results)
    assert given.judged(mail, sealers=("relay.example",)).verdict is Proof.UNPROVEN


def test_dmarc_seen_by_a_trusted_server_supports(given: SimpleNamespace) -> None:
    mail = sealed(MAIL, given.RELAY, results="mx.relay.example; dmarc=pass (p=none) header.from=shop.example")
    assert given.judged(mail, sealers=("relay.example",)).verdict is Proof.SUPPORTED


def test_a_stranger_cannot_put_new_text_under_an_old_seal(given: SimpleNamespace, forwarded: bytes) -> None:
    """The old set still holds by itself; only the newest message signature must match the text."""
    changed = forwarded.replace(b"3.99", b"399.00")
    resealed = sealed(changed, given.STRANGER, results="mx.stranger.example; arc=pass", instance=2)
    proof = given.judged(resealed, sealers=("relay.example",))
    assert proof.verdict is Proof.CONTRADICTED
    untouched = sealed(forwarded, given.STRANGER, results="mx.stranger.example; arc=pass", instance=2)
    assert given.judged(untouched, sealers=("relay.example",)).verdict is Proof.SUPPORTED
    claiming = sealed(changed, given.STRANGER, results=SAW_SHOP, instance=2)
    assert given.judged(claiming, sealers=("relay.example",)).verdict is Proof.CONTRADICTED


def test_a_chain_that_reports_a_failure_or_misses_a_part_gives_no_support(
    given: SimpleNamespace, forwarded: bytes
) -> None:
    failed = sealed(forwarded, given.RELAY, results="mx.relay.example; arc=fail", instance=2, cv="fail")
    gap = sealed(forwarded, given.RELAY, results=SAW_SHOP, instance=3)
    without = forwarded[forwarded.index(b"ARC-Message-Signature") :]
    odd = forwarded.replace(b"ARC-Message-Signature: i=1;", b"ARC-Message-Signature:i=1 ;")
    for mail in (failed, gap, without, odd):
        assert given.judged(mail, sealers=("relay.example",)).verdict is Proof.CONTRADICTED


def test_seals_without_a_key_or_an_answer_are_said_to_be_unchecked(
    given: SimpleNamespace, forwarded: bytes
) -> None:
    unsigned = forwarded.replace(b"DKIM-Signature:", b"X-Was-Signed:")
    gone = given.judged(unsigned, sealers=("relay.example",), resolver=given.CountingResolver({}))
    assert gone.verdict is Proof.UNPROVEN
    assert not gone.unanswered
    assert "could not be checked" in given.said(gone)
    silent = given.judged(unsigned, sealers=("relay.example",), resolver=given.SilentResolver())
    assert silent.verdict is Proof.UNPROVEN
    assert silent.unanswered


OURS = b"Authentication-Results: mx.us.example;\r\n\t"


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        (b"dmarc=pass (p=REJECT dis=NONE) header.from=shop.example", Proof.SUPPORTED),
        (b"spf=pass smtp.mailfrom=bounce@news.shop.example", Proof.SUPPORTED),
        (b"dkim=pass header.i=@shop.example header.s=sel; spf=fail smtp.mailfrom=x.example", Proof.SUPPORTED),
        (b"dkim=fail header.d=shop.example; dkim=pass header.d=shop.example", Proof.SUPPORTED),
        (b"dmarc=fail header.from=shop.example", Proof.UNPROVEN),
        (b"dmarc=pass header.from=other.example", Proof.UNPROVEN),
        (b"spf=pass smtp.mailfrom=bulk-mailer.example", Proof.UNPROVEN),
        (b"spf=pass smtp.helo=shop.example", Proof.UNPROVEN),
        (b"dmarc=pass header.from=shop.example; dmarc=fail header.from=shop.example", Proof.UNPROVEN),
        (b"none", Proof.UNPROVEN),
        (b"(dmarc=pass header.from=shop.example)", Proof.UNPROVEN),
        (b'spf=pass smtp.mailfrom="x; dmarc=pass header.from=shop.example"@evil.example', Proof.UNPROVEN),
        (b"spf=pass smtp.mailfrom=x dmarc=pass header.from=shop.example", Proof.UNPROVEN),
        (b"dmarc=pass header.from=shop.example (never ends", Proof.UNPROVEN),
        (b"dmarc=pass header.from=shop.example header.from=evil.example", Proof.UNPROVEN),
        (b"dmarc=great header.from=shop.example", Proof.UNPROVEN),
    ],
)
def test_our_own_servers_results_support_the_author(
    given: SimpleNamespace, results: bytes, verdict: Proof
) -> None:
    mail = OURS + results + b"\r\n" + MAIL
    assert given.judged(mail, servers=("MX.us.example",)).verdict is verdict
    assert given.judged(mail).verdict is Proof.UNPROVEN


def test_only_the_topmost_results_count_and_only_on_the_mail_itself(given: SimpleNamespace) -> None:
    pass_ = b"dmarc=pass header.from=shop.example\r\n"
    forged = OURS + b"dmarc=fail header.from=shop.example\r\n" + OURS + pass_ + MAIL
    foreign = b"Authentication-Results: mx.evil.example; none\r\n" + OURS + pass_ + MAIL
    attached = OURS + pass_ + MAIL
    assert given.judged(forged, servers=("mx.us.example",)).verdict is Proof.UNPROVEN
    assert given.judged(foreign, servers=("mx.us.example",)).verdict is Proof.UNPROVEN
    assert given.judged(MAIL, original=attached, servers=("mx.us.example",)).verdict is Proof.UNPROVEN
    assert given.judged(attached, servers=("mx.us.example",)).verdict is Proof.SUPPORTED


def test_a_mail_that_our_own_server_changed_is_still_supported(given: SimpleNamespace) -> None:
    marked = signed(MAIL, given.SHOP).replace(b"Subject: ", b"Subject: [EXTERNAL] ")
    mail = OURS + b"dkim=pass header.d=shop.example\r\n" + marked
    assert given.judged(mail, servers=("mx.us.example",)).verdict is Proof.SUPPORTED


def test_results_are_read_as_large_providers_write_them() -> None:
    google = read_results(
        b' mx.google.com;\r\n       dkim=pass header.i=@shop.example header.s=a header.b="x/y+z=";\r\n'
        b"       spf=pass (google.com: domain of a@b.example designates 192.0.2.1 (yes) as sender)\r\n"
        b'       smtp.mailfrom="a+caf_=b=c"@b.example;\r\n'
        b"       dmarc=pass (p=REJECT sp=REJECT) header.from=shop.example"
    )
    assert google is not None
    assert [(each.method, each.result) for each in google.results] == [
        ("dkim", "pass"),
        ("spf", "pass"),
        ("dmarc", "pass"),
    ]
    assert google.results[1].value("smtp.mailfrom") == "a+caf_=b=c@b.example"
    microsoft = read_results(
        b"i=1; mx.microsoft.com 1; spf=pass smtp.mailfrom=shop.example; dmarc=pass action=none"
        b" header.from=shop.example; dkim=pass header.d=shop.example; arc=none",
        sealed=True,
    )
    assert microsoft is not None
    assert microsoft.server == "mx.microsoft.com"
    assert passed_for(microsoft, "www.shop.example", methods=("dmarc",)) == "dmarc"


def test_a_domain_vouches_for_its_sender_by_signature_or_by_our_server(given: SimpleNamespace) -> None:
    mail = MAIL.replace(b"Corner Shop <orders@shop.example>", b"Ann <ann@mail.example>")
    trust = ProofTrust(authserv_ids=frozenset({"mx.us.example"}))

    def asked(raw: bytes, resolver: object = None) -> CheckOutcome:
        dns = resolver or FixedResolver(given.DNS)
        return vouched(raw, sender="ann@mail.example", resolver=dns, trust=trust).outcome

    own = signed(mail, given.MEMBER)
    assert asked(own) is CheckOutcome.PASS
    assert asked(OURS + b"spf=pass smtp.mailfrom=ann@mail.example\r\n" + mail) is CheckOutcome.PASS
    assert asked(mail) is CheckOutcome.ABSENT
    assert asked(signed(mail, given.STRANGER)) is CheckOutcome.ABSENT
    assert (
        asked(sealed(mail, given.RELAY, results="r; dkim=pass header.d=mail.example")) is CheckOutcome.ABSENT
    )
    assert asked(own.replace(b"3.99", b"1.99")) is CheckOutcome.FAIL
    assert asked(own, given.SilentResolver()) is CheckOutcome.UNKNOWN
    assert asked(b"no mail at all \xff\x00") is CheckOutcome.ABSENT
    assert asked(signed(MAIL, given.SHOP)) is CheckOutcome.ABSENT
