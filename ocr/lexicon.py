"""What the words beside an amount say it is, in the languages of the tills we know.

Everything is compared squashed (`ocr.lines.squash`): engines lose blanks and accents. A phrase names a row
when the row's label begins with it, or when known words make up most of the label; so ``TOTAL`` names a
total and ``COLGATE TOTAL 75ML`` does not.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from rapidfuzz import fuzz

from ocr.lines import Line, squash


class Kind(Enum):
    """What a row is."""

    PLAIN = "plain"
    """Nothing known: a line item, an address, a slogan."""
    HEADER = "header"
    FINAL_TOTAL = "final_total"
    TOTAL = "total"
    SUBTOTAL = "subtotal"
    GROUP_TOTAL = "group_total"
    """A sum over a part of the items: of a tax rate, a department."""
    TAX = "tax"
    TAX_TABLE = "tax_table"
    ROUNDING = "rounding"
    SERVICE = "service"
    TIP = "tip"
    DISCOUNT = "discount"
    PAYMENT = "payment"
    CHANGE = "change"
    COUNT = "count"
    SAVINGS = "savings"
    """Says what was saved; nothing is taken off by it."""
    VOID = "void"
    META = "meta"
    """Dates, numbers, names of cashiers, card slips."""


def _alternatives(words: str) -> re.Pattern[str]:
    """The words, the longest first, so that SUBTOTAL is not taken for SUB."""
    return re.compile("|".join(sorted(words.split(), key=len, reverse=True)))


_FINAL: Final = _alternatives(
    """
    ROUNDEDTOTAL TOTALROUNDED TOTALAFTERROUND TOTALAFTERADJ GRANDTOTAL NETTTOTAL NETTOTAL TOTALPAYABLE
    AMOUNTPAYABLE PAYABLE TOTALDUE AMOUNTDUE AMTDUE BALANCEDUE BALANCETOPAY TOTALTOPAY TOPAY AMOUNTTOPAY
    ZUZAHLEN ZAHLBETRAG GESAMTBETRAG ENDBETRAG ENDSUMME GESAMTSUMME RECHNUNGSBETRAG APAYER NETAPAYER
    MONTANTDU TOTALTTC ATBETALE ABETALE ATTBETALA TEBETALEN TOTALAPAGAR TOTALEAPAGAR IMPORTETOTAL
    ORDERTOTAL INVOICETOTAL TOTALCHARGED TOTALPAID AMOUNTPAID AMTPAID NETAMOUNT NETTAMOUNT NETTAMT TOTALNETT
    JUMLAHBESAR KOPLATE КОПЛАТЕ КОПЛАТI DOZAPLATY TOTALEUR SUMMEEUR SUMMEEURO
    """
)
_TOTAL: Final = _alternatives(
    """
    TOTAL TOTL SUMME SUMMA SUMA TOTALT TOTAAL TOTALE TOTALES JUMLAH GESAMT IALT YHTEENSA BETRAG ITOG
    ИТОГ ИТОГО ВСЕГО 合计 总计 総合計 합계 CELKEM OSSZESEN RAZEM SPOLU TOPLAM UKUPNO TOTSALES SUM
    """
)
_SUBTOTAL: Final = _alternatives(
    """
    SUBTOTAL SUBTTL SUBTL ZWISCHENSUMME SOUSTOTAL SUBTOTALE DELSUM DELSUMMA MELLOMSUM SUBTOTAAL
    MEZISOUCET PARTSUM ITEMSTOTAL FOODTOTAL SUBTOT
    """
)
_TAX: Final = _alternatives(
    """
    TAX GST VAT SST HST PST QST MWST MVA MOMS TVA IVA BTW USTAX UST MEHRWERTSTEUER UMSATZSTEUER STEUER
    ALV PTU НДС DPH NETTO TAXES CGST SGST
    """
)
_ROUNDING: Final = _alternatives(
    """
    ROUNDING ROUNDADJ ROUNDEDADJ RNDADJ RUNDUNG AVRUNDING AVRUNDNING AVRUND PEMBUNDARAN ARRONDI REDONDEO
    ARROTONDAMENTO AFRONDING BILLROUNDING ROUNDOFF ROURDING ROUNDINGADJ
    """
)
_SERVICE: Final = _alternatives(
    """
    SERVICECHARGE SERVCHARGE SVCCHG SVCCHARGE SERVICECHRG SERCHARGE SRVCHG SERVICEFEE DELIVERYFEE
    DELIVERYCHARGE SHIPPING POSTAGE POSTAGEPACKING VERSANDKOSTEN VERSAND LIEFERUNG LIEFERKOSTEN
    SHIPPINGHANDLING FREIGHT SVCCHRG SERVICECHG
    """
)
_TIP: Final = _alternatives(
    """
    GRATUITY TIP TIPS TRINKGELD POURBOIRE PROPINA FOOI MANCIA
    """
)
_DISCOUNT: Final = _alternatives(
    """
    DISCOUNT DISC RABATT REMISE SCONTO DESCUENTO KORTING RABAT NACHLASS COUPON PROMO PROMOTION VOUCHER
    REDUCTION MARKDOWN PREISVORTEIL GUTSCHEIN AKTIONSNACHLASS OFFER SAVINGS SAVING DEAL PRICECUT
    CLUBCARD LESS REDUZIERT AFPRIJZING BONUSKORTING OFF MULTIBUY CARDSAVINGS MEMBERSAVINGS STORECOUPON
    MFRCOUPON INSTANTSAVINGS TILBUD PRISAVSLAG YOUSAVE DESCONTO ALENNUS SLEVA PRIMESAVINGS WITHPRIME
    """
)
_PAYMENT: Final = _alternatives(
    """
    CASH VISA MASTERCARD MCARD MASTER DEBIT CREDIT EFTPOS EFT AMEX TENDER TENDERED CASHTENDERED
    AMOUNTTENDERED AMTTENDERED CASHRECEIVED PAYMENT PAID BAR BARGELD GEGEBEN GEGBAR GIROCARD ECKARTE
    ECCASH KARTE KARTENZAHLUNG KREDITKARTE TWINT MAESTRO VPAY BANKAXEPT BANK BANKKORT KORT KONTANT
    KONTANTER ESPECES ESPECE REGLE AMOUNT ANOUNT CARTE CB CARTEBANCAIRE TUNAI CHEQUE CHECK CHECKMEMBER APPLEPAY GOOGLEPAY PAYPAL
    PAYWAVE CONTANT EFECTIVO TARJETA DINHEIRO CONTANTI GOTOWKA KARTA CARD VISADEBIT DEBITMASTERCARD
    DISCOVER DEBTEND DEBITTEND CASHTEND VISATEND MCARDTEND CREDITTEND PIN NETS PINPAYMENT
    CUSTOMERPAYMENT CUSTOMERSPAYMENT CREDITCARD DEBITCARD BARZAHLUNG MC TOTALTENDER TENDERTOTAL TOTALEFT
    VISACREDIT BETALT BETAALD BETALING НАЛИЧНЫМИ КАРТА HOTOVOST GRABPAY TNGEWALLET CASHSALE
    CASHPAID EWALLET SEPAELV SEPALASTSCHRIFT ELV LASTSCHRIFT ALIPAY WECHATPAY CARTECREDIT EBT
    """
)
_CHANGE: Final = _alternatives(
    """
    CHANGE CHANGEDUE CHANGEAMT RUCKGELD RUECKGELD RUCKGABE RENDU RENDUMONNAIE MONNAIE VEKSEL VEXEL VAXEL
    TILBAGE RETUR WISSELGELD CAMBIO RESTO BAKI TROCO RESZTA WECHSELGELD BALANCE ZURUCK VRACENO СДАЧА
    CHANCE CHAHGE CUANGE CIIANGE
    """
)
_COUNT: Final = _alternatives(
    """
    TOTALQTY TOTALQUANTITY QTYCOUNT ITEMCOUNT NOOFITEMS NUMBEROFITEMS ITEMSSOLD TOTALITEMS TOTALITEM
    TOTALNUMBEROFITEMS ITEMSCOUNT TOTQTY TOTALPCS NOQTYS NOOFQTY ANZAHLARTIKEL ANTALLVARER ANTALVAROR
    ITEMSQTYS ITEMS QTYS TOTALNOOFITEMS TOTALUNITS POSTEN ARTIKELANZAHL TQTY QTYTOTAL NOITEMS ITEMQTY
    ITEMSPURCHASED NROFITEMS
    """
)
_SAVINGS: Final = _alternatives(
    """
    TOTALSAVINGS TOTALSAVING YOUSAVED YOUHAVESAVED YOURSAVINGS CUSTOMERSAVING SAVEDTODAY SIEHABENGESPART
    GESPART TOTALDISCOUNT TODAYSSAVINGS TOTALSAVED VOUSAVEZECONOMISE DUSPARTE YOUVESAVED SAVINGSTODAY
    TOTALPOINTS POINTSEARNED POINTS PUNKTE PUNKTESTAND CUSTCMERSAVING RABATTSUMME NECTARPOINTS
    REGULARPRICE REGPRICE NORMALLY ORIGINALPRICE RRP
    """
)
_VOID: Final = _alternatives(
    """
    VOID VOIDED STORNO SOFORTSTORNO CANCELLED ANNULE CORRECTION CANCEL ITEMVOID ITEMCORRECT ANNULLERT
    VOIDEDENTRY LINEVOID
    """
)
_META: Final = _alternatives(
    """
    DATE DATUM DATO TIME ZEIT UHRZEIT CASHIER KASSIERER BEDIENER SERVER TABLE TISCH BORD TERMINAL
    TERMINALID INVOICENO INVOICE INVNO RECEIPTNO RECEIPT BELEG BELEGNR BON BONNR TEL TELEFON TELEPHONE
    PHONE FAX AID APPROVAL APPRCODE AUTH AUTHCODE MEMBER MEMBERSHIP ACCOUNT REF REFERENCE REFNO TRACE
    BATCH STORE STATION REGISTER KASSE TRANS TRANSACTION TRN TERM SLIPNO SLIP DOCNO DOCUMENTNO ORDER
    ORDERNUMBER CHK GUEST PAX COVER SALESPERSON OPERATOR COUNTER HTTP WWW CUSTOMER PUMP OPEN CLOSED
    POSNO STREET ROAD JALAN JLN LOT GSTNO GSTID GSTREG GSTIDNO VATNO VATREG USTID UIDNR CONO COREG ROC
    TAXREG TAXID ABN ORGNR FORETAKSREG MERCHANT CARDNO VALIDUNTIL GUTHABEN CUMULUS TSE SERIENNUMMER
    SIGNATUR BARCODE VEHICLE APPCODE BANKACC
    """
)
_HEADER: Final = _alternatives(
    """
    DESCRIPTION ITEM ITEMS QTY QUANTITY PRICE UNITPRICE AMOUNT AMT TOTAL UP DISC TAX CODE UOM ARTIKEL
    BEZEICHNUNG MENGE PREIS ANZAHL EINZEL EINZELPREIS GESAMT ANTALL PRIS BELOP VARE PRODUCT PRODUCTNAME
    PARTICULARS SPRICE UNIT RM GST SR NAME ARTICLE PRIX QTE MONTANT DESIGNATION RSP SALE ISS EXC EUR USD
    CHF ARTIKELBEZEICHNUNG DISCOUNT GESPART BETRAG TX NO DESC ITEMCODE ITEMNAME EXCL INCL VAT MWST
    CANTIDAD OTY ITEN ANT PRDCT DISG SUBTOTAL AANTAL OMSCHRIJVING PRIJS RATE MRP PARTICULAR
    """
)
_FILLERS: Final = _alternatives(
    """
    ESTIMATED COLLECTED BE FACTUUR REKENING RECHNUNG FATTURA FACTURA TYPE FACTURE INVOICE RECEIPT DH MAD STATE FOOD CITY LOCAL COUNTY DRINK RATE INCLUSIVE INCLUDING INCLUDED INCLUDES INCL INC SALES SALE AMOUNT AMT GST VAT TAX RM MYR EUR EURO USD
    CHF NOK SEK DKK GBP AUD NZD BYN OF THE ON SR FOR IN AND ROUNDED ROUNDING ADJUSTMENT ADJ AFTER BEFORE
    ITEMS ITEM DUE BILL ORDER PURCHASE PRICE EXCL EXCLUDING EXCLUSIVE EXC MWST OUT EAT TAKE GROSS NET
    NETT TTL CARD CASH BALANCE SUM TOTAL SUB GRAND TO PAY PAID WITH ALL DISCOUNT KR TTC HT STK ARTIKEL
    VARER POSTEN FUEL YOUR THIS
    """
)
_TABLE: Final = _alternatives(
    """
    GSTSUMMARY TAXSUMMARY VATSUMMARY GSTSUM GSTANALYSIS TAXCODE TAXANALYSIS TAXRATE VATRATE STEUERSATZ
    MWSTSATZ MVAGRUNNLAG GSTSUMM QSISUMMARY TAXBREAKDOWN VATANALYSIS STEUERNETTO MVAOVERSIKT
    VATBREAKDOWN CODEAMOUNT RATENET SUMMARYAMOUNT
    """
)

FUZZY_MIN_LETTERS: Final = 5
"""Shorter words are one letter away from too many others."""
FUZZY_RATIO: Final = 80.0
"""Of 100: one letter wrong in a word of five."""
COVER_SHARE: Final = 0.6
"""Known words must make up this much of a label that does not begin with the phrase."""
_NOT_AN_ITEM_COUNT: Final = re.compile(r"QTY|QUANTIT|ITEMS|QTYS|UNITS|PCS|QIY|QUANTITEIT")
_EXCLUSIVE: Final = re.compile(
    r"EXCL|EXCLUD|EXCING|EXCGST|BEFORE|EXGST|EXVAT|NETTOBETRAG|EXTAX|SUBTOTAL|SUBTTL|TAXABLE"
)
_SAVED: Final = re.compile(r"SAVING|SAVED|DISC|POINT|SAVE|CHANGE|REBATE|TENDER")
_TAX_WORD: Final = re.compile(r"TAX|GST|VAT|SST|HST|MWST|MVA|MOMS|TVA|IVA|BTW|6$")
_TAX_ANYWHERE: Final = re.compile(
    r"\b(?:TAX|GST|VAT|SST|HST|PST|QST|MWST|MVA|MOMS|TVA|IVA|BTW)\b", re.IGNORECASE
)
_INCLUSIVE: Final = re.compile(r"INCL|INCSV|INCGST|WITHGST|WITHTAX|TTC|INCTAX|INCVAT|INC6|INKL")


_DISCOUNT_END: Final = re.compile(
    r"(?:RABATT|DISCOUNT|KORTING|REMISE|SAVINGS?|NACHLASS|VORTEIL|COUPON|PROMO|OFFER|SCANUGO)$"
)


def kind_of(line: Line) -> Kind:  # noqa: C901 - one question after another, first answer wins
    """What the row is, by its words alone."""
    label = line.squashed
    if not label:
        return Kind.PLAIN
    if _COUNT.match(label):
        return Kind.COUNT
    if _is_header(line):
        return Kind.HEADER
    if _HOURS.search(line.text):
        return Kind.META
    if _TABLE.search(label):
        return Kind.TAX_TABLE
    if _SAVINGS.match(label):
        return Kind.SAVINGS
    total = _total_kind(label)
    if total is not None:
        return total
    for pattern, kind in _BY_START:
        match = pattern.match(label)
        if match and _names(label, match.group()) and _whole_word(line.label, match.group()):
            return kind
    if _ROUNDING.search(label):
        return Kind.ROUNDING
    if line.prices and _TAX_ANYWHERE.search(line.text) and _covered(label):
        return Kind.TAX
    match = _DISCOUNT.match(label)
    if match and _whole_word(line.label, match.group()):
        return Kind.DISCOUNT
    if line.prices and line.prices[-1].value < 0 and _DISCOUNT_END.search(re.sub(r"\d+", "", label)):
        return Kind.DISCOUNT
    if any(ch.isdigit() for ch in line.text) and _META.match(label) and not line.prices:
        return Kind.META
    if line.prices and _almost_payment(label):
        return Kind.PAYMENT
    if line.prices and _almost_total(label):
        return Kind.TOTAL
    return Kind.PLAIN


_BY_START: Final = (
    (_ROUNDING, Kind.ROUNDING),
    (_SERVICE, Kind.SERVICE),
    (_CHANGE, Kind.CHANGE),
    (_TIP, Kind.TIP),
    (_VOID, Kind.VOID),
    (_PAYMENT, Kind.PAYMENT),
    (_TAX, Kind.TAX),
)


def _total_kind(label: str) -> Kind | None:
    """Which sort of total, if the label names one."""
    if _SUBTOTAL.match(label):
        return Kind.SUBTOTAL
    final = None if _TAX.match(label) and "TOTAL" not in label else _FINAL.search(label)
    if final and (final.start() == 0 or _covered(label)) and not _NOT_AN_ITEM_COUNT.search(label):
        return Kind.FINAL_TOTAL
    match = _TOTAL.match(label)
    if match is None:
        match = _TOTAL.search(label)
        if match is None or len(match.group()) < len("TOTAL") or not _covered(label):
            return None
    elif not _names(label, match.group(), MAX_AFTER_TOTAL):
        return None
    if _SAVED.search(label):
        return Kind.SAVINGS
    if _EXCLUSIVE.search(label):
        return Kind.SUBTOTAL
    if "SUPPL" in label or label.endswith(("FOOD", "DEPT")):
        return Kind.GROUP_TOTAL
    if _NOT_AN_ITEM_COUNT.search(label) and not _INCLUSIVE.search(label):
        return Kind.COUNT
    if re.search(r"INC[A-Z]*INTOTAL", label):
        return Kind.TAX
    if _TAX_WORD.search(label) and not _INCLUSIVE.search(label):
        return Kind.TAX
    return Kind.TOTAL


MAX_TRAILING_LETTERS: Final = 12
"""What may follow a naming word: a currency, a card's last digits, a rate, a tax letter."""


