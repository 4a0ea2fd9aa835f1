"""Printed lines that are no products: sums, taxes, payment, coupons, deposits, greetings."""

from __future__ import annotations

import re

from matching.text import fold

# Whole lines of what is taken off an item; tills print the item's own number beside it. Not deposits:
# PANT SHMP and DEP GEL are Pantene's and Dep's, where a barcode number says so.
_BESIDE_AN_ITEM = (
    r"((STORE|MFR|MFG|MANUFACTURER|DIGITAL|PAPER|VENDOR|MEMBER|CLUB|INSTANT|SCANNED|E)\s?)*COUPONS?(\s.{0,20})?",
    r"((MEMBER|CLUB|CARD|STORE|INSTANT|SALE|YOUR?|YOU|TOTAL|DIGITAL|LOYALTY|PROMO(TION)?|FUEL)\s)+"
    r"(SAVINGS?|SAVED?|DISCOUNTS?|REWARDS?|POINTS)(\s.{0,16})?",
    r"DISCOUNT|RABATT|REMISE|DESCUENTO|SCONTO",
)  # fmt: skip
# Whole lines only: Total, Cash and Bounty are also names of products.
_PHRASES = (
    *_BESIDE_AN_ITEM,
    r"(SUB|GRAND)?\s?TOTAL(E|S|ES)?(\s(DUE|SALE|SALES|TAX|TAXES|AMOUNT|AMT|SAVINGS?|SAVED|USD|EUR|PURCHASE|TTC|HT))*",
    r"(AMOUNT|AMT|BALANCE|BAL|TOTAL)\s(DUE|PAID|TENDERED|OWED|TO PAY)", r"AMOUNT", r"BALANCE", r"BAL(\sDUE)?",
    r"((STATE|CITY|COUNTY|LOCAL|SALES|FOOD|NET|TOTAL|BEVERAGE|BEV|SODA|SUGAR)\s)*TAX(ES)?(\s?\d)?(\s\w{1,5}){0,2}",
    r"(GST|HST|PST|QST|VAT|MWST|UST|TVA|IVA|BTW|MOMS)(\s.{0,12})?",
    r"CASH(\s(BACK|TEND(ER(ED)?)?|PAID|CHANGE))?", r"CHANGE(\sDUE)?", r"TENDER(ED)?",
    r"((US|CREDIT|DEBIT|BANK|GIFT|EBT|WIC|SNAP|STORE)\s)*(VISA|MASTERCARD|MASTER CARD|MCARD|AMEX|"
    r"AMERICAN EXPRESS|DISCOVER|DEBIT|CREDIT|EBT|SNAP|WIC|MAESTRO|GIROCARD|EC[- ]?KARTE)"
    r"(\s(CARD|TEND(ER)?|DEBIT|CREDIT|SALE|PURCHASE|FOOD|CASH|PAYMENT|CONTACTLESS|TOTAL|ACCT))*",
    r"(GIFT|CREDIT|DEBIT|REWARDS?|LOYALTY|CLUB|MEMBER|BANK)\sCARD(\s(REDEEM\w*|BAL(ANCE)?|PAYMENT|SAVINGS?))?",
    r"APPLE PAY|GOOGLE PAY|PAYPAL|CONTACTLESS|CHECK TEND(ER)?|PAYMENT|ACCOUNT BALANCE",
    r"SAVINGS|YOU SAVED|PROMO(TION)?|REBATE|ROUND(ING)?(\sUP)?",
    r"((BOTTLE|BTL|CAN|CONTAINER|CRV|BEV|GLASS|PLASTIC)\s)*(DEPOSIT|DEP|REDEMPTION|REFUND)(\s(FEE|VALUE|\d.*))?",
    r"(CA|CALIF)?\s?CRV(\s.{0,12})?",
    r"(PFAND|STATIEGELD|VUOTO)(\s.{0,12})?|LEERGUT(\s.{0,12})?|CONSIGNE",
    # Of the north; PANT SHMP is Pantene's.
    r"PANT(\s([A-Z]|\d.*|PET|BURK\w*|FLASK\w*|DASE\w*|BOKS\w*))?",
    r"RECYCL\w*\sFEE",
    r"((PAPER|PLASTIC|CARRYOUT|CARRY OUT|CARRIER|SHOPPING|GROCERY|REUSABLE)\s)+BAGS?(\s(FEE|CHARGE|TAX))?",
    r"BAG FEE",
    r"(DELIVERY|SERVICE|CONVENIENCE|BAG|DRIVER|SHIPPING)\s(FEE|CHARGE|TIP)|TIP|GRATUITY|SHIPPING",
    r"(NUMBER OF )?ITEMS?(\sSOLD|\sCOUNT|\sPURCHASED)?(\s\d+)?|\d+\sITEMS?|ITEM COUNT.*",
    r"THANK YOU.*|WELCOME.*|CUSTOMER COPY|APPROVED|AUTH(ORIZATION)?(\s(CODE|NO|#).*)?",
    r"REF(ERENCE)?\s?(NO|#).*",
    r"(CASHIER|REGISTER|REG|LANE|TERMINAL|TRANS(ACTION)?|STORE|INVOICE|ORDER|RECEIPT)\s?(NO|NUM(BER)?|ID|#).*",
    r"SUMME|ZWISCHENSUMME|GESAMT(BETRAG)?|ZU ZAHLEN|BAR|GEGEBEN|RUECKGELD|RUCKGELD|WECHSELGELD",
    r"SOUS[- ]TOTAL|MONTANT|A PAYER|ESPECES|RENDU|CARTE BANCAIRE|CB",
    r"IMPORTE|EFECTIVO|CAMBIO|TARJETA|A PAGAR|SUBTOTALE|CONTANTI|RESTO|TOTAAL",
)  # fmt: skip
_NOT_PRODUCT = re.compile(r"(?:" + "|".join(_PHRASES) + r")")
_BESIDE = re.compile(r"(?:" + "|".join(_BESIDE_AN_ITEM) + r")")
_EDGES = " #=.-"
_AMOUNTS = re.compile(r"[$€£]?\s?-?\d+[.,]\d{2}%?-?")
_PER_CENT = re.compile(r"\d+([.,]\d+)?\s?%")
_MISREAD = str.maketrans({"0": "O", "1": "I", "5": "S", "8": "B", "|": "I"})
_CAPITAL = re.compile(r"[A-Z]")


def is_not_product(description: str) -> bool:
    """The line says a sum, a tax, a payment, a coupon, a deposit or a courtesy, and nothing else."""
    bare = _bare(description)
    return not any(map(str.isalpha, bare)) or _NOT_PRODUCT.fullmatch(bare) is not None


def is_beside_an_item(description: str) -> bool:
    """The line says a coupon or a discount: a product's number on it is that of the item it is for."""
    return _BESIDE.fullmatch(_bare(description)) is not None


def _bare(description: str) -> str:
    folded = fold(description)
    if "." in folded or "," in folded:
        folded = _AMOUNTS.sub(" ", folded)
    if "%" in folded:
        folded = _PER_CENT.sub(" ", folded)
    tokens = [
        token.translate(_MISREAD) if not token.isalpha() and _CAPITAL.search(token) else token
        for token in folded.split()
    ]
    return " ".join(" ".join(tokens).replace("*", " ").replace(":", " ").strip(_EDGES).split())
