"""Who sold it, in a document's own text: the sentence that names the shop, the sender, the head, the foot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from rapidfuzz import fuzz

from ocr.lexicon import Kind
from ocr.lines import Line, squash
from ocr.retailer import MAIL_PROVIDERS, FoundRetailer, find_retailer

MAX_NAME_CHARS: Final = 60
MAX_NAME_WORDS: Final = 7
SAID: Final = 0.9
SENT: Final = 0.8
FOOT: Final = 0.6
LAST: Final = 0.4
"""How sure a name is: said in a sentence, the sender's, from the foot, a bare web address."""
TITLE_LINES: Final = 3
TITLE_WORDS: Final = 5
MIN_DOMAIN_LETTERS: Final = 4
FOOT_LINES: Final = 20
HEAD_LINES: Final = 12
SAME_NAME: Final = 85.0

_NAME: Final = r"(?P<name>[\w\"'“][^,;:!?|()<>]{1,60}?)"
_STOP: Final = (
    r"(?=\s*(?:[.!?]?$|[.!?]\s|[,;:|(<–—-]\s?|\son (?:google|the)\b|\s(?:with|for|and|is|has|was)\b))"
)
_SENTENCES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\breceipt from {_NAME}{_STOP}",
        rf"\b(?:made|completed) a purchase (?:from|at) {_NAME}{_STOP}",
        rf"\byou (?:paid|sent|authorised|authorized"
        rf"|have paid)\b.{{0,60}}?\d\S*(?:\s[A-Z]{{3}})? to {_NAME}{_STOP}",
        rf"\b(?:thanks?|thank you)(?: so much| again)? for (?:your (?:recent )?(?:order|purchase|visit"
        rf"|business)|shopping|ordering|buying|using|choosing)"
        rf"(?: with| from| at| on| in)? {_NAME}{_STOP}",
        rf"\byour (?:recent )?(?:order|purchase) (?:with|from|at) {_NAME}{_STOP}",
        rf"(?:bestellung|einkauf) bei {_NAME}{_STOP}",
        rf"(?:commande|achat) (?:chez|sur) {_NAME}{_STOP}",
        rf"bestelling bij {_NAME}{_STOP}",
        rf"(?:pedido|compra) en {_NAME}{_STOP}",
        rf"(?:kvitto|kvittering|re[çc]u|beleg|rechnung|recibo|bon) (?:från|fra|von|de chez|van"
        rf"|de) {_NAME}{_STOP}",
        rf"merci d['’]avoir \w+ (?:chez|avec|sur) {_NAME}{_STOP}",
        rf"(?:köp|beställning|bestilling|ordre) (?:hos|från|fra) {_NAME}{_STOP}",
        # Behind an order's number or day: ``Order number 90-118 on 2 Nov 2025 at Tidewater Home``.
        r"^(?:order|purchase|booking|bestellung|commande|pedido|bestelling)\b.*\d\s"
        r"(?:at|from|with|bei|chez|bij|en)\s(?P<name>(?-i:[A-ZÀ-Þ])[^,;:!?|()<>\d]{1,60})$",
    )
)
_LABEL: Final = re.compile(
    r"^(?:merchant|seller|shop|store|restaurant|retailer|vendor|händler|verkäufer|verkoper|winkel"
    r"|vendeur|commerçant|vendedor|comercio|"
    r"tienda|selger|säljare|sælger|butik|butikk|informasjon om selger)(?P<mark>\s*:)?\s+(?P<name>\S.*)$",
    re.IGNORECASE,
)
_BEFORE_NUMBER: Final = re.compile(
    r"^(?P<name>[^,;:!?|()<>]{2,60}?)\s[-–—|·•]\s(?:order|booking|reservation|receipt|invoice|bestell|buchungs"
    r"|commande|réservation|pedido|reserva|bestel|reserverings)[\s-]?(?:number|numero|numéro|nummer|reference"
    r"|ref|code|id|no|nr|#)\b",
    re.IGNORECASE,
)
"""``Cinema Lumen - Booking reference CL55GK2``."""
_ADDRESS_HEADS: Final = re.compile(
    r"(?:(?:bill(?:ed)?|ship(?:ped)?|sold|deliver(?:ed)?|send|sent) to|(?:billing|shipping|delivery|invoice"
    r"|customer) address|(?:factuur|aflever|bezorg|verzend)adres|(?:rechnungs|liefer|versand|kunden)"
    r"(?:adresse|anschrift)|adresse de (?:facturation|livraison)|direcci[óo]n de (?:facturaci[óo]n|env[íi]o"
    r"|entrega)|indirizzo di (?:fatturazione|spedizione|consegna)|(?:faktura|fakturerings|leverans"
    r"|leverings|betalings)adresse?|(?:toimitus|laskutus)osoite|endereço de (?:entrega|fatura[çc][ãa]o"
    r"|cobrança)|adres (?:dostawy|do faktury))\s?:?",
    re.IGNORECASE,
)
"""Above a customer's name and address; nobody calls a shop's own so."""
CUSTOMER_LINES: Final = 6
"""Name, department, street, town, country, telephone."""
CUSTOMER_GAP_HEIGHTS: Final = 1.5
"""Letter heights below which the address goes on."""
_NOTE: Final = re.compile(
    r"(?:notes?|messages?|instructions) (?:to|for|from)\b|mitteilung an|nachricht an|message (?:au|pour)\b"
    r"|nota (?:al|para)\b|bericht aan",
    re.IGNORECASE,
)
_FOOTS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?:©|\(c\)|copyright)\s*(?:©"
        rf"|\(c\))?\s*(?:\d{{4}}(?:\s?[-–]\s?\d{{4}})?)?,?\s*{_NAME}(?=\s*(?:[.,|•·–—]|all rights|$))",
        rf"^{_NAME}\s[—–|-]\s(?:built with|powered by|www\.|https?:)",
        rf"\b(?:the|your|kind regards,?|best,?) {_NAME} team\b",
        r"^(?P<name>(?!Sold by)[^,;:!?|(]{2,50}?\s(?-i:Inc\.?|LLC|Ltd\.?|Limited|GmbH|AG|KG|B\.?V\.?"
        r"|S\.?A\.?|SAS"
        r"|SARL|AB|AS|A/S|Oy|PLC|S\.?L\.?|S\.?r\.?l\.?))(?=[\s,.|•·-]|$)",
    )
)
_DOMAIN: Final = re.compile(
    r"(?:www\.|https?://|@)?([A-Za-z0-9-]{3,40})\.(?:co\.uk|com\.au|com|co|net|org|shop|store|de|ch|no"
    r"|at|fr|uk|au|nz|eu|it|es|nl|se|dk|be|ie|ca|example)\b"
)
_WINDOW: Final = re.compile(
    r"^(?P<name>[^\d,;|]{3,40}?)\s*(?:[-–·•|,]|\s{2,})\s.*\b(?:[A-Z]{1,2}-)?\d{4,5}\b"
)
"""The small line above the address window of a letter: name, street, town."""
_COMPANY: Final = re.compile(
    r"\b(?:GmbH|AG|KG|B\.?V\.?|N\.?V\.?|Ltd\.?|Limited|Inc\.?|LLC|SARL|SAS|S\.?A\.?|S\.?L\.?|AB|ApS|A/S"
    r"|Oy)$"
)
_BAD: Final = re.compile(
    r"^(?:products?$|qty|price|kassenbon|kassabon|bon\b|beleg|e-?ticket|ticket\b|.*\b(?:receipt"
    r"|invoice|factuur|rechnung|facture|factura|fattura|faktura)$|thank|thanks|your|order|hi\b|hello|dear|view|placed|payment|paid"
    r"|receipt\b|invoice\b|date"
    r"|items?\b|total|we\b|you\b|shipping|"
    r"delivery|arriv|evening|premium|one-day|digital|ihr|ihre|vielen|danke|rechnung|bestell|votre|merci"
    r"|bedankt|je\b|jouw|uw\b|factuur|"
    r"gracias|su\b|tu\b|tack|din\b|kvitto|kvittering|restaurant$|hotel details|details|document|summary"
    r"|bill(?:ed)? to|ship to|customer\b|klant|kunden?\b|cliente?\b|apple account|from the|"
    r"transaction|description|you paid|how |a note|confirmation|refund|\W*$|.*(?:confirm(?:ed|ation)"
    r"|processed|received|order is|details)\b)",
    re.IGNORECASE,
)
_PLACE: Final = re.compile(
    r"\d{3}|^\d+\s|\bST\b|[:!?@]|str\.|straße|strasse|\b(?:street|road|ave(?:nue)?)$|\brue\b|\bcalle\b"
    r"|gatan\b|straat\b|\d+\s*$",
    re.IGNORECASE,
)
"""An address, a telephone number, a label: no title."""
_MAILBOX: Final = re.compile(
    r"\b(?:no-?reply|do-?not-?reply|orders?|receipts?|service|support|info|sales|mail|notifications?"
    r"|customer (?:care|service)|kundenservice|rechnung|shop team|team)\b",
    re.IGNORECASE,
)
_PAYMENT_SERVICES: Final = frozenset(
    {
        "PAYPAL",
        "STRIPE",
        "SQUARE",
        "KLARNA",
        "SUMUP",
        "ZETTLE",
        "IZETTLE",
        "GOOGLEPLAY",
        "ADYEN",
        "MOLLIE",
        "TOAST",
        "CLOVER",
        "SHOPIFY",
        "SHOP",
    }
)


