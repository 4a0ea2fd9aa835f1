"""What PDFs say of their own history, and where mails' links lead."""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awarding.fraud import mail_links, pdf_history
from awarding.fraud.files.base import (
    MailLinks,
    NotExamined,
    PdfHistory,
    SameMaker,
    history_from,
    maker,
)
from awarding.fraud.files.links import mail_links as links_of
from awarding.fraud.files.links import registrable
from awarding.fraud.files.pdf_child import look_into, revision_ends
from awarding.fraud.policy import ScreenPolicy
from fixtures.generator.sample import Kind, draw_sample
from fixtures.pdf_edits import PdfEdit, edited_pdf, text_runs
from receipts.fraud import Finding, FraudSignal, Strength
from receipts.receipt import Retailer

SOUND = PdfHistory("iText 2.1.7 by 1T3XT", "", "", "", 1)
CLEAR, WEAK, STRONG = (
    (Finding.CLEAR, Strength.WEAK),
    (Finding.SUSPECT, Strength.WEAK),
    (Finding.SUSPECT, Strength.STRONG),
)


@cache
def made() -> bytes:
    return draw_sample(
        "history", kind=Kind.PDF_TEXT, purchased_on=dt.date(2026, 3, 5), layout="sections"
    ).data


def total() -> str:
    return [run for run in text_runs(made()) if re.fullmatch(r"\d+[.,]\d\d", run)][-1]


def told(make: SimpleNamespace, history: PdfHistory | NotExamined, **more: object) -> FraudSignal:
    return pdf_history.check(replace(make.evidence(), pdf=history, **more), ScreenPolicy())


def weighed(signal: FraudSignal) -> tuple[Finding, Strength]:
    return signal.finding, signal.strength


