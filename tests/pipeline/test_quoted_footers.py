"""What stands around an e-receipt in its mail: signatures, older mails, small print. None of it is bought."""

from __future__ import annotations

import datetime as dt
import html as html_module
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

import pytest

from ingest.accept import DEFAULT_LIMITS
from ingest.email.forward_lines import line_of
from ingest.email.sections import levels_of
from ocr.document import ReadDefaults
from ocr.engines.base import OcrEngine
from pipeline.mail_reading import read_any
from receipts.errors import Rejection
from receipts.image import MediaType
from receipts.money import Currency
from receipts.receipt import Receipt

DAY = dt.date(2026, 11, 20)
RECEIPT: Final = """Corner Shop
Order confirmation
Order number: 5512-77
Order date: November 20, 2026
Oats 500 g                 3.99
Rye bread                  2.50
Total                      6.49"""
OLD: Final = """Old Mill Store
Receipt
Order number: 1001-23
Date: January 2, 2025
Rice 5 kg                 90.00
Olive oil                  9.00
Total                     99.00"""

WROTE: Final = {
    "en": "On Tue, Nov 17, 2026 at 10:12 AM Ann Miller <ann@mail.example> wrote:",
    "de": "Am 17.11.2026 um 10:12 schrieb Ann Miller <ann@mail.example>:",
    "fr": "Le mar. 17 nov. 2026 à 10:12, Ann Miller <ann@mail.example> a écrit :",
    "es": "El mar, 17 nov 2026 a las 10:12, Ann Miller (<ann@mail.example>) escribió:",
    "it": "Il giorno mar 17 nov 2026 alle ore 10:12 Ann Miller <ann@mail.example> ha scritto:",
    "nl": "Op di 17 nov 2026 om 10:12 schreef Ann Miller <ann@mail.example>:",
    "pt": "Em ter., 17 de nov. de 2026 às 10:12, Ann Miller <ann@mail.example> escreveu:",
    "sv": "Den tis 17 nov. 2026 kl 10:12 skrev Ann Miller <ann@mail.example>:",
    "pl": "wt., 17 lis 2026 o 10:12 Ann Miller <ann@mail.example> napisał(a):",
    "ja": "2026年11月17日(火) 10:12 Ann Miller <ann@mail.example>:",
}
HEADS: Final = {
    "en": ("From", "Sent", "To", "Subject", "Tuesday, November 17, 2026 10:12 AM"),
    "de": ("Von", "Gesendet", "An", "Betreff", "Dienstag, 17. November 2026 10:12"),
    "fr": ("De", "Envoyé", "À", "Objet", "mardi 17 novembre 2026 10:12"),
    "es": ("De", "Enviado", "Para", "Asunto", "martes, 17 de noviembre de 2026 10:12"),
    "it": ("Da", "Inviato", "A", "Oggetto", "martedì 17 novembre 2026 10:12"),
    "nl": ("Van", "Verzonden", "Aan", "Onderwerp", "dinsdag 17 november 2026 10:12"),
    "sv": ("Från", "Skickat", "Till", "Ämne", "den 17 november 2026 10:12"),
    "pl": ("Od", "Wysłano", "Do", "Temat", "wtorek, 17 listopada 2026 10:12"),
}
SMALL_PRINT: Final = {
    "en": "You are receiving this email because you have an account.\nTea, only 4.99 until 31 December 2026",
    "en list": "To stop these mails, unsubscribe here.\nGift cards from Old Mill Store: 25.00",
    "en firm": "This e-mail and any attachments are confidential.\nShare capital 50.00",
    "de": "Sie erhalten diese E-Mail, weil Sie bei uns bestellt haben.\nNur bis 31.12.2026: Tee 4,99",
    "de firm": "Diese E-Mail enthält vertrauliche Angaben.\nOld Mill Store GmbH\nStammkapital: 25.000,00 EUR",
    "fr": "Vous recevez cet e-mail car vous êtes client.\nThé 4,99 jusqu'au 31/12/2026",
    "es": "Este correo y sus archivos son confidenciales.\nTé 4,99",
    "it": "Si prega di non rispondere a questa e-mail.\nTè 4,99",
    "nl": "U ontvangt deze e-mail omdat u klant bent.\nThee 4,99",
    "pt": "Esta mensagem pode conter informação confidencial.\nChá 4,99",
    "sv": "Du får detta mejl för att du är kund.\nTe 4,99",
    "da": "Du modtager denne mail, fordi du er kunde.\nTe 4,99",
    "pl": "Prosimy nie odpowiadać na tę wiadomość.\nHerbata 4,99",
    "signature": "--\nOld Mill Store\nRice 5 kg at 90.00",
    "signature with a blank": "-- \nAnn Miller\nOld Mill Store, call 555 0100, from 9.00",
}
PHONES: Final = (
    "Sent from my iPhone",
    "Von meinem iPhone gesendet",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Inviato da iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Skickat från min iPhone",
    "Wysłane z iPhone'a",
    "Get Outlook for iOS",
)


