"""Who sold it: name, store, address, telephone and tax number from the head of the page.

The name is the line of the head that most looks like one: printed large, high up, with a company's ending or
a shop's word, repeated elsewhere on the page or in its web address. Stamps and handwriting at the top are
read as text too, so the topmost line has no special right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from rapidfuzz import fuzz

from ocr.contact import TAX_ID, find_phone, find_tax_id
from ocr.dates import holds_moment
from ocr.lexicon import Kind
from ocr.lines import Line, squash
from ocr.shop_words import ADDRESS_WORDS, SHOP_WORDS
from receipts.receipt import Retailer
from receipts.transcript import Quad

HEAD_LINES: Final = 12
"""Names stand in the first dozen rows; behind them come items."""
MIN_NAME_LETTERS: Final = 3
MAX_NAME_CHARS: Final = 60

# Weights of evidence, chosen on half of the 160 scans and checked on the other half; no unit.
COMPANY_WEIGHT: Final = 3.0
SHOP_WEIGHT: Final = 1.5
SIZE_WEIGHT: Final = 2.0
TOP_WEIGHT: Final = 2.0
DOMAIN_WEIGHT: Final = 2.5
REPEAT_WEIGHT: Final = 1.0
DIGIT_PENALTY: Final = 2.5
ADDRESS_PENALTY: Final = 4.0
TITLE_PENALTY: Final = 6.0
BEHIND_ADDRESS_PENALTY: Final = 2.5
"""Names stand above the address; what follows it is an owner, a department or a buyer."""
LOWER_PENALTY: Final = 3.0
LABEL_PENALTY: Final = 4.0

_COMPANY: Final = re.compile(
    r"SDNBHD|SDNBND|SDN\b|\bBHD\b|\bS/B\b|\bLTD\b|LIMITED|\bINC\b|\bLLC\b|\bPLC\b|\bGMBH\b|\bAG\b|\bKG\b"
    r"|\bOHG\b|\bE\.?K\b"
    r"|\bA/?S\b|\bASA\b|\bAB\b|\bOY\b|\bB\.?V\b|\bN\.?V\b|\bS\.?A\b|\bSARL\b|\bS\.?R\.?L\b|\bS\.?P\.?A\b"
    r"|\bPTY\b|\bPTE\b"
    r"|\bCO\b\.?|\bCORP\b|\bCOMPANY\b|\bPLT\b|\bHOLDINGS\b|\bS\.?R\.?O\b|\bSP\.? ?Z|\bLLP\b|\bEIRL\b"
    r"|GENOSSENSCHAFT",
    re.IGNORECASE,
)
_LEGAL_END: Final = re.compile(
    r"(?:SDN\.?\s?BHD\.?|BHD\.?|S/B|LTD\.?|LIMITED|INC\.?|LLC|PLC|GMBH|ENTERPRISE"
    r"|TRADING)\s*(?:\([^)]*\)?)?\s*$",
    re.IGNORECASE,
)
_TITLE: Final = re.compile(
    r"TAXINVOICE|TAXIMVOICE|INVOICE|RECEIPT|CASHBILL|CASHSALE|GUESTCHECK|WELCOME|THANKYOU|CUSTOMERCOPY"
    r"|MERCHANTCOPY|QUITTUNG"
    r"|RECHNUNG|KASSENBON|KVITTERING|SALGSKVITTERING|CASHMEMO|OFFICIALRECEIPT|DELIVERYORDER|YOURORDER"
    r"|WILLKOMMEN|DUPLICATE"
    r"|OPENING|SHOPPINGHOURS|MANAGER|SAVEMONEY|ALWAYSLOW|LIVEBETTER|GREATVALUE|SURVEY|FEEDBACK|COPY"
    r"|REPRINT|CHANCETO|CASH$"
    r"|TABLE|CASHIER|^HELLO|^HI[A-Z]|^DEAR|ORDERCONF|ORDERIS|YOURDELIVERY|DISPATCH|ARRIVING|^KVITTERING"
    r"|^FACTUUR|^FAKTURA|HEREISYOUR|HERESYOUR|PLATINUM|ORDERNUMBER|ORDERDETAILS|LIVEWELL|PRICESALWAYS"
    r"|SIMPLIFIED|ALLTID|^GROCERY$|^PRODUCE$|^DAIRY$|^BAKERY$|^DELI$|SEEBACK|PROOFOFPURCHASE|ORDERONLINE"
    r"|KUNDENBELEG|HEAD OFFICE|SHOPPINGWITH|HOMEOF|SALETRANSACTION|TRANSACTION$"
)
_CONTACT: Final = re.compile(
    r"\b(?:TEL|PHONE|FAX|TELEFON|TLF|HOTLINE|H/P|MOBILE|EMAIL|E-MAIL)\b|@|www\.|https?:|\.com\b",
    re.IGNORECASE,
)
_REGISTRATION: Final = re.compile(
    r"\(?\s*(?:CO\.?\s?(?:REG\.?)?\s?(?:NO\.?)?|ROC|REG\.?\s?NO|COMPANY\s?(?:REG\.?)?\s?NO|BR\s?NO|GST|VAT"
    r"|ABN|UID|ORG\.?\s?NR)\b",
    re.IGNORECASE,
)
_OWNER: Final = re.compile(
    r"(?:Inh|Inhaber(?:in)?|Prop|Proprietor|Owner|Titolare|Propietari[oa])\b[.:]?\s", re.IGNORECASE
)
"""Before whoever runs the shop, which is not what the shop is called."""
_DOMAIN: Final = re.compile(
    r"(?:WWW[.\s]|HTTPS?[:/]+|@)?([A-Z0-9-]{3,40})\.(?:COM|CO|NET|ORG|DE|CH|NO|AT|FR|UK|MY|AU|NZ|EU|IT|ES"
    r"|NL|SE|DK)\b",
    re.IGNORECASE,
)
_STORE: Final = re.compile(
    r"(?:\b(?:STORE|BRANCH|OUTLET|FILIALE|MARKT|SITE|ST#|SHOP|WAREHOUSE|BUTIKK)\s?(?:NO\.?|NR\.?"
    r"|#)?\s?[:#]?\s*(?P<id>#?\d[\w-]*(?:\s?-\s?[A-Z].*)?))|#(?P<hash>\d{2,5})\b",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(r"\b(?:the|your|our|you|for|from|to|is|are|with|will|we)\b", re.IGNORECASE)
SENTENCE_WORDS: Final = 4
"""Slogans and instructions have as many words and these among them; names rarely do."""
_TRAILING: Final = re.compile(
    r"[\s(\[]*(?:\(?\s*(?:CO\.?\s?(?:REG)?\s?(?:NO)?\.?\s?:?)?\s?"
    r"[A-Z]{0,3}\d[\dA-Z .\-/·]{3,}[A-Z]?\s*\)?)\s*$"
)


@dataclass(frozen=True, slots=True)
class FoundRetailer:
    """The retailer with how sure its name is, 0 to 1, and where that stands."""

    retailer: Retailer
    confidence: float
    quad: Quad | None


@dataclass(frozen=True, slots=True)
class _Name:
    text: str
    score: float
    line: Line


def find_retailer(lines: Sequence[Line], kinds: Sequence[Kind], hint: str = "") -> FoundRetailer:
    """Reads the head of the page; where that holds no name, the rest of it.

    `hint` is a name from outside the page, such as a mail's sender; taken when the page names nobody.
    """
    head = _head(lines, kinds)
    names = _candidates(head, lines)
    best = max(names, key=lambda name: name.score, default=None)
    if best is None or best.score < WEAK_NAME_SCORE:
        best = _from_body(lines, hint) or best
    retailer = Retailer(
        name=best.text if best else "",
        store=_store(head, best),
        address=_address(head, best),
        phone=find_phone(lines),
        tax_id=find_tax_id(lines),
    )
    if best is None:
        return FoundRetailer(retailer, 0.0, None)
    others = [name.score for name in names if name.text != best.text]
    margin = best.score - max(others, default=0.0)
    confidence = min(1.0, max(0.1, 0.5 + 0.1 * margin)) * best.line.row.confidence
    return FoundRetailer(retailer, confidence, best.line.quad)


WEAK_NAME_SCORE: Final = 1.5
"""Below it the head's best line is an address or a greeting (logos are pictures in PDFs and mails)."""
MAIL_PROVIDERS: Final = frozenset(
    {"GMAIL", "HOTMAIL", "YAHOO", "OUTLOOK", "GOOGLE", "FACEBOOK", "INSTAGRAM", "TWITTER", "APPLE"}
)