def find_own_retailer(lines: Sequence[Line], kinds: Sequence[Kind], hint: str) -> FoundRetailer:
    """The retailer; `hint` is the sender's name or the logo's, believed before a guess."""
    shops = _without_customers(lines, kinds)
    printed = find_retailer([lines[at] for at in shops], [kinds[at] for at in shops], "")
    first_price = next((line.quad.top for line in lines if line.prices), None)
    below = printed.quad is not None and first_price is not None and printed.quad.top >= first_price
    if below and not _COMPANY.search(printed.retailer.name):
        printed = replace(printed, retailer=replace(printed.retailer, name=""), confidence=0.0)
    name, sure, line = _best_name(lines, [lines[at] for at in shops], printed, _clean_hint(hint))
    if not name:
        return replace(printed, retailer=replace(printed.retailer, name=""), confidence=0.0, quad=None)
    same = line is None and fuzz.ratio(name.lower(), printed.retailer.name.lower()) >= SAME_NAME
    quad = line.quad if line is not None else printed.quad if same else None
    return FoundRetailer(replace(printed.retailer, name=name), sure, quad)


_Named = tuple[str, float, "Line | None"]


def _without_customers(lines: Sequence[Line], kinds: Sequence[Kind]) -> list[int]:
    """Places of the lines that are not the customer's address, below headings that say whose it is."""
    kept: list[int] = []
    left, above = 0, 0.0
    for at, line in enumerate(lines):
        if all(_ADDRESS_HEADS.fullmatch(box.text.strip()) for box in line.row.boxes):
            left, above = CUSTOMER_LINES, line.quad.bottom
            continue
        apart = line.quad.top - above > CUSTOMER_GAP_HEIGHTS * max(1.0, line.height)
        if apart or line.prices or ":" in line.text or kinds[at] is Kind.HEADER:
            left = 0
        if left:
            left, above = left - 1, line.quad.bottom
        else:
            kept.append(at)
    return kept or list(range(len(lines)))