MAX_AFTER_TOTAL: Final = 10
"""A total is named after more: ``TOTAL FACTURE``, ``SUM 20 VARER``."""


def _names(label: str, word: str, most: int | None = None) -> bool:
    """Whether the label is about this word: little follows it, or only known words do."""
    rest = re.sub(r"\d+", "", label[len(word) :])
    limit = min(MAX_TRAILING_LETTERS, 2 + len(word)) if most is None else most
    return len(rest) <= limit or _covered(label)


MAX_SHORT_WORD: Final = 5


def _whole_word(text: str, word: str) -> bool:
    """Whether a short word ends where a printed word ends: BAR pays, BARLEY is eaten."""
    if len(word) > MAX_SHORT_WORD:
        return True
    so_far = ""
    for token in re.split(r"[^\w]+|(?<=[^\W\d])(?=\d)", text):
        so_far += squash(token)
        if len(so_far) >= len(word):
            break
    return so_far == word


def _covered(label: str) -> bool:
    letters = re.sub(r"\d+", "", label)
    if not letters:
        return False
    known = sum(len(match.group()) for match in _COVERING.finditer(letters))
    return known >= COVER_SHARE * len(letters)


_COVERING: Final = re.compile(
    "|".join(
        sorted(
            {
                word
                for pattern in (
                    _FINAL,
                    _TOTAL,
                    _SUBTOTAL,
                    _TAX,
                    _ROUNDING,
                    _SERVICE,
                    _PAYMENT,
                    _CHANGE,
                    _FILLERS,
                )
                for word in pattern.pattern.split("|")
            },
            key=len,
            reverse=True,
        )
    )
)