def _domains(lines: Sequence[Line]) -> dict[str, str]:
    """Names of web addresses on the page: squashed, and as printed."""
    found = [match for line in lines for match in _DOMAIN.findall(line.text)]
    return {squash(name): name for name in found if squash(name) not in MAIL_PROVIDERS}


def _from_body(lines: Sequence[Line], hint: str) -> _Name | None:
    """A company's line that its own web address supports, the sender, or the web address alone."""
    domains = _domains(lines)
    for line in lines:
        text = _clean(line.text)
        if (
            _COMPANY.search(text)
            and len(text) <= MAX_NAME_CHARS
            and any(_same(squash(text), d) for d in domains)
        ):
            return _Name(text, WEAK_NAME_SCORE, line)
    if hint:
        return _Name(hint, WEAK_NAME_SCORE, lines[0])
    for line in lines:
        printed = [name for name in _DOMAIN.findall(line.text) if squash(name) in domains]
        if printed:
            return _Name(
                printed[0].capitalize() if printed[0].islower() else printed[0], WEAK_NAME_SCORE, line
            )
    return None


def _head(lines: Sequence[Line], kinds: Sequence[Kind]) -> list[Line]:
    """Rows above the first price or column heading."""
    stop = next(
        (i for i, line in enumerate(lines) if _begins_items(line, kinds[i])),
        len(lines),
    )
    return list(lines[: max(3, min(HEAD_LINES, stop))])