def _best_name(lines: Sequence[Line], shops: Sequence[Line], printed: FoundRetailer, hint: str) -> _Named:
    """The first of the places that name a shop, in the order of how much they can be trusted.

    Args:
        lines: all.
        shops: those that are not the customer's address.
        printed: what the head of these says.
        hint: from outside.
    """
    said, labelled = list(_said(lines)), list(_labelled(lines))
    fallback = ((said or labelled)[0][0] if said or labelled else hint, LAST, None)
    places = chain(
        ((name, SAID, line) for name, line in said if squash(name) not in _PAYMENT_SERVICES),
        [(hint, SENT, None)] if hint and squash(hint) not in _PAYMENT_SERVICES else [],
        ((name, SENT, line) for name, line in labelled if squash(name) not in _PAYMENT_SERVICES),
        ((name, FOOT, line) for name, line in _before_numbers(lines)),
        _letterhead(shops, printed.retailer.name),
        _titles(shops, printed),
        ((name, FOOT, line) for name, line in _foot(shops)),
        _web_names(lines),
    )
    return next(places, fallback)


def _letterhead(lines: Sequence[Line], head: str) -> Iterator[_Named]:
    """A company in the address window's line, or in the second column of the head."""
    for line in lines[:HEAD_LINES]:
        window = _WINDOW.match(line.text)
        if window and _COMPANY.search(window["name"].strip()):
            yield window["name"].strip(), SAID, line
        for box in line.row.boxes[1:]:
            if (
                _COMPANY.search(box.text.strip())
                and len(box.text) <= MAX_NAME_CHARS
                and not _COMPANY.search(head)
            ):
                yield box.text.strip(), SENT, line


