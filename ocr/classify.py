"""Is it a receipt at all? Notes, statements, payslips and shipping notices have text and amounts too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ocr.lexicon import Kind
from ocr.lines import Line
from receipts.errors import Rejection, RejectionReason

MIN_LETTERS: Final = 12
"""Fewer letters and digits on the whole page are no text worth the name."""
MIN_SCORE: Final = 2.5
"""Evidence a page needs, in the weights below; chosen so that the 200 receipts at hand all pass."""

_OTHER_DOCUMENTS: Final = re.compile(
    r"BANKSTATEMENT|ACCOUNTSTATEMENT|STATEMENTOFACCOUNT|OPENINGBALANCE|CLOSINGBALANCE|BALANCEBROUGHT"
    r"|PAYSLIP|BULLETINDEPAIE"
    r"|BULLETINDESALAIRE|SALAIREDEBASE|PARTPATRONALE|NETIMPOSABLE|CONGESPAYES|LOHNSTEUER"
    r"|SOZIALVERSICHERUNG|BRUTTOLOHN|KONTOAUSZUG|RELEVEDECOMPTE|SALDOVORTRAG|BUCHUNGSTAG|KONTOSTAND"
    r"|ESTRATTOCONTO|BUSTAPAGA|NOMINA|BEGINNINGBALANCE|ENDINGBALANCE|ACCOUNTSUMMARY|STATEMENTPERIOD"
    r"|MATRICULE|CONTRIBUTIONS|DEDUCTIONS|TAXYEAR|PAYPERIOD|NATIONALINSURANCE|LEBENSLAUF|SENDUNGSNUMMER"
    r"|WURDEVERSANDT|ISONITSWAY|DELIVERYATTEMPT|YOURPARCEL|BULLETINDEPAYE|SALAIREBRUT|COTISATION"
    r"|GEHALTSABRECHNUNG|LOHNABRECHNUNG|NETPAY|GROSSPAY|YEARTODATE"
    r"|CURRICULUMVITAE|WORKEXPERIENCE|EDUCATION|REFERENCES|FORM1040|INCOMETAXRETURN|TAXPAYER|WITHHOLDING"
    r"|W2WAGE|QUOTATION"
    r"|PURCHASEORDER|PACKINGLIST|DELIVERYNOTE|HASSHIPPED|HASBEENDISPATCHED|OUTFORDELIVERY|TRACKYOURPACKAGE"
    r"|TRACKINGNUMBER"
    r"|NEWBALANCE|MINIMUMPAYMENT|CREDITLIMIT|PAYMENTDUEDATE|SORTCODE|DEPARTMENTOFTHETREASURY|EMPLOYER"
    r"|EMPLOYEE|URSSAF"
    r"|HOURLYRATE|SOCIALSECURITY|TOTALDEPOSITS|WITHDRAWALS|CHECKINGACCOUNT|INTERNALREVENUE"
)
MIN_SCORE_WITHOUT_TOTAL: Final = 4.0
"""Tables with dates and prices reach 2.5; only a receipt whose total faded has much more to show."""
OTHER_WEIGHT: Final = 2.0
MANY_OTHERS: Final = 2
"""Of 200 receipts one holds two such words, and it gives change; payslips and statements hold five."""
WELL_SUPPORTED_TOTAL: Final = 7.0
"""A label and cash less change, or a label and subtotal with tax: see the weights in `ocr.sums`."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was read, as far as it tells a receipt from another document."""

    lines: Sequence[Line]
    kinds: Sequence[Kind]
    has_total: bool
    total_score: float
    has_date: bool
    items: int
    balanced: bool
    has_retailer_cues: bool


def reject(evidence: Evidence) -> Rejection | None:
    """Why the page is no receipt; None when it is one."""
    characters = sum(char.isalnum() for line in evidence.lines for char in line.text)
    if characters < MIN_LETTERS:
        return Rejection(RejectionReason.NO_TEXT, f"{characters} letters and digits on the page")
    others = _others(evidence.lines)
    if others >= MANY_OTHERS and Kind.CHANGE not in evidence.kinds:
        detail = f"{others} different words of payslips, statements and the like"
        return Rejection(RejectionReason.NOT_A_RECEIPT, detail)
    score = score_of(evidence)
    if score >= (MIN_SCORE if evidence.has_total else MIN_SCORE_WITHOUT_TOTAL):
        return None
    # A receipt's words with nothing legible beside them is a receipt that could not be read.
    paying = {Kind.PAYMENT, Kind.CHANGE, Kind.FINAL_TOTAL, Kind.SUBTOTAL}
    if (
        not evidence.has_total
        and sum(kind in paying for kind in evidence.kinds) > 1
        and not _others(evidence.lines)
    ):
        return Rejection(RejectionReason.UNREADABLE, f"receipt words but no total; evidence {score:.1f}")
    return Rejection(RejectionReason.NOT_A_RECEIPT, f"evidence {score:.1f} of {MIN_SCORE:.1f} for a receipt")


def score_of(evidence: Evidence) -> float:
    """Weighted evidence for a receipt; no unit."""
    kinds = evidence.kinds
    score = 0.0
    score += 2.0 * evidence.has_total
    score += 2.0 * (evidence.total_score >= WELL_SUPPORTED_TOTAL)
    score += 1.0 * evidence.has_date
    score += 1.0 * min(2, evidence.items) / 2
    score += 2.0 * evidence.balanced
    score += 1.0 * any(kind in {Kind.PAYMENT, Kind.CHANGE} for kind in kinds)
    score += 0.5 * any(kind is Kind.SUBTOTAL for kind in kinds)
    score += 0.5 * any(kind in {Kind.TAX, Kind.TAX_TABLE} for kind in kinds)
    score += 0.5 * evidence.has_retailer_cues
    return score - OTHER_WEIGHT * _others(evidence.lines)


def _others(lines: Sequence[Line]) -> int:
    """How many different words of other documents the page holds."""
    return len({word for line in lines for word in _OTHER_DOCUMENTS.findall(line.squashed)})