def _begins_items(line: Line, kind: Kind) -> bool:
    return kind is Kind.HEADER or (line.letters > 0 and any(price.decimals > 0 for price in line.prices))


def _candidates(head: Sequence[Line], lines: Sequence[Line]) -> list[_Name]:
    domains = _domains(lines)
    body = [line.squashed for line in lines[len(head) :]]
    tallest = max((line.height for line in head), default=1.0)
    names: list[_Name] = []
    for position, line in enumerate(head):
        text = _clean(_first_column(line))
        letters = sum(char.isalpha() for char in text)
        if letters < MIN_NAME_LETTERS or len(text) > MAX_NAME_CHARS:
            continue
        score = TOP_WEIGHT * (1 - position / HEAD_LINES) + SIZE_WEIGHT * line.height / max(1.0, tallest)
        joined = _joined(text, head, position)
        score += _wording(joined, line)
        if _is_generic(joined):
            score -= GENERIC_PENALTY
        if any(ADDRESS_WORDS.search(above.text) for above in head[:position]):
            score -= BEHIND_ADDRESS_PENALTY
        squashed = squash(text)
        if any(_same(squashed, domain) for domain in domains):
            score += DOMAIN_WEIGHT
        if len(squashed) >= MIN_MATCH_LETTERS and any(squashed in other for other in body):
            score += REPEAT_WEIGHT
        names.append(_Name(joined, score, line))
    return names


COLUMN_GAP_HEIGHTS: Final = 4.0
"""A gap wider than this, in letter heights, parts a name from what stands beside it."""


def _first_column(line: Line) -> str:
    boxes = line.row.boxes
    kept = [boxes[0].text]
    for before, box in pairwise(boxes):
        if box.quad.left - before.quad.right > COLUMN_GAP_HEIGHTS * max(1.0, line.height):
            break
        kept.append(box.text)
    return " ".join(kept)


MIN_MATCH_LETTERS: Final = 4
"""Shorter names are part of other words by chance."""
SAME_RATIO: Final = 80.0


def _same(name: str, domain: str) -> bool:
    """Whether a printed name and a web address, both squashed, name the same."""
    if len(domain) < MIN_MATCH_LETTERS:
        return False
    inside = domain in name or (len(name) >= MIN_MATCH_LETTERS and name in domain)
    return inside or fuzz.ratio(name, domain) > SAME_RATIO


def _wording(text: str, line: Line) -> float:
    score = 0.0
    if _COMPANY.search(text) or "SDNBHD" in squash(text):
        score += COMPANY_WEIGHT
    if SHOP_WORDS.search(text):
        score += SHOP_WEIGHT
    letters = [char for char in text if char.isalpha()]
    digits = sum(char.isdigit() for char in text)
    score -= DIGIT_PENALTY * digits / max(1, digits + len(letters)) * 2
    if ADDRESS_WORDS.search(text):
        score -= ADDRESS_PENALTY
    if _TITLE.search(squash(text)):
        score -= TITLE_PENALTY
    if len(text.split()) >= SENTENCE_WORDS and _SENTENCE.search(text):
        score -= TITLE_PENALTY
    if _CONTACT.search(line.text) or _DOMAIN.search(line.text) or _REGISTRATION.match(line.text):
        score -= ADDRESS_PENALTY
    if letters and " " in text and all(char.islower() for char in letters):
        score -= LOWER_PENALTY
    if ":" in line.text or line.text.rstrip().endswith(",") or _OWNER.match(line.text):
        score -= LABEL_PENALTY
    return score


