"""What the rows of order mails and web receipts say, where tills say it otherwise.

Own text is exact, so plain patterns do; `ocr.lexicon` judges what these leave open.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ocr.lexicon import Kind, kind_of
from ocr.lines import Line
from ocr.refund_words import names_promise
from receipts.money import Currency

_NOT_A_SUM: Final = re.compile(
    r"^(?:order summary|order details?|payment (?:method|details?)|paid (?:with|by|via)\s*:?$"
    r"|(?:shipping|delivery|billing) (?:address|to|details?|information|option|method|preference)"
    r"|total savings in|how many|balance of|account balance)",
    re.IGNORECASE,
)
_PATTERNS: Final[tuple[tuple[str, Kind], ...]] = (
    (
        r"(?:you(?:'ve|’ve| have)? saved|your savings|total savings|du sparst|sie sparen|vous économisez"
        r"|je bespaart|has ahorrado|you earned|points? (?:earned|balance)|reward points|loyalty points)\b",
        Kind.SAVINGS,
    ),
    (
        r"(?:item total|(?:purchase|merchandise|item\(?s?\)?|items|product|goods|order|cart|food|basket"
        r"|net)[ -]?"
        r"(?:sub-?total|refund)|sub-?total|goods total|items? total|merchandise total|net total"
        r"|net amount|items?\s*\(\d+\)|"
        r"(?:order |grand )?total (?:before|excl\w*\.?|without|ex\.?|net of) (?:of )?(?:sales )?(?:tax"
        r"|vat|gst)\w*"
        r"|zwischensumme|warenwert|artikelsumme|summe netto|nettobetrag|gesamt netto|summe artikel"
        r"|sous-total|total ht|total articles"
        r"|subtota[al]l?e?|exclusief btw|totaal excl\w*\.? ?btw|artikelen|delsumma?|varer i alt"
        r"|totale parziale|imponibile|"
        r"base imponible|importe neto)\b",
        Kind.SUBTOTAL,
    ),
    (
        r"(?:total |order |grand |item )*(?:refund(?:ed)?(?: total| amount)|total refund(?:ed)?"
        r"|(?:erstattungs|gutschrifts)betrag|gesamt(?:e )?(?:erstattung|gutschrift)|erstattung gesamt"
        r"|montant (?:total )?rembours\w+|total rembours\w+|importe reembolsado|total reembols\w+"
        r"|terugbetaald bedrag"
        r"|totaal terugbetaald|återbetalt belopp|refund)\b",
        Kind.FINAL_TOTAL,
    ),
    (
        r"(?:gift ?cards?|e-?gift|store credit|account credit|shop credit|credit applied"
        r"|geschenk(?:karte|gutschein)"
        r"|kundenguthaben|guthaben(?: verrechnet)?|cadeau(?:kaart|bon)|tegoed|carte[ -]cadeau|avoir"
        r"|ch[eè]que[ -]cadeau"
        r"|tarjeta regalo|saldo|buono regalo|presentkort|gavekort|reward(?:s)? (?:redeemed|applied"
        r"|used)|points (?:redeemed|applied|used)"
        r"|paid (?:with|by|via|from|using|on)|(?:balance |amount |total )?charged (?:to|on)|charge to"
        r"|betaald(?: met| via)|betaling met|bezahlt (?:mit|per|über)"
        r"|zahlung (?:mit|per|über)|pay[ée] (?:par|avec)|r[ée]gl[ée] par|pagado con|pagato con"
        r"|betal(?:t|d|dt|at) (?:med|kort)|(?:visa|mastercard|amex|american express"
        r"|discover|maestro|paypal|klarna|apple pay|google pay|ideal|bancontact|swish|sofort|giropay"
        r"|vipps|bizum)\b"
        r"|geg\.|gegeben|cash back|auszahlung|rembours\b)",
        Kind.PAYMENT,
    ),
    (
        r"(?:incl(?:uding|udes|\.)?|included?|of which|davon|darin enthalten(?:e)?|enthaltene?|inkl\.?"
        r"|waarvan|inclusief|dont|incluye|di cui|varav|herav|heraf|hvorav)"
        r"\s.{0,24}?(?:tax|vat|gst|hst|mwst|ust|btw|tva|iva|moms|mva|steuer)\b"
        r"|(?:(?:estimated|total|sales|state|local|city|county|item|import|goods and services"
        r"|value added|federal)\s)*(?:tax(?:es)?|vat|gst|hst|pst|qst|mwst|ust|btw|tva|iva|moms|mva"
        r"|mehrwertsteuer|umsatzsteuer)\b(?! (?:invoice|id|no|nr|number|reg|free|summary))"
        r"|(?:\d+(?:[.,]\d+)?\s?%\s)(?:vat|gst|mwst|ust|btw|tva|iva|moms|mva)\b",
        Kind.TAX,
    ),
    (
        r"(?:(?:estimated|standard|express|free|next[- ]day|first[- ]class|home|super saver|order|basic"
        r"|small[- ]order|economy|priority|flat[- ]rate)\s)*(?:shipping|delivery|postage|handling|p&p"
        r"|s&h|freight|courier)\b(?!.{0,3}(?:by|date|on)\b)"
        r"|(?:versand|liefer|porto|zustell|bearbeitungs|service|verpackungs)(?:kosten|geb[üu]hr(?:en)?"
        r"|pauschale)?(?:\s|:|$|\()|versandkosten"
        r"|(?:verzend|bezorg|service|transactie)kosten|verzending|bezorging|frais (?:de )?(?:port"
        r"|livraison|envoi|service|dossier)|livraison|"
        r"gastos de env[ií]o|env[ií]o|spedizione|spese di spedizione|frakt(?:kostnad)?|frakt|fragt"
        r"|levering(?:sgebyr)?|leverans|serviceavgift|servicegebyr|toimituskulut|portes|entrega"
        r"|(?:[\w'’,&-]+\s){0,3}(?:fees?|surcharge|(?:service|bag|carrier|delivery|handling|packing"
        r"|booking|packaging) charges?|packing|delivery|levy|toll|tolls|gift[- ]?wrap(?:ping)?"
        r"|donation|insurance)$|gift[- ]?wrap(?:ping)?\b|wait time",
        Kind.SERVICE,
    ),
    (
        r"(?:(?:driver|courier|delivery|rider|added|shopper)\s)?(?:tips?|gratuity|trinkgeld|pourboire"
        r"|fooi|propina|mancia|dricks)\b",
        Kind.TIP,
    ),
    (
        r"(?:(?:order|item|promo(?:tional)?|promotion|member(?:ship)?|loyalty|employee|student"
        r"|multi-?buy|seasonal|basket|total|store|digital|"
        r"instant|subscribe & save|prime|bundle|volume|your|app|first order|welcome|free shipping)[\s-])*"
        r"(?:discounts?|promotions?|promo(?: ?code)?|coupons?|savings?|voucher(?: code)?|offer|rebate"
        r"|rabatt(?:code)?|gutschein(?:code)?|nachlass|aktion(?:srabatt)?"
        r"|korting(?:scode|sbon)?|actiekorting|remises?|r[ée]duction|code promo|bon de r[ée]duction"
        r"|descuento|cup[óo]n|sconto|buono|desconto|rabat|kampanj|kampanje|kampagne|alennus)\b"
        r"|(?:free|complimentary) (?:shipping|delivery)|(?:app|mitarbeiter|sofort|inflations|kunden"
        r"|treue|bonus)[- ]?rabatt|less\b",
        Kind.DISCOUNT,
    ),
    (
        r"(?:(?:order|grand|invoice|purchase|payment|final|receipt|bill|shipment"
        r"|transaction)\s)*(?:total|amount)(?:\s(?:paid|due|charged|payable|to pay|cost|price|amount"
        r"|for this order|for your order|including .{0,12}|incl\.? .{0,12}|inc\.? .{0,6}|today"
        r"|billed))+"
        r"|(?:order|grand|invoice|shipment|payment|final)\s(?:total|summe)|you paid|total charged"
        r"|(?:gesamt|end|rechnungs|zahl)(?:summe|betrag|preis)|zu zahlen(?:der betrag)?|gesamt brutto"
        r"|bruttobetrag|summe brutto|summe$|summe eur"
        r"|(?:eind)?totaal(?:bedrag)?(?:\sincl\w*\.?\sbtw)?$|te betalen|factuur totaal"
        r"|totaal te betalen|(?:montant |prix )?total(?: [àa] payer| ttc| de la commande| pay[ée]"
        r"| r[ée]gl[ée])|net [àa] payer|montant pay[ée]"
        r"|(?:importe |precio )?total(?: a pagar| del pedido| pagado| con iva| iva incl\w*)"
        r"|totale (?:ordine|da pagare|pagato|complessivo)|att betala|[åa] betale|i alt(?: at betale)?"
        r"|totalsumma|totalbel[øo]p|yhteens[äa]",
        Kind.FINAL_TOTAL,
    ),
)
REFUND_HEADING: Final = re.compile(
    r"(?:(?:your|a|the|full|partial)\s)*refund(?:ed)?(?:\s(?:for|of|on|from)\b(?!:).*)?$", re.IGNORECASE
)
"""The words above what came back, which name no goods themselves."""
REFUND_OF: Final = re.compile(
    r"^\W*refund(?: (?:for|of)(?:\s*:)?|\s*:)\s+"
    r"(?!(?:your|this|the|order|purchase|invoice|payment|receipt|visa|card|mastercard|amex|paypal|total|amount"
    r"|subtotal|tax|vat|shipping|delivery|method|date|original|paid)\b)(?=[^\W\d_]{3})",
    re.IGNORECASE,
)
"""Goods by their name, with what came back for them."""
_COMPILED: Final = tuple(
    (re.compile(rf"^\W*(?:{pattern})", re.IGNORECASE), kind) for pattern, kind in _PATTERNS
)
MAX_LABEL_CHARS: Final = 70
MAX_WORDS_BEHIND: Final = 5
MAX_WORDS_BEHIND_FEE: Final = 2
_FEES: Final = frozenset({Kind.SERVICE, Kind.TIP, Kind.TAX})
_CHANGE: Final = re.compile(
    r"^\W*(?:change(?: due)?|cash change|r[üu]ckgeld|wisselgeld|rendu(?: monnaie)?|vuelto|cambio|resto"
    r"|v[äa]xel|vekslepenge)\b",
    re.IGNORECASE,
)


def own_kind(line: Line) -> Kind:
    """What a row of own text is, by its words; where cells stand in a row, by the one beside the amount."""
    if not line.prices:
        return _unpriced_kind(line)
    if line.prices[-1].value < 0 and len(line.label) <= MAX_LABEL_CHARS and _TAKEN_OFF.search(line.label):
        return Kind.DISCOUNT
    if REFUND_OF.search(line.label) or names_promise(line.label):
        return Kind.PLAIN
    cell = _cell_label(line)
    kind = _labelled_kind(cell) if cell else None
    return (
        kind
        or _labelled_kind(line.label.strip())
        or (kind_of(line) if len(line.label) <= MAX_LABEL_CHARS else Kind.PLAIN)
    )


_TAKEN_OFF: Final = re.compile(
    r"discount|coupon|promo|savings?\b|rabatt|korting|remise|réduction|descuento|sconto|voucher|\boff\b"
    r"|nachlass|offer\b",
    re.IGNORECASE,
)
"""With a minus behind it, such a word anywhere in the label is a discount."""


def _labelled_kind(label: str) -> Kind | None:
    if len(label) > MAX_LABEL_CHARS:
        return None
    if _CHANGE.search(label):
        return Kind.CHANGE
    for pattern, kind in _COMPILED:
        match = pattern.search(label)
        if match and _is_about(label[match.end() :], kind):
            return kind
    return None


def _cell_label(line: Line) -> str:
    """The words beside the last amount, where other words stand to their left."""
    words = [
        line.text[start:stop]
        for start, stop, _, _ in line.spans
        if start < line.prices[-1].start
        and re.search(r"[^\W\d_]{3}", line.text[start : min(stop, line.prices[-1].start)])
    ]
    return words[-1].strip() if len(words) > 1 else ""


def _unpriced_kind(line: Line) -> Kind:
    label = line.label.strip()
    if _NOT_A_SUM.search(label):
        return Kind.META
    words = [word.lower() for word in re.findall(r"[^\W\d_]+", label)]
    listed = GOODS_WORDS & set(words)
    if (
        MIN_TAX_HEADS <= len(words) <= MAX_HEAD_WORDS
        and not listed
        and _TAX_HEAD.search(label)
        and _BASE_HEAD.search(label)
    ):
        return Kind.TAX_TABLE
    known = sum(word in HEAD_WORDS for word in words)
    if (
        1 < len(words) <= MAX_HEAD_WORDS
        and known >= HEAD_SHARE * len(words)
        and known > 1
        and not line.numbers
    ):
        return Kind.HEADER
    kind = kind_of(line)
    return Kind.PLAIN if kind in {Kind.HEADER, Kind.COUNT} else kind


MAX_HEAD_WORDS: Final = 12
MIN_TAX_HEADS: Final = 3
"""Rate, base and tax."""
HEAD_SHARE: Final = 0.7
_TAX_HEAD: Final = re.compile(r"\b(?:tax|vat|gst|mwst|ust|steuer|btw|tva|iva|moms|mva)\b", re.IGNORECASE)
_BASE_HEAD: Final = re.compile(
    r"\b(?:net(?:to)?(?:pris|betrag)?|base|grondslag|taxable|imponible|ht|excl|gross|brutto|cuota|basis"
    r"|grunnlag|underlag)\b",
    re.IGNORECASE,
)


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


GOODS_WORDS: Final = _names(
    """
    item items product products description article articles artikel bezeichnung beschreibung produkt
    produit désignation descripción artículo producto omschrijving vare vara varor qty quantity menge
    anzahl aantal hoeveelheid cantidad antal antall
    """
)
"""A heading with one of these stands above goods, whatever it says of taxes."""
HEAD_WORDS: Final = _names(
    """
    item items product products description details name article articles artikel artikelbezeichnung
    bezeichnung beschreibung produkt produit produits désignation libellé descripción artículo producto
    concepto descrizione articolo prodotto omschrijving benämning vara varor vare varenavn beskrivelse
    beskrivning tuote qty quantity quantité qté menge anzahl aantal hoeveelheid cantidad cant antal
    antall quantità qtà kpl units unit price prices preis einzelpreis stückpreis prijs prix precio pris
    prezzo à each cost rate stuk per stück stk amount total totals subtotal gesamt gesamtpreis summe
    betrag bedrag totaal montant importe totale belopp beløp sum beløb tax vat gst mwst ust btw tva iva
    moms mva incl excl inkl exkl ht ttc sku code ref réf nr no pos art zeilenbetrag vk rabatt discount
    korting remise descuento ean ohne u p brutto netto enhetspris unitario returned refund refunded line
    the of de in
    """
)


def _is_about(rest: str, kind: Kind) -> bool:
    """Whether what follows the words is a rate, a code, a card's digits: goods have names of their own."""
    words = re.findall(r"[^\W\d_]{3,}", re.sub(r"\([^)]*\)", " ", rest))
    return len(words) <= (MAX_WORDS_BEHIND_FEE if kind in _FEES else MAX_WORDS_BEHIND)


