"""Words of refunds that tell of none: one that is insured or promised, and a credit that was spent."""

from __future__ import annotations

import re
from typing import Final

_PROMISED: Final = re.compile(
    r"\b(?:your |a |the |full |partial )*refund[\s-](?:protect(?:ion|or)?|guarantee|insurance|cover(?:age)?"
    r"|shield|waiver)\b"
    r"|(?:rückerstattung|erstattung|rückzahlung)s?-?(?:schutz|versicherung|garantie|option|paket)"
    r"|\b(?:garantie|assurance|protection|option)s? (?:de |du )?remboursement|remboursement garanti\w*"
    r"|\b(?:garant[íi]a|seguro|protecci[óo]n|opci[óo]n) de(?:l)? reembolso|reembolso garantizado"
    r"|\b(?:garanzia|assicurazione|protezione|opzione) (?:di |del )?rimborso|rimborso garantito"
    r"|terugbetalings?-?(?:garantie|bescherming|verzekering|optie)"
    r"|återbetalnings-?(?:garanti|skydd|försäkring)|(?:tilbagebetalings|refusjons)-?(?:garanti|forsikring)",
    re.IGNORECASE,
)
"""Sold beside the goods, or promised with them."""
_CREDIT: Final = (
    r"(?:refund(?: credit)?|credit(?: note| memo)?|gutschrift|guthaben|rückerstattung|erstattung|rückzahlung"
    r"|remboursement|avoir|note de crédit|reembolso|nota de crédito|rimborso|nota di credito|terugbetaling"
    r"|creditnota|tegoed|återbetalning|tilbagebetaling|refusjon|kreditnota|kreditfaktura)"
)
_NUMBER: Final = r"(?:\s(?:n[°ºo.]|nr\.?|no\.?|#)?\s?[A-Z]{0,4}[-#]?\d[\w-]*)?"
_WAS: Final = (
    r"(?:(?:has|have) been|was|were|is|wurden?|ist|a été|ont été|ha sido|fue|è stat[oa]|is|werd|har|blev|ble"
    r"|blivit|blitt)"
)
_SPENT: Final = re.compile(
    rf"\b{_CREDIT}{_NUMBER}(?:\s{_WAS}(?:\s\w+)?)?\s(?:redeemed|used|spent"
    r"|applied(?: (?:to|on|against) (?:this|your|the) (?:order|purchase|invoice|booking|basket|bill))?"
    r"(?=\W*(?:[\d.,]+\W*)?$)"
    r"|eingelöst(?! werden)|angerechnet|eingesetzt|utilisée?|déduite?|usad[oa]|canjead[oa]|aplicad[oa]"
    r"|utilizzat[oa]|riscattat[oa]|verzilverd|verrekend|gebruikt|ingewisseld|använts?|använd|inlöst|innløst"
    r"|brukt|anvendt|indløst)\b",
    re.IGNORECASE,
)
"""What came back before pays for this."""
_MINUS: Final = re.compile(
    r"(?<![\w.,])[-–−]\s?(?:[A-Z]{1,3}|[$€£¥₹]){0,2}\s?(?P<before>\d[\d.,]*[.,]\d{2})(?!\d)"
    r"|(?P<behind>\d[\d.,]*[.,]\d{2})\s?(?:[$€£¥]|[A-Z]{3})?\s?[-–−](?!\s?\d)"
)


def without_promises(text: str) -> str:
    """The text without what is insured, guaranteed or offered for a price (``Refund Protection Plan``)."""
    return _PROMISED.sub(" ", text)


def names_promise(text: str) -> bool:
    """Whether the words name such a thing."""
    return _PROMISED.search(text) is not None


def tells_of_spent_credit(sentence: str) -> bool:
    """Whether a credit was spent on this purchase (``Ihre Gutschrift wurde eingelöst``)."""
    return _SPENT.search(sentence) is not None


def taken_off(text: str) -> tuple[str, ...]:
    """Digits of the amounts with a minus in the row."""
    return tuple(
        re.sub(r"\D", "", match["before"] or match["behind"] or "") for match in _MINUS.finditer(text)
    )
