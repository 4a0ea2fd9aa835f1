"""What a page says of persons, hidden before anything of it is kept beside the original.

Hidden are card and account numbers, loyalty numbers (all to their last four), names and telephones of
persons, the block of a customer's address, and the first part of e-mail addresses. A hidden character becomes
an asterisk, so that every text keeps its length and every box its place. The receipt's own number, the shop's
telephone and tax number, and product codes stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Final

from ocr.card_numbers import (
    GTIN_DIGITS,
    KEPT_DIGITS,
    MAX_DIGITS,
    Span,
    by_an_issuer,
    is_card_number,
    plain,
    secret_spans,
)
from ocr.contact import is_persons
from ocr.two_rows import secrets_across
from receipts.receipt import LineItem, Receipt, Retailer
from receipts.transcript import Point, Quad, Row, TextBox, Transcript

ADDRESS_ROWS: Final = 4
"""Rows below "Deliver to" that can be a person's name and address."""

_EMAIL: Final = re.compile(
    r"(?<![\w.+%-])(?P<who>[\w.+%-]++)\s?@\s?[\w-]+(?:\s?\.\s?[\w-]+)*\s?\.\s?[A-Za-z]{2,}"
)
_SHOPS_MAILBOX: Final = re.compile(
    r"^(?:info|service|services|support|contact|kontakt|hello|help|customer.*|kunden.*|sales|shop"
    r"|store"
    r"|office|mail|post|orders?|.*care.*|feedback|hilfe|servizio.*|atencion.*|clientes?|klantenservice"
    r"|enquir(?:y"
    r"|ies)"
    r"|returns?|no-?reply|rechnung|invoice|billing|admin|web(?:shop|master)?|datenschutz|privacy)$",
    re.IGNORECASE,
)
_LOYALTY: Final = re.compile(
    r"(?:MEMBER(?:SHIP)?|LOYALTY|REWARDS?|CLUB\s?CARD|CLUB|NECTAR|PAYBACK|BONUS\s?(?:CARD|CLUB|KORT)"
    r"|FLY\s?BUYS|EXTRA\s?CARE"
    r"|CUSTOMER|CUST|KUNDEN?|KUNDENKARTEN?|MITGLIEDS?|DEUTSCHLANDCARD|CUMULUS|SUPERCARD|FID[EÉ]LIT[EÉ]"
    r"|FIDATY|SOCIO|TESSERA"
    r"|STAMMKUNDEN|KLANTEN?|MEDLEMS?|AIR\s?MILES|SCENE|PC\s?OPTIMUM|AEROPLAN|ADVANTAGE|SPARKS|MOJE?"
    r"|VITAY|BONUSKAART)"
    r"[\s.\-]*+(?:CARD|KARTE|CARTE|CARTA|TARJETA|KAART|KORT|ID|ACCOUNT|NO|NR|NUMBER|NUMMER|NUM|N[°º])?+"
    r"[\s.\-]*+(?:NO|NR|NUMBER|NUMMER|ID|N[°º])?+[\s.:#]*+(?P<number>\d[\d -]{4,22}\d)(?![\d.,])",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(r"(?<![\d.,])\+?\(?\d[\d\s()/-]{5,18}\d(?![\d.,])")
_STAFF: Final = re.compile(
    r"\b(?:YOUR CASHIER(?: TODAY)?(?: WAS| IS)?|CASHIER(?: NAME)?|SERVED BY|YOUR SERVER(?: WAS| IS)?"
    r"|SERVER|OPERATOR|CLERK"
    r"|SALES\s?(?:PERSON|MAN|REP|ASSOCIATE)|ATTENDANT|WAITER|WAITRESS|BARISTA|ES BEDIENTE SIE"
    r"|SIE BEDIENTE|BEDIENT VON"
    r"|BEDIENER(?:IN)?|BEDIENUNG|KASSIERER(?:IN)?|KASSIER|VERK[ÄA]UFER(?:IN)?|MITARBEITER(?:IN)?"
    r"|CAISSI[EÈ]RE?|H[OÔ]TE(?:SSE)?"
    r"|SERVEUSE|SERVEUR|SERVI PAR|VENDEU(?:R|SE)|CASSIER[EA]|ADDETTO|OPERATORE|LE ATENDI[OÓ]"
    r"|ATENDID[OA] POR|CAJER[OA]"
    r"|VENDEDORA?|ATENDEU|OPERADORA?|KASJERK?A?|SPRZEDAWCA|KASSÖR|KASS[EØ]RER|EKSPEDIENT|BETJENT AF"
    r"|MEDEWERKER|GEHOLPEN DOOR"
    r"|JURUWANG|JURUJUAL)\b\s*(?:[:#.]|NO\.?|ID)*\s*",
    re.IGNORECASE,
)
_CUSTOMER: Final = re.compile(
    r"\b(?:(?:CUSTOMER|CUST|MEMBER|CLIENT|GUEST|CARD\s?HOLDER|RECIPIENT|PATIENT|PASSENGER"
    r"|ACCOUNT HOLDER)(?:'?S)?(?: NAME)?|KARTENINHABER(?:IN)?|KONTOINHABER(?:IN)?|TITULAIRE|TITULAR"
    r"|TITOLARE|KUNDE|KUNDIN|KUNDENNAME|NOM|CLIENTE?"
    r"|KLANT|NAAM|NOMBRE|KLIENT|KUND|KUNDENAVN|NAME|BILL(?:ED)? TO|SOLD TO|SHIP(?:PED)? TO|DELIVER(?:ED"
    r"|Y)? TO|ATTN)"
    r"\s*:\s*"
    r"|^\s*(?:DEAR|HI|HELLO|HALLO|LIEBER?|BONJOUR|CIAO|HOLA|HEJ|HEI|BESTE"
    r"|GUTEN TAG)\s+(?=[^,!.:]{2,30}[,!])",
    re.IGNORECASE,
)
_ADDRESSED: Final = re.compile(
    r"^\W*CARD\s?HOLDER(?: NAME)?\s+(?=[A-Z])"
    r"|\b(?:HERR|FRAU|MONSIEUR|MADAME|MME)\.?\s+(?=[^\W\d_]+\s+[^\W\d_]+)",
    re.IGNORECASE,
)
"""Before a name on a row without a price; goods are called so, too: ``MADAME LOIK AIL FINES HERBES 2.49``."""
_GOODS_TOO: Final = re.compile(r"\b(?:BARISTA|WAITER|CARD\s?HOLDER)\b", re.IGNORECASE)
"""What goods are called as well as persons."""
_NAME_BELOW: Final = re.compile(
    r"^\W*(?:CUSTOMER|PATIENT|CARD\s?HOLDER|MEMBER|GUEST|PASSENGER|ACCOUNT HOLDER)(?:'?S)?\s?(?:NAME)?\W*$"
    r"|^\W*(?:NAME ON CARD|KUNDENNAME|KARTENINHABER(?:IN)?|KONTOINHABER(?:IN)?|NOM DU CLIENT"
    r"|NOMBRE DEL CLIENTE)\W*$",
    re.IGNORECASE,
)
"""A label whose name stands on the next row."""
_ONLY_NAMES: Final = re.compile(r"^\W*[^\W\d_][^\W\d_.'’-]*(?:\s+[^\W\d_][^\W\d_.'’-]*){1,3}\W*$")
_STRIPE: Final = re.compile(r"\^(?P<name>[^^\d]{3,40}/[^^\d]{0,40})\^")
"""The name on a card's magnetic stripe."""
_ACCOUNT: Final = re.compile(
    r"\b(?:(?:ACCOUNT|ACCT|A/C|BANK ACC)\s?(?:NO|NR|NUMBER|#)|KONTO(?:NR|NUMMER|\s?NR))[\s.:#]*"
    r"(?P<number>\d[\d -]{4,22}\d)(?![\d.,])",
    re.IGNORECASE,
)
_ADDRESSEE: Final = re.compile(
    r"^\s*(?:DELIVER(?:ED|Y)?|SHIP(?:PED|PING)?|BILL(?:ED|ING)?|SEND|SOLD)\s?(?:TO|ADDRESS)\s*+:?\s*$"
    r"|^\s*(?:LIEFER|RECHNUNGS|VERSAND)(?:ADRESSE|ANSCHRIFT)\s*+:?\s*$|^\s*ADRESSE DE (?:LIVRAISON"
    r"|FACTURATION)\s*+:?\s*$"
    r"|^\s*(?:BEZORG|AFLEVER|FACTUUR)ADRES\s*+:?\s*$|^\s*DIRECCI[OÓ]N DE ENV[IÍ]O\s*+:?\s*$"
    r"|^\s*INDIRIZZO DI (?:SPEDIZIONE|CONSEGNA)\s*+:?\s*$|^\s*(?:LEVERANS|LEVERINGS)ADRESSE?\s*+:?\s*$",
    re.IGNORECASE,
)
_NAME: Final = re.compile(r"(?<![^\W_])[^\W\d_][^\W\d_'’]*\b(?![\d:])(?!\s?:)")
MAX_NAME_WORDS: Final = 4
MAX_NAMES_LENGTH: Final = 120
"""Characters behind a label that can be a person's name."""
_NO_NAME: Final = re.compile(
    r"^(?:COPY|RECEIPT|SERVICE|CARE|TABLE|TISCH|DATE|DATUM|TIME|UHR|TILL|REG(?:ISTER)?|POS|TERM(?:INAL)?"
    r"|TRANS(?:ACTION)?"
    r"|STORE|SHIFT|NO|NR|ID|NUMBER|INVOICE|TOTAL|COUNT|SIGN(?:ATURE)?|ORDER|CHECK|GUESTS?|PAX|COVERS?"
    r"|SELF|AUTO|SCO|SELBST"
    r"|KASSE|CAISSE|BON|TICKET|INFO|HOTLINE|FEEDBACK|SURVEY|SAVINGS?|CARD|DISC(?:OUNT)?|PRICE|POINTS?"
    r"|AND|OR|IS|WAS|WITH|THE"
    r"|MODE|LANE|CASH|CREDIT|DEBIT|PHONE|TEL|FAX|CUSTOMER|MEMBER|THERE|ALL|TODAY|HAUPTKASSE|ONLINE|APP"
    r"|USER|CASHIER|SERVER|SALES\w*|REF|DUTY|MANAGER|STATION|BILL|FAST\w*|GST|VAT|JAM|HEURE|ORA|HORA)\b",
    re.IGNORECASE,
)
_OTHER: Final = re.compile(r"[^\d\s#:.-]|\s{3}")
"""What does not stand between a label and the name that it is for."""
_MONEY: Final = re.compile(r"\d[.,]\d{2}(?!\d)")
_LETTER_OR_DIGIT: Final = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Masked:
    """A reading without what names or pays for a person.

    Attributes:
        card_quads: where numbers of cards and accounts stand on the picture, which shows them still.
    """

    receipt: Receipt
    transcript: Transcript
    card_quads: tuple[Quad, ...]


def mask_reading(receipt: Receipt, transcript: Transcript) -> Masked:
    """The reading as it may be kept."""
    keep = _known(receipt)
    goods = tuple(item.description for item in receipt.items if item.description)
    rows, quads = _mask_rows(transcript.rows, keep, goods)
    return Masked(_mask_receipt(receipt, keep), replace(transcript, rows=rows), quads)


def mask_numbers(text: str, *, keep: frozenset[str] = frozenset()) -> str:
    """The text without numbers of cards and accounts, and without e-mail addresses of persons."""
    return _hide(text, [*secret_spans(text, keep=keep), *_mailboxes(text)])


def _hide(text: str, spans: Sequence[Span]) -> str:
    shown = list(text)
    for start, end in spans:
        shown[start:end] = _LETTER_OR_DIGIT.sub("*", text[start:end])
    return "".join(shown)


def _digits(text: str) -> str:
    return "".join(char for char in plain(text) if char.isdigit())


def is_product_code(code: str) -> bool:
    """Whether a line item's code may be kept: never a whole card number, unless products are numbered so."""
    digits = _digits(code)
    return len(digits) in GTIN_DIGITS or not (is_card_number(digits) or by_an_issuer(digits))


def _known(receipt: Receipt) -> frozenset[str]:
    """Digits that are codes, or the shop's own numbers."""
    codes = {_digits(item.code) for item in receipt.items if item.code and is_product_code(item.code)}
    own = {_digits(receipt.receipt_number), _digits(receipt.retailer.tax_id), _digits(receipt.retailer.phone)}
    return frozenset(codes | {number for number in own if not by_an_issuer(number)})


def _mask_receipt(receipt: Receipt, keep: frozenset[str]) -> Receipt:
    shop = receipt.retailer
    return replace(
        receipt,
        retailer=Retailer(
            name=mask_numbers(shop.name, keep=keep),
            store=mask_numbers(shop.store, keep=keep),
            address=mask_numbers(shop.address, keep=keep),
            phone=mask_numbers(shop.phone, keep=keep),
            tax_id=mask_numbers(shop.tax_id, keep=keep),
        ),
        receipt_number=mask_numbers(receipt.receipt_number, keep=keep),
        numbers=tuple(
            number for number in receipt.numbers if mask_numbers(number.value, keep=keep) == number.value
        ),
        items=tuple(_mask_item(item, keep) for item in receipt.items),
    )


def _mask_item(item: LineItem, keep: frozenset[str]) -> LineItem:
    code = item.code if item.code and is_product_code(item.code) else None
    return replace(item, description=mask_numbers(item.description, keep=keep), code=code)


def _mask_rows(
    rows: Sequence[Row], keep: frozenset[str], goods: Sequence[str]
) -> tuple[tuple[Row, ...], tuple[Quad, ...]]:
    masked: list[Row] = []
    quads: list[Quad] = []
    addressed, above = 0, ""
    across = secrets_across([row.text for row in rows])
    for at, row in enumerate(rows):
        text = row.text
        secret = [*secret_spans(text, keep=keep), *across.get(at, ())]
        personal = [*_mailboxes(text), *_loyalty(text, keep), *_phones(text, above, keep)]
        if not _is_goods(text, goods):
            personal += _names(text)
        if addressed and (_MONEY.search(text) or ":" in text):
            addressed = 0
        if addressed:
            personal.append((0, len(text)))
            addressed -= 1
        elif _ADDRESSEE.match(text):
            addressed = ADDRESS_ROWS
        if _NAME_BELOW.match(above) and _ONLY_NAMES.match(text):
            personal.append((0, len(text)))
        above = text
        if not (secret or personal):
            masked.append(row)
            continue
        hidden = _hide(_hide(text, secret), personal)
        masked.append(_cut_again(row, hidden))
        quads += [
            _part(box, place, span) for box, place in _places(row) for span in secret if _meet(place, span)
        ]
    return tuple(masked), tuple(quads)


def _is_goods(text: str, goods: Sequence[str]) -> bool:
    """``BARISTA OAT DRINK 2.49``: a line item's own row, with its price, names what was bought and nobody.

    ``Cashier: JOHN SMITH 12.30`` is nobody's goods, though the time was taken for a price.
    """
    return bool(_MONEY.search(text)) and any(name in text and _GOODS_TOO.search(name) for name in goods)


def _places(row: Row) -> Iterator[tuple[TextBox, Span]]:
    """Boxes with where they stand in the row's text."""
    at = 0
    for box in row.boxes:
        yield box, (at, at + len(box.text))
        at += len(box.text) + 1


def _meet(place: Span, secret: Span) -> bool:
    return secret[0] < place[1] and place[0] < secret[1]


def _part(box: TextBox, place: Span, secret: Span) -> Quad:
    """Where the secret stands within the box: letters are taken to be equally wide."""
    width = max(1, place[1] - place[0])
    first, last = (max(0.0, secret[0] - place[0]) / width, min(1.0, (secret[1] - place[0]) / width))
    quad = box.quad
    return Quad(
        _between(quad.top_left, quad.top_right, first),
        _between(quad.top_left, quad.top_right, last),
        _between(quad.bottom_left, quad.bottom_right, last),
        _between(quad.bottom_left, quad.bottom_right, first),
    )


def _between(left: Point, right: Point, share: float) -> Point:
    return Point(left.x + share * (right.x - left.x), left.y + share * (right.y - left.y))


def _cut_again(row: Row, text: str) -> Row:
    """The row with its text exchanged for one of the same length."""
    return Row(tuple(replace(box, text=text[start:end]) for box, (start, end) in _places(row)))


def _mailboxes(text: str) -> Iterator[Span]:
    for match in _EMAIL.finditer(text):
        if not _SHOPS_MAILBOX.match(match["who"]):
            yield match.span("who")


def _loyalty(text: str, keep: frozenset[str]) -> Iterator[Span]:
    """Numbers that a shop or a bank knows a person by."""
    for match in chain(_LOYALTY.finditer(text), _ACCOUNT.finditer(text)):
        digits = _digits(match["number"])
        if KEPT_DIGITS < len(digits) <= MAX_DIGITS and digits not in keep:
            start, end = match.span("number")
            yield start, end - _length_of_last(match["number"])


def _length_of_last(number: str) -> int:
    """Characters from the fourth last digit on."""
    places = [at for at, char in enumerate(number) if char.isdigit()]
    return len(number) - places[-KEPT_DIGITS]


def _names(text: str) -> Iterator[Span]:
    yield from (match.span("name") for match in _STRIPE.finditer(text))
    for label in (_STAFF, _CUSTOMER) if _MONEY.search(text) else (_STAFF, _CUSTOMER, _ADDRESSED):
        for match in label.finditer(text):
            at = match.end()
            for name in islice(_NAME.finditer(text, at, at + MAX_NAMES_LENGTH), MAX_NAME_WORDS):
                if _OTHER.search(text[at : name.start()]) or _NO_NAME.match(name.group()):
                    break
                yield name.span()
                at = name.end()


def _phones(text: str, above: str, keep: frozenset[str]) -> Iterator[Span]:
    if not is_persons(text, above):
        return
    for match in _PHONE.finditer(text):
        if _digits(match.group()) not in keep:
            yield match.start(), match.end() - _length_of_last(match.group())