@pytest.mark.parametrize(("letters", "found"), [(9_000, True), (30_000, False)])
def test_runs_of_a_page_are_compared_only_where_that_takes_a_bounded_time(letters: int, found: bool) -> None:
    words = b"(" + b"TOTAL 12.34 " * 20 + b") Tj "
    drawn = b"".join(b"1 0 0 1 20 %d Tm " % (20 + 5 * at) + words for at in range(letters // 240))
    over = b"1 0 0 1 20 760 Tm (12.34) Tj 1 0 0 1 20 760 Tm (98.76) Tj "
    data = page_of(b"BT /F1 4 Tf " + drawn + over + b"ET")
    assert bool(look_into(data)["written_over"]) is found


def page_of(content: bytes) -> bytes:
    parts = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n" % len(content) + content + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    data, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(data))
        data += b"%d 0 obj" % number + part + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(data)
    return data + b"xref\n0 6\n0000000000 65535 f \n" + table + end


def test_turkish_capitals_hide_no_link() -> None:
    page = "<p>" + "SİPARİŞİNİZ İÇİN TEŞEKKÜRLER " * 40 + '<a href="https://shop.example.com/x">shop</a>'
    assert [link.domain for link in links_of(page, "a@example.com").links] == ["example.com"]


def test_a_pdf_as_it_was_made_is_clear(make: SimpleNamespace) -> None:
    found = history_from(look_into(made()))
    assert isinstance(found, PdfHistory)
    assert (found.revisions, found.changes, found.written_over, found.mixed) == (1, (), (), ())
    assert weighed(told(make, found)) == CLEAR
    assert found.font == "Courier"


def test_a_total_that_was_changed_and_saved_shows_what_it_was(make: SimpleNamespace) -> None:
    found = history_from(look_into(edited_pdf(made(), total(), "998.77", PdfEdit.SAVED_AGAIN)))
    assert isinstance(found, PdfHistory)
    assert found.revisions == 2
    signal = told(make, found)
    assert weighed(signal) == STRONG
    assert any(total() in fact.value and "998.77" in fact.value for fact in signal.evidence)


def test_a_number_written_over_another_is_found_where_it_stands(make: SimpleNamespace) -> None:
    found = history_from(look_into(edited_pdf(made(), total(), "998.77", PdfEdit.WRITTEN_OVER)))
    assert isinstance(found, PdfHistory)
    signal = told(make, found)
    assert weighed(signal) == STRONG
    assert [(each.below, each.above) for each in found.written_over] == [(total(), "998.77")]
    assert len(signal.places) == 1


def test_a_number_of_two_fonts_is_noted(make: SimpleNamespace) -> None:
    found = history_from(look_into(edited_pdf(made(), total(), "998.77", PdfEdit.OTHER_FONT)))
    assert isinstance(found, PdfHistory)
    assert [each.text for each in found.mixed] == ["998.77"]
    assert weighed(told(make, found)) == WEAK


def test_saving_again_without_a_change_is_nothing(make: SimpleNamespace) -> None:
    found = history_from(look_into(edited_pdf(made(), total(), total(), PdfEdit.SAVED_AGAIN)))
    assert isinstance(found, PdfHistory)
    assert found.revisions == 2
    assert weighed(told(make, found)) == CLEAR


@pytest.mark.parametrize(
    ("creator", "producer", "weighs"),
    [
        ("Adobe Acrobat Pro 24.1", "", WEAK),
        ("Draw", "LibreOffice 7.0", WEAK),
        ("", "Skia/PDF m116", CLEAR),
        ("Microsoft Reporting Services 9.0", "Mac OS X Quartz PDFContext", CLEAR),
        ("wkhtmltopdf 0.12.3", "Qt 4.8.7", CLEAR),
        ("Crossword till", "WordPress printer", CLEAR),
    ],
)
def test_editors_are_known_by_name(
    make: SimpleNamespace, creator: str, producer: str, weighs: tuple[Finding, Strength]
) -> None:
    assert weighed(told(make, replace(SOUND, creator=creator, producer=producer))) == weighs


def test_other_software_counts_once_enough_of_the_shop_were_seen(make: SimpleNamespace) -> None:
    assert maker(SOUND) == "itext by"
    assert weighed(told(make, SOUND, same_maker=SameMaker(19, 0))) == CLEAR
    assert weighed(told(make, SOUND, same_maker=SameMaker(20, 1))) == CLEAR
    assert weighed(told(make, SOUND, same_maker=SameMaker(20, 0))) == WEAK


def test_what_could_not_be_looked_into_is_unknown_and_holds_nothing(make: SimpleNamespace) -> None:
    assert weighed(told(make, NotExamined("too long"))) == (Finding.UNKNOWN, Strength.WEAK)


def test_members_are_told_kindly(make: SimpleNamespace) -> None:
    words = told(make, replace(SOUND, creator="Sejda")).member_sentence
    assert "have a look" in words or "look at it" in words
    assert not re.search(r"fraud|fake|forg|cheat|suspi|manipul", words, re.IGNORECASE)


def test_a_linearized_file_has_one_revision() -> None:
    # A linearized file begins with a cross-reference section of its own (ISO 32000-1, annex F).
    first = b"%PDF-1.4\n1 0 obj<</Linearized 1>>endobj\nxref\ntrailer\nstartxref\n0\n%%EOF\n"
    whole = first + b"2 0 obj<<>>endobj\nxref\ntrailer\nstartxref\n40\n%%EOF\n"
    assert revision_ends(whole) == [len(whole)]
    assert revision_ends(whole.replace(b"Linearized", b"Ordinary__")) == [len(first), len(whole)]


@pytest.mark.parametrize("filler", [b"%%EOF", b"startxref 9 %%EOF ", b"\x00" * 9, b"<<" * 9])
def test_a_file_of_end_marks_is_looked_at_in_no_time(filler: bytes) -> None:
    started = time.process_time()
    assert len(revision_ends(filler * 300_000)) <= 200
    assert time.process_time() - started < 1


def test_the_child_keeps_control_characters_and_length_out(make: SimpleNamespace) -> None:
    data = edited_pdf(made(), total(), "9" * 900, PdfEdit.WRITTEN_OVER)
    found = json.dumps(look_into(data))
    assert len(found) < 5000
    history = history_from(json.loads(found))
    assert isinstance(history, PdfHistory)
    assert all(len(fact.value) < 400 for fact in told(make, history).evidence)


PAGE = """<a href="https://www.tesco.com/orders/7">Your order</a> <a class=x href='https://click.sendgrid.net/a?b=c'>
<img src="https://tesco-images.net/x.png"></a> <a href=http://facebook.com/tesco>f</a>
<a href="mailto:a@b.example">m</a>"""


def linked(
    make: SimpleNamespace, links: MailLinks | None, name: str = "Tesco", domains: frozenset[str] = frozenset()
) -> FraudSignal:
    evidence = make.evidence(make.receipt(retailer=Retailer(name)))
    return mail_links.check(replace(evidence, links=links, retailer_domains=domains), ScreenPolicy())


def test_links_are_known_by_their_registrable_domains() -> None:
    found = links_of(PAGE, "orders@mail.tesco.com")
    assert found.sender == "tesco.com"
    assert [link.domain for link in found.links] == ["tesco.com", "sendgrid.net", "facebook.com"]
    assert registrable("shop.example.co.uk") == "example.co.uk"
    assert registrable("10.0.0.1") == registrable("") == ""


def test_a_shops_usual_links_are_clear(make: SimpleNamespace) -> None:
    assert weighed(linked(make, links_of(PAGE, "orders@tesco.com"))) == CLEAR
    assert weighed(linked(make, None)) == CLEAR


def test_links_wrapped_by_a_mail_program_are_unwrapped(make: SimpleNamespace) -> None:
    wrapped = (
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.tesco.com%2Forders&data=05",
        "https://www.google.com/url?q=https://www.tesco.com/a&source=gmail",
    )
    page = "".join(f'<a href="{link}">x</a>' for link in wrapped * 2)
    found = links_of(page, "")
    assert [link.domain for link in found.links] == ["tesco.com"]
    assert weighed(linked(make, found)) == CLEAR


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ('<a href="https://tesco-refunds.com/x">Order</a>' * 3, "looks like a domain of Tesco"),
        ('<a href="https://evil.example/x"><b>www.tesco.com/orders</b></a>', "shows tesco.com"),
        ('<a href="https://a.example">a</a><a href="https://b.example">b</a>' * 2, "None of its 4 links"),
    ],
)
def test_links_that_lead_elsewhere_are_noted(make: SimpleNamespace, page: str, said: str) -> None:
    signal = linked(make, links_of(page, "orders@tesco.com"))
    assert weighed(signal) == WEAK
    assert said in signal.reviewer_sentence


