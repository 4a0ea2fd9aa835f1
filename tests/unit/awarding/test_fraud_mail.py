"""What a mail's proof and its sender mean for a receipt."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from awarding.fraud import mail_proof, sender_trust, velocity
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.retailer_domains import (
    imitated,
    known_domains,
    known_retailers,
    retailer_of,
    retailers_named,
)
from receipts.fraud import Finding, FraudSignal, Risk, Strength
from receipts.proof import DNS_CHECK, CheckOutcome, MailProof, Proof, ProofCheck, SenderTrust, SentBy
from receipts.receipt import Retailer

POLICY = ScreenPolicy()
ACCUSING = re.compile(
    r"fraud|fake|forg|cheat|suspi|abus|manipul|duplicate|violat|tamper|spoof", re.IGNORECASE
)
STRONG = (Finding.SUSPECT, Strength.STRONG)
WEAK = (Finding.SUSPECT, Strength.WEAK)
CLEAR = (Finding.CLEAR, Strength.WEAK)


def sent(
    verdict: Proof,
    author: str,
    *,
    trust: SenderTrust = SenderTrust.SECRET_ADDRESS,
    unanswered: bool = False,
) -> SentBy:
    domain = author.partition("@")[2] if verdict in {Proof.PROVEN, Proof.SUPPORTED} else ""
    checks = (ProofCheck("dkim", CheckOutcome.ABSENT, "", "The message carries no signature."),)
    if unanswered:
        checks = (ProofCheck(DNS_CHECK, CheckOutcome.UNKNOWN, "", "The DNS did not answer."),)
    return SentBy(trust, MailProof(verdict, domain, checks), author)


def found(make: SimpleNamespace, retailer: str, sent_by: SentBy | None, *own: str) -> FraudSignal:
    read = make.receipt(retailer=Retailer(name=retailer))
    return mail_proof.check(make.evidence(read, sent_by=sent_by, retailer_domains=frozenset(own)), POLICY)


@pytest.mark.parametrize(
    ("verdict", "author", "retailer", "weighs"),
    [
        (Proof.PROVEN, "ebon@mailing.rewe.de", "REWE Markt Muster oHG", CLEAR),
        (Proof.SUPPORTED, "no-reply@walmart.com", "WAL-MART", CLEAR),
        (Proof.CONTRADICTED, "no-reply@walmart.com", "Walmart", STRONG),
        (Proof.UNPROVEN, "no-reply@walmart.com", "Walmart", CLEAR),
        (Proof.UNPROVEN, "", "Walmart", CLEAR),
        (Proof.PROVEN, "no-reply@walmart.com", "Target", STRONG),
        (Proof.SUPPORTED, "no-reply@walmart.com", "Target", STRONG),
        (Proof.UNPROVEN, "no-reply@walmart.com", "Target", WEAK),
        (Proof.PROVEN, "no-reply@walmart.com", "Corner Market", CLEAR),
        (Proof.PROVEN, "hello@corner-market.example", "Corner Market", CLEAR),
        (Proof.PROVEN, "ann@gmail.com", "Tesco", CLEAR),
        (Proof.PROVEN, "noreply@wolt.com", "Carrefour", CLEAR),
        (Proof.PROVEN, "order@amazon.de", "REWE", CLEAR),
        (Proof.PROVEN, "shop@amazon-de.com", "Amazon.de", STRONG),
        (Proof.PROVEN, "shop@rewe.de", "www.walmart.com", STRONG),
        (Proof.UNPROVEN, "noreply@wolt.com", "Carrefour", CLEAR),
        (Proof.PROVEN, "shop@arnazon.com", "Amazon", STRONG),
        (Proof.UNPROVEN, "shop@tesco-receipts.com", "Tesco Express", STRONG),
        (Proof.PROVEN, "shop@tesco-receipts.com", "Corner Market", CLEAR),
        (Proof.PROVEN, "shop@xn--walmrt-6nf.com", "Walmart", STRONG),
        (Proof.PROVEN, "shop@coop.se", "Coop", CLEAR),
        (Proof.PROVEN, "shop@tesco.hu", "Tesco", CLEAR),
        (Proof.PROVEN, "x@walmart.com", "", CLEAR),
    ],
)
def test_a_proof_weighs_by_whose_domain_it_is(
    make: SimpleNamespace,
    verdict: Proof,
    author: str,
    retailer: str,
    weighs: tuple[Finding, Strength],
) -> None:
    signal = found(make, retailer, sent(verdict, author))
    assert (signal.finding, signal.strength) == weighs
    assert bool(signal.member_sentence) == (signal.finding is not Finding.CLEAR)
    assert ("mail proof", verdict.value) in {(fact.name, fact.value) for fact in signal.evidence}


def test_an_upload_or_a_text_has_no_mail_to_prove(make: SimpleNamespace) -> None:
    assert found(make, "Tesco", None).finding is Finding.CLEAR
    assert found(make, "Tesco", SentBy(SenderTrust.CARRIER, None)).finding is Finding.CLEAR


def test_a_signature_that_could_not_be_looked_up_is_unknown_and_holds(make: SimpleNamespace) -> None:
    unknown = found(make, "Tesco", sent(Proof.UNPROVEN, "a@tesco.com", unanswered=True))
    assert unknown.finding is Finding.UNKNOWN
    assert "DNS did not answer" in unknown.reviewer_sentence
    supported = found(make, "Tesco", sent(Proof.SUPPORTED, "a@tesco.com", unanswered=True))
    assert supported.finding is Finding.CLEAR


def test_a_program_adds_domains_of_its_own(make: SimpleNamespace) -> None:
    mail = sent(Proof.PROVEN, "bon@post.tesco-receipts.com")
    assert found(make, "Tesco", mail).finding is Finding.SUSPECT
    signal = found(make, "Tesco", mail, "tesco-receipts.com")
    assert signal.finding is Finding.CLEAR
    assert "a domain of Tesco" in signal.reviewer_sentence
    assert known_domains("Corner Market", own={"CORNER MARKET Inc.": ["Corner.example."]}) == {
        "corner.example"
    }
    assert "corner.example" not in known_domains("Tesco", own={"Corner Market": ["corner.example"]})


@pytest.mark.parametrize("trust", list(SenderTrust))
def test_only_a_sender_known_by_the_from_line_alone_is_held(
    make: SimpleNamespace, trust: SenderTrust
) -> None:
    signal = sender_trust.check(
        make.evidence(sent_by=sent(Proof.UNPROVEN, "a@b.example", trust=trust)), POLICY
    )
    held = trust is SenderTrust.UNVOUCHED
    assert (signal.finding, signal.strength) == (STRONG if held else CLEAR)
    assert ("personal address" in signal.member_sentence) == held
    assert sender_trust.check(make.evidence(), POLICY).finding is Finding.CLEAR


def test_an_honest_inline_forward_to_the_secret_address_passes(make: SimpleNamespace) -> None:
    screening = make.screened(make.evidence(sent_by=sent(Proof.UNPROVEN, "order@shop.example")))
    assert screening.risk is Risk.CLEAR


@pytest.mark.parametrize("verdict", list(Proof))
def test_a_proof_by_the_retailer_lengthens_the_day_and_nothing_else_does(
    make: SimpleNamespace, verdict: Proof
) -> None:
    read = make.receipt(retailer=Retailer(name="Tesco"))

    def day(count: int, author: str) -> bool:
        given = make.evidence(read, sent_by=sent(verdict, author), receipts_today=count)
        return velocity.check(given, POLICY).finding is Finding.CLEAR

    assert day(10, "a@tesco.com")
    assert day(11, "a@tesco.com") == (verdict is Proof.PROVEN)
    assert day(30, "a@tesco.com") == (verdict is Proof.PROVEN)
    assert not day(31, "a@tesco.com")
    assert not day(11, "a@gmail.com")
    assert not day(11, "a@walmart.com")


def test_a_proof_relaxes_no_other_check(make: SimpleNamespace) -> None:
    """Each other check's finding on a doubtful receipt is the same with the best proof as without a mail."""
    read = make.receipt(retailer=Retailer(name="Tesco"), balanced=False, total=None, date=None)
    earlier = make.earlier()
    doubtful = make.evidence(read, same_bytes=(earlier,), same_facts=(earlier,), receipts_today=31)
    proven = make.evidence(
        read,
        same_bytes=(earlier,),
        same_facts=(earlier,),
        receipts_today=31,
        sent_by=sent(Proof.PROVEN, "a@tesco.com"),
    )
    about_mail = {mail_proof.NAME, sender_trust.NAME, velocity.NAME}
    without, with_proof = (
        {each.check: each for each in make.screened(given).signals if each.check not in about_mail}
        for given in (doubtful, proven)
    )
    assert without == with_proof
    assert without["same_bytes"].strength is Strength.STRONG