def _titles(lines: Sequence[Line], printed: FoundRetailer) -> Iterator[_Named]:
    """The head's title, first where the page's own web address bears it out."""
    domains = [squash(name) for line in lines for name in _DOMAIN.findall(line.text)]
    titles = [(name, line) for line in lines[:TITLE_LINES] if (name := _title(line))]
    yield from (
        (name, SENT, line) for name, line in titles if any(_alike(squash(name), domain) for domain in domains)
    )
    head = printed.retailer.name
    fair = (
        bool(head)
        and not _BAD.match(head)
        and len(head.split()) <= MAX_NAME_WORDS
        and not _PLACE.search(head)
    )
    if fair and (printed.confidence >= FOOT or not titles or _COMPANY.search(head)):
        yield head, printed.confidence, None
    yield from ((name, FOOT, line) for name, line in titles)


def _web_names(lines: Sequence[Line]) -> Iterator[_Named]:
    for line in lines:
        for name in _DOMAIN.findall(line.text):
            if squash(name) not in MAIL_PROVIDERS:
                yield (name.capitalize() if name.islower() else name), LAST, line


def _title(line: Line) -> str:
    """The row's first cell, if it can be the shop's own title."""
    text = re.sub(r"\s*(?:#|no\.?\s?)\d+$", "", line.row.boxes[0].text.strip(), flags=re.IGNORECASE)
    if len(text.split()) > TITLE_WORDS or line.prices or _PLACE.search(text):
        return ""
    return _clean(text)


def _alike(name: str, domain: str) -> bool:
    return len(domain) >= MIN_DOMAIN_LETTERS and (domain in name or name in domain)


def _said(lines: Sequence[Line]) -> Iterator[tuple[str, Line]]:
    for pattern in _SENTENCES:
        for line in lines:
            match = pattern.search(line.text)
            if match and (name := _clean(match["name"])):
                yield name, line


def _labelled(lines: Sequence[Line]) -> Iterator[tuple[str, Line]]:
    for line in lines:
        match = _LABEL.match(line.text)
        apart = match and (match["mark"] or len(line.row.boxes) > 1)
        if not match or not apart or line.prices:
            continue
        below = lines[line.index + 1].row.boxes if line.index + 1 < len(lines) else ()
        # In the second column a heading of its own: ``Seller | Note to seller``, the names below both.
        said = below[0].text if _NOTE.match(match["name"]) and len(below) > 1 else match["name"]
        if name := _clean(said):
            yield name, line


def _before_numbers(lines: Sequence[Line]) -> Iterator[tuple[str, Line]]:
    for line in lines[:HEAD_LINES]:
        match = _BEFORE_NUMBER.match(line.text)
        name = _clean(match["name"]) if match else ""
        if name and not _PLACE.search(name):
            yield name, line


def _foot(lines: Sequence[Line]) -> Iterator[tuple[str, Line]]:
    for pattern in _FOOTS:
        for line in lines[-FOOT_LINES:]:
            match = pattern.search(line.text)
            name = _clean(match["name"]) if match else ""
            if name:
                yield name, line


def _clean(name: str) -> str:
    """The name without addresses behind it; empty where it is none."""
    name = re.sub(r"\s*(?:https?://\S+|www\.\S+|\S+@\S+).*$", "", name)
    name = re.sub(r"\s+\+?\d[\d -]{6,}$", "", name).strip(" \"'“”*-–—.,") + (
        "." if re.search(r"\b(?:Inc|Ltd|Co|[BN]\.V|S\.A|S\.L|S\.[Rr]\.[Ll])\.$", name) else ""
    )
    starts = any(char.isupper() for char in name[:2]) or name[:1].isdigit() or "." in name
    if not starts or _BAD.match(name) or len(name.split()) > MAX_NAME_WORDS or len(name) > MAX_NAME_CHARS:
        return ""
    return name if sum(char.isalpha() for char in name) > 1 else ""


def _clean_hint(hint: str) -> str:
    name = re.sub(r"\s+(?:via|on behalf of|from)\s+.*$", "", hint, flags=re.IGNORECASE)
    name = name.partition("@")[0] if "@" in name else name
    name = " ".join(_MAILBOX.sub(" ", name).split()).strip(" \"'|-–,.")
    return name if sum(char.isalpha() for char in name) > 1 else ""
