"""What small print says that takes a purchase back: that it was cancelled, or its money returned.

Small print also tells how one may cancel or return things, which takes nothing back: sentences of what one
can, may or must do, and within how many days, are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ocr.own_classify import says_cancelled
from ocr.own_policy import is_policy
from ocr.own_refund import says_paid_back

_POLICY: Final = re.compile(
    r"\b(?:can(?:not|'t)?|could|may|might|must|should|shall|would|will|want|wish|need|how|if|unless|within|days?"
    r"|hours?|policy|policies|terms|eligible|entitled|request(?:s|ing)?|contact|call|please|click|visit|help|learn"
    r"|guarantee[ds]?|subject to|for (?:an?|order|your)|to (?:cancel|get|receive|claim)"
    r"|kann|können|könn(?:en|t)|möchten|wenn|falls|innerhalb|tage[n]?|bitte|richtlinien?|bedingungen|garantie"
    r"|pouve[zr]|peut|souhaitez|si|sous|jours|délai|conditions|veuillez|politique"
    r"|kunt|kan|wilt|indien|als|binnen|dagen|voorwaarden|neem|beleid"
    r"|pued[ea]s?|desea|dentro|días|condiciones|política|può|puoi|se|entro|giorni|condizioni|pode|prazo|dias"
    r"|om|inom|dagar|villkor|hvis|innen|inden|dage|dager|vilkår|ønsker)\b",
    re.IGNORECASE,
)
_BACK: Final = re.compile(
    r"refund|credit(?:ed)? note|money back|gutschrift|erstatt|rückzahl|rembours|terugbeta|teruggestort"
    r"|creditnot|reembols|devoluci|devolv|återbet|tilbagebet|tilbakebet|refusj|rimbors|estorno|zwrot|vrácen|visszatér"
    r"|rambursar|επιστροφή|возврат|返金|退款|환불",
    re.IGNORECASE,
)
_AMOUNT: Final = re.compile(r"\d[.,]\d{2}(?!\d)")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?。])\s+|\n\s*\n")
_LONGEST_SENTENCE: Final = 200
_MOST_CHARS: Final = 20_000
"""Of small print that are looked through."""


def cancels(small_print: str) -> bool:
    """Whether it says that the order was cancelled."""
    return any(says_cancelled(each) for each in _statements(small_print))


def pays_back(small_print: str) -> bool:
    """Whether it says that money was returned, or has a row with an amount that was."""
    return any(
        says_paid_back(each) or (_BACK.search(each) is not None and _AMOUNT.search(each) is not None)
        for each in _statements(small_print)
    )


def _statements(small_print: str) -> Iterator[str]:
    """Lines, and sentences that were wrapped, without those of what one may do."""
    text = small_print[:_MOST_CHARS]
    for each in (*text.splitlines(), *_SENTENCE_END.split(text)):
        said = " ".join(each.split())
        if 0 < len(said) <= _LONGEST_SENTENCE and not (_POLICY.search(said) or is_policy(said)):
            yield said