_LANGUAGES: Final[tuple[tuple[str, str], ...]] = (
    ("SEK", r"\b(?:kvitto|moms|frakt|delsumma|antal|summa|ordernummer|totalt|betalt|varav)\b"),
    ("NOK", r"\b(?:kvittering|mva|frakt|delsum|antall|ordrenummer|totalt|betalt|herav|beløp)\b"),
    ("DKK", r"\b(?:kvittering|moms|fragt|antal|ordrenummer|i alt|betalt|heraf|beløb)\b"),
    ("EUR", r"\b(?:totaal|pinnen|statiegeld|btw|bedrag|aantal|bonnr|kassabon)\b"),
    ("EUR", r"\b(?:summe|mwst|gesamtbetrag|rechnung|menge|kassenbon|gegeben|artikel)\b"),
    ("EUR", r"\b(?:tva|ttc|montant|facture|sous-total|livraison|carte bancaire)\b"),
    ("EUR", r"\b(?:iva|importe|factura|pedido|subtotal|envío|tarjeta|scontrino|totale|fattura)\b"),
)
MIN_LANGUAGE_WORDS: Final = 3


def language_currency(lines: Sequence[Line]) -> Currency | None:
    """The currency that the page's language speaks for, where no mark of one is printed."""
    text = " ".join(line.text for line in lines).lower()
    counts = [(len(set(re.findall(pattern, text))), code) for code, pattern in _LANGUAGES]
    most, code = max(counts, key=lambda item: item[0])
    return Currency(code) if most >= MIN_LANGUAGE_WORDS else None