def _joined(text: str, head: Sequence[Line], position: int) -> str:
    """A name that runs over rows: the next begins with a bracket or is nothing but a company's ending."""
    joined = text
    for line in head[position + 1 : position + 3]:
        following = _clean(line.text)
        if _LEGAL_END.search(joined) or not following:
            break
        if position == 0 or head[position + 1] is line:
            lone_shop_word = (
                len(following.split()) == 1 and _is_generic(following) and not SHOP_WORDS.search(joined)
            )
            if lone_shop_word and len(joined.split()) == 1 and not _COMPANY.search(joined):
                joined = f"{joined} {following}"
                break
        if line is head[position + 1] and _is_generic(following) and _may_go_on(joined):
            joined = f"{joined} {following}"
            continue
        short = _COMPANY.search(following) and len(following.split()) <= 4  # noqa: PLR2004 - an ending, not a name
        starts = line.text.lstrip().startswith("(") and _COMPANY.search(following)
        goes_on = (
            starts or (short and _begins_with_ending(following)) or joined.count("(") > joined.count(")")
        )
        if not goes_on and not _needs_more(joined, following, head, position):
            break
        if ADDRESS_WORDS.search(following) and not _COMPANY.search(following):
            break
        joined = f"{joined} {following}"
    return joined


_JOINING: Final = re.compile(r"&|AND|UND|OG|ET|Y|E|THE|OF|-|\+", re.IGNORECASE)
GENERIC_PENALTY: Final = 3.0
"""What a shop is (``BISTRO & CAFE``) stands below what it is called."""


def _is_generic(text: str) -> bool:
    """Whether the words only say what kind of shop it is."""
    words = text.split()
    return any(SHOP_WORDS.fullmatch(word) for word in words) and all(
        SHOP_WORDS.fullmatch(word) or _JOINING.fullmatch(word) for word in words
    )


def _may_go_on(text: str) -> bool:
    return _clear(text) and not SHOP_WORDS.search(text) and not _COMPANY.search(text)


def _clear(text: str) -> bool:
    return not (
        ADDRESS_WORDS.search(text) or _TITLE.search(squash(text)) or _CONTACT.search(text) or ":" in text
    )


def _begins_with_ending(text: str) -> bool:
    return bool(re.match(r"(?:CO\b|SDN|BHD|LTD|INC|GMBH|ENTERPRISE|\([A-Z])", text, re.IGNORECASE))


def _needs_more(text: str, following: str, head: Sequence[Line], position: int) -> bool:
    """The next row goes on with the same print and brings the company's ending."""
    if position + 2 >= len(head):
        return False
    later = _clean(head[position + 2].text)
    return bool(
        not _COMPANY.search(text)
        and SHOP_WORDS.search(following)
        and re.search(r"SDN\s?BHD|GMBH|LTD", later, re.IGNORECASE)
        and later.find("(") <= later.find(")")
        and following.count("(") > following.count(")")
    )


def _clean(text: str) -> str:
    """Without registration numbers, decorations and what follows a telephone's label."""
    text = re.sub(r"^[\W_]+", lambda match: "(" if "(" in match.group() else "", text)
    text = re.sub(r"(?<=[a-z])\s?[:|]\s.*$|\s[:|]\s\(?\d.*$", "", text)
    if _COMPANY.search(text) or "(" in text:
        text = _TRAILING.sub("", text) or text
    return re.sub(r"[\s*=_~|>-]+$", "", text).strip()


def _store(head: Sequence[Line], best: _Name | None) -> str:
    for line in head:
        match = _STORE.search(line.text)
        if match and (best is None or line is not best.line or match["hash"]):
            return (
                _clean(line.text)
                if not (match["id"] or match["hash"])
                else (match["id"] or f"#{match['hash']}")
            )
    return ""


def _address(head: Sequence[Line], best: _Name | None) -> str:
    """Rows that name a place, as far as the till's own print: a date or time begins that of this purchase."""
    first = next((i for i, line in enumerate(head) if _names_place(line, best)), len(head))
    stop = next((i for i in range(first, len(head)) if holds_moment(head[i])), len(head))
    return ", ".join([line.text.strip(" ,") for line in head[:stop] if _names_place(line, best)][:5])


def _names_place(line: Line, best: _Name | None) -> bool:
    return bool(
        ADDRESS_WORDS.search(line.text)
        and (best is None or line is not best.line)
        and not _CONTACT.search(line.text)
        and not _REGISTRATION.match(line.text)
        and not _TITLE.search(line.squashed)
        and not TAX_ID.search(line.text)
        and not holds_moment(line)
    )