_LONG_PAYMENTS: Final = (
    "MASTERCARD",
    "EFTPOS",
    "GIROCARD",
    "KREDITKARTE",
    "DEBITCARD",
    "CREDITCARD",
    "VISACREDIT",
    "VISADEBIT",
)
PAYMENT_RATIO: Final = 85.0
"""Of 100: one or two letters wrong in a word of ten."""


def _almost_payment(label: str) -> bool:
    return any(fuzz.ratio(label, word) >= PAYMENT_RATIO for word in _LONG_PAYMENTS)


def _almost_total(label: str) -> bool:
    """TOTAL with one letter misread, at the label's start."""
    head = label[: len("TOTAL") + 1]
    if re.sub(r"RM|EUR|USD", "", label) in {"TOT", "TOTA", "OTAL", "OTALRM"}:
        return True
    return max(fuzz.ratio(head[:5], "TOTAL"), fuzz.ratio(head, "TOTAL")) >= FUZZY_RATIO and len(label) <= len(
        "TOTALAMOUNT"
    )


_HOURS: Final = re.compile(
    r"\b\d{3,4}\s?HRS\b|\b(?:SHOPPING|OPENING|BUSINESS|STORE) HOURS\b|\bOPEN \d|\bMON(?:DAY)?\s?[-–]\s?(?:SUN|FRI|SAT)",
    re.IGNORECASE,
)
HEADER_MAX_NUMBER: Final = 100
"""A rate such as 6 % may stand in a heading, an article or tax number does not."""
_WORD: Final = re.compile(r"[^\W\d_]+", re.UNICODE)


def _is_header(line: Line) -> bool:
    """Column headings: at least two of their words, nothing else of weight, and no price."""
    if line.prices or any(number.value >= HEADER_MAX_NUMBER for number in line.numbers):
        return False
    words = [squash(word) for word in _WORD.findall(line.text)]
    words = [word for word in words if word]
    if len(words) < 2:  # noqa: PLR2004 - one word alone may be a name
        return len(words) == 1 and words[0] in _LONE_HEADERS
    known = sum(1 for word in words if _HEADER.fullmatch(word) or _HEADER.fullmatch(word.rstrip("S")))
    return known >= max(2, 0.6 * len(words)) and not _TABLE.search(line.squashed)


_LONE_HEADERS: Final = frozenset(
    {"DESCRIPTION", "AMOUNT", "RM", "EUR", "USD", "ARTIKEL", "BEZEICHNUNG", "CODEDESC"}
)