def test_a_payment_service_links_to_itself_in_a_mail_that_a_member_passes_on(make: SimpleNamespace) -> None:
    page = "".join(
        f'<a href="https://{host}/x">x</a>' for host in ("www.paypal.com", "facebook.com", "x.com")
    )
    assert weighed(linked(make, links_of(page, "maya@mail.example"), "La Barbiera")) == CLEAR


def test_a_link_that_shows_the_senders_domain_under_an_unknown_ending(make: SimpleNamespace) -> None:
    page = '<a href="https://evil.com/x">shop.example</a>'
    assert weighed(linked(make, links_of(page, "orders@shop.example"), "Nobody's Shop")) == WEAK


def test_without_a_known_domain_links_say_nothing(make: SimpleNamespace) -> None:
    found = links_of('<a href="https://a.example">a</a>' * 4, "")
    assert weighed(linked(make, found, "Nobody's Shop")) == (Finding.UNKNOWN, Strength.WEAK)
    known = linked(make, found, "Nobody's Shop", frozenset({"a.example"}))
    assert weighed(known) == CLEAR


@pytest.mark.parametrize(
    "piece",
    [
        "<a ",
        "<a href=",
        '<a href="',
        "<a href='https://x.example/'",
        "<a>" * 3,
        "href=" * 4,
        "&#x41;",
        "a.b." * 9,
    ],
)
def test_a_page_of_a_megabyte_takes_no_time(piece: str) -> None:
    page = piece * (1_000_000 // len(piece))
    started = time.process_time()
    links_of(page, "a@b.example")
    assert time.process_time() - started < 1


@settings(max_examples=25)
@given(st.text(alphabet="<a href=\"'>/:.?&#x%\x00tescom]["), st.text(max_size=20))
def test_no_page_raises(page: str, sender: str) -> None:
    found = links_of(page, sender)
    assert found.count >= len(found.links) >= 0


def test_real_pdfs_are_not_suspected_of_a_change(
    shared_pdfs: tuple[Path, ...], make: SimpleNamespace
) -> None:
    for path in shared_pdfs:
        found = history_from(look_into(path.read_bytes()))
        assert told(make, found).strength is not Strength.STRONG, path.name


@pytest.fixture
def shared_pdfs() -> tuple[Path, ...]:
    import os

    shared = Path(os.environ.get("TILLPOINTS_SHARED") or Path(__file__).parents[4] / "shared")
    found = tuple(sorted((shared / "receipts" / "pdf").glob("*.pdf")))
    if not found:
        pytest.skip("no shared data; name its folder by TILLPOINTS_SHARED")
    return found