def no_engine() -> OcrEngine:
    raise AssertionError("there are no pixels to read")


def receipts(
    text: str = "", html: str = "", *, subject: str = "My orders", sender: str = "Maya <maya@mail.example>"
) -> list[Receipt]:
    """All receipts of such a mail."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, "r@till.example", subject
    message["Date"] = "Sat, 21 Nov 2026 08:00:00 +0000"
    message.set_content(text or "-")
    if html:
        message.add_alternative(html, subtype="html")
    answer = read_any(
        message.as_bytes(),
        MediaType.EMAIL,
        engine=no_engine,
        defaults=ReadDefaults(Currency("USD")),
        limits=DEFAULT_LIMITS,
    )
    assert not isinstance(answer, Rejection), answer
    return [reading.receipt for reading in answer]


def read(text: str = "", html: str = "", *, subject: str = "Re: Your order") -> Receipt:
    """The one receipt of such a mail."""
    (receipt,) = receipts(text, html, subject=subject)
    return receipt


def is_the_receipt(found: Receipt) -> bool:
    """Nothing is missing, and nothing is added."""
    told = [(item.description, str(item.amount)) for item in found.items]
    assert told == [("Oats 500 g", "3.99"), ("Rye bread", "2.50")]
    assert (str(found.total), found.date, found.receipt_number) == ("6.49", DAY, "5512-77")
    assert "Old Mill" not in found.retailer.name
    return True


def marked(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


def head(language: str) -> str:
    sender, sent, to, subject, moment = HEADS[language]
    who = f"{sender}: Ann Miller <ann@mail.example>\n{sent}: {moment}\n"
    return f"{who}{to}: shop@shop.example\n{subject}: Rice\n"


def page(text: str) -> str:
    """As a table of rows; other lines as paragraphs."""
    out = []
    for line in text.split("\n"):
        name, _, amount = line.rpartition("  ")
        cells = f"<table><tr><td>{html_module.escape(name.strip())}</td><td>{amount}</td></tr></table>"
        out.append(cells if name else f"<div>{html_module.escape(line)}</div>")
    return "".join(out)


@pytest.mark.parametrize("language", WROTE)
def test_an_older_mail_quoted_with_marks_below_or_above_is_not_bought(language: str) -> None:
    quote = f"{WROTE[language]}\n\n{marked(OLD)}"
    assert is_the_receipt(read(f"{RECEIPT}\n\n{quote}\n"))
    assert is_the_receipt(read(f"{quote}\n\n{RECEIPT}\n"))


@pytest.mark.parametrize("language", HEADS)
def test_an_older_mail_below_its_header_lines_is_not_bought(language: str) -> None:
    below = f"{head(language)}\n{OLD}"
    assert is_the_receipt(read(f"{RECEIPT}\n\n{below}\n"))
    assert is_the_receipt(read(f"{RECEIPT}\n\n-----Original Message-----\n{below}\n"))
    lines = "<br>".join(html_module.escape(line) for line in head(language).strip().split("\n"))
    for top in ('<hr><div id="divRplyFwdMsg">', '<div style="border-top:solid #E1E1E1 1.0pt">'):
        assert is_the_receipt(read(html=f"{page(RECEIPT)}{top}{lines}</div>{page(OLD)}"))


@pytest.mark.parametrize("language", WROTE)
@pytest.mark.parametrize(
    "container",
    [
        '<div class="gmail_quote"><div class="gmail_attr">{0}<br></div>'
        '<blockquote class="gmail_quote">{1}</blockquote></div>',
        '<div class="moz-cite-prefix">{0}<br></div><blockquote type="cite">{1}</blockquote>',
        '<blockquote type="cite"><div>{0}<br></div><div>{1}</div></blockquote>',
        '<div class="yahoo_quoted" id="yahoo_quoted_1"><div>{0}</div><div>{1}</div></div>',
        '<blockquote class="protonmail_quote">{0}<br>{1}</blockquote>',
    ],
    ids=["gmail", "thunderbird", "apple", "yahoo", "proton"],
)
def test_an_older_mail_in_a_programs_container_is_not_bought(language: str, container: str) -> None:
    quote = container.format(html_module.escape(WROTE[language]), page(OLD))
    assert is_the_receipt(read(html=f"<body>{page(RECEIPT)}<br>{quote}</body>"))
    assert is_the_receipt(read(html=f"<body>{quote}<br>{page(RECEIPT)}</body>"))


@pytest.mark.parametrize(
    "words", ["Here you are.", "Please credit this one, I paid 6.49 for it.\nThanks, Maya"]
)
@pytest.mark.parametrize("language", ["en", "de", "pl"])
def test_a_receipt_that_only_the_quote_holds_is_read(language: str, words: str) -> None:
    wrote = WROTE[language].replace("Ann Miller <ann@mail.example>", "Corner Shop <orders@shop.example>")
    assert is_the_receipt(read(f"{words}\n\n{wrote}\n{marked(RECEIPT)}\n"))
    quote = (
        f'<div class="gmail_quote">{html_module.escape(wrote)}<blockquote>{page(RECEIPT)}</blockquote></div>'
    )
    assert is_the_receipt(read(html=f"<div>{words}</div>{quote}"))


def test_small_print_and_older_mails_within_the_quote_are_not_bought_either() -> None:
    shops = f"{RECEIPT}\n\n{SMALL_PRINT['en']}\n\n{WROTE['en']}\n{marked(OLD)}"
    wrote = WROTE["en"].replace("Ann Miller <ann@mail.example>", "Corner Shop <orders@shop.example>")
    assert is_the_receipt(read(f"See below.\n--\nMaya, from 9.00\n\n{wrote}\n{marked(shops)}\n"))


@pytest.mark.parametrize("kind", SMALL_PRINT)
def test_small_print_below_a_receipt_is_not_bought(kind: str) -> None:
    assert is_the_receipt(read(f"{RECEIPT}\n\n{SMALL_PRINT[kind]}\n", subject="Your order"))
    assert is_the_receipt(read(html=page(f"{RECEIPT}\n{SMALL_PRINT[kind]}"), subject="Your order"))


@pytest.mark.parametrize("phone", PHONES)
def test_what_a_phone_adds_is_no_shop_and_no_item(phone: str) -> None:
    found = read(f"{RECEIPT}\n\n{phone}\n\n{WROTE['en']}\n{marked(OLD)}\n")
    assert is_the_receipt(found)
    assert phone not in found.retailer.name


def test_a_rule_of_two_dashes_within_a_receipt_hides_nothing() -> None:
    ruled = RECEIPT.replace("Total ", "--\nTotal ").replace("Oats", "--\nOats")
    assert is_the_receipt(read(f"{ruled}\n", subject="Your order"))


def test_items_that_begin_with_a_mark_are_no_quote() -> None:
    bulleted = RECEIPT.replace("Oats", "> Oats").replace("Rye", "> Rye")
    assert is_the_receipt(read(f"{bulleted}\n", subject="Your order"))


def test_a_link_to_unsubscribe_above_the_items_hides_nothing() -> None:
    above = f"View in your browser | Unsubscribe\n{RECEIPT}"
    assert is_the_receipt(read(f"{above}\n", subject="Your order"))
    assert is_the_receipt(read(html=page(above), subject="Your order"))


def test_two_receipts_each_with_small_print_are_two() -> None:
    other = RECEIPT.replace("5512-77", "5513-78").replace("3.99", "4.99").replace("6.49", "7.49")
    both = f"{RECEIPT}\n\n{SMALL_PRINT['en list']}\n\n{other}\n\n{SMALL_PRINT['de']}\n"
    assert "7.49" in {str(receipt.total) for receipt in receipts(both)}


OTHER: Final = RECEIPT.replace("5512-77", "5513-78").replace("3.99", "4.99").replace("6.49", "7.49")
ONE_ITEM: Final = """Corner Shop
Order number: 5514-79
Order date: November 19, 2026
Coffee                     3.00
Total                      3.00"""


def totals(text: str = "", html: str = "") -> list[str]:
    return [str(receipt.total) for receipt in receipts(text, html)]


@pytest.mark.parametrize("between", ["Please do not reply to this email.", "You received this email.", "--"])
@pytest.mark.parametrize("second", [OTHER, ONE_ITEM])
def test_a_second_order_below_small_print_is_read_as_well(between: str, second: str) -> None:
    both = f"{RECEIPT}\n\n{between}\n\n{second}\n"
    expected = ["6.49", "7.49" if second == OTHER else "3.00"]
    assert totals(both) == expected
    assert totals(html=page(both)) == expected


@pytest.mark.parametrize(
    "money", ["500円", "12,000원", "Rp 37.000", "500 kr", "1.200 Ft", "500,- kr", "VND 900"]
)
def test_whole_numbers_beside_a_currency_are_amounts(money: str) -> None:
    lines = [line_of(f"Total {money}", 0), line_of("--", 0), *(line_of(money, 0) for _ in range(3))]
    assert levels_of(lines)[0].footer == frozenset()  # three amounts are none of small print
    assert levels_of(lines[:-1])[0].footer == frozenset({1, 2, 3})


NAMELESS: Final = RECEIPT.split("\n", 1)[1]


def shop_of(text: str, sender: str, subject: str) -> str:
    return receipts(text, subject=subject, sender=sender)[0].retailer.name


@pytest.mark.parametrize("sender", ["Ann Miller <ann@mail.example>", "Ann Miller <am77@firm.example>"])
@pytest.mark.parametrize("words", ["", "Here it is.\n\n"])
@pytest.mark.parametrize("printed", [True, False])
def test_a_member_is_never_the_shop(sender: str, words: str, printed: bool) -> None:
    order = RECEIPT if printed else NAMELESS
    assert "Ann" not in shop_of(words + order, sender, "My receipt")
    wrote = "On Tue, Nov 17, 2026 at 10:12 AM Corner Shop <orders@corner.example> wrote:"
    assert shop_of(f"{words}{wrote}\n\n{marked(order)}\n", sender, "Re: Your order") == "Corner Shop"


@pytest.mark.parametrize(
    "sender", ["Corner Shop <orders@mailer.example>", "Corner Shop <ann@corner.example>"]
)
def test_a_shop_whose_own_mail_names_it_nowhere_is_named_by_its_sender(sender: str) -> None:
    assert shop_of(NAMELESS, sender, "Your order") == "Corner Shop"