def test_a_policy_never_makes_a_proof_stricter() -> None:
    assert ScreenPolicy(max_receipts_per_day=2, proven_factor=1).receipts_passed_per_day(proven=True) == 2
    with pytest.raises(ValueError, match="proven_factor"):
        ScreenPolicy(proven_factor=0)


def test_no_sentence_for_members_accuses(make: SimpleNamespace) -> None:
    signals = [
        found(make, retailer, sent(verdict, author, unanswered=unanswered))
        for verdict in Proof
        for retailer in ("Tesco", "Target")
        for author in ("a@tesco.com", "a@tesco-shop.com", "a@b.example")
        for unanswered in (False, True)
    ]
    signals.append(
        sender_trust.check(make.evidence(sent_by=sent(Proof.PROVEN, "", trust=SenderTrust.UNVOUCHED)), POLICY)
    )
    spoken = {signal.member_sentence for signal in signals} - {""}
    assert len(spoken) == 4
    assert not [sentence for sentence in spoken if ACCUSING.search(sentence)]
    assert all("one of us" in sentence.lower() for sentence in spoken)


def test_the_list_of_retailers_is_in_order() -> None:
    retailers = known_retailers()
    domains = [domain for retailer in retailers for domain in retailer.domains]
    assert len(retailers) >= 150
    assert len(domains) == len(set(domains))
    assert all(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", domain) for domain in domains)
    assert all(name for retailer in retailers for name in retailer.names)
    for retailer in retailers:
        assert all(retailer in retailers_named(name) for name in retailer.names), retailer.names
        assert all(retailer_of(f"mail.{domain}") == retailer for domain in retailer.domains)


def test_no_known_retailer_is_taken_for_an_imitation_of_another() -> None:
    assert [domain for each in known_retailers() for domain in each.domains if imitated(domain)] == []


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("arnazon.com", "amazon"),
        ("amazom.com", "amazon"),
        ("wa1mart.com", "walmart"),
        ("tesco-receipts.com", "tesco"),
        ("mail.my-tesco.co", "tesco"),
        ("tesco.shop", "tesco"),
        ("amazon.com.orders.example", "amazon"),
        ("xn--walmrt-6nf.com", "walmart"),
    ],
)
def test_an_imitated_domain_is_seen(domain: str, name: str) -> None:
    assert name in {each for retailer in imitated(domain) for each in retailer.names}


@pytest.mark.parametrize(
    "domain",
    [
        "",
        "com",
        "co.uk",
        "gmail.com",
        "icloud.com",
        "cosco.com",
        "tesco.hu",
        "dm-werbung.de",
        "xn--a",
        "..",
        "a",
    ],
)
def test_other_domains_imitate_nobody(domain: str) -> None:
    assert imitated(domain) == ()
