"""Sentences of what one may do, and of what would then be done: they tell nothing of this purchase."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_POLICY: Final = re.compile(
    r"[?？](?=\s|$)|\b\d+\s?%|§"
    r"|\b(?:can(?:not|'t|’t)?|could|may|might|should|if|unless|until|whether|how|always|never|any"
    r"|within \d+|\d+[- ](?:day|hour)s?|polic(?:y|ies)|terms|conditions|rights?|eligible|entitled"
    r"|guarantee[ds]?"
    r"|(?:request|get|claim|receive) (?:a|your|any) (?:full )?refund|see our"
    r"|not (?:happy|satisfied)|questions?|enquir(?:y|ies)|cancellations are|refunds are|are refunded"
    r"|(?:be|is) refunded"
    r" (?:when|if|any|once|the)"
    r"|(?:returned|refunded|unopened|unused|unwanted|damaged) (?:items?|goods|products?|articles?)"
    r"|will be [^.]{0,30}\b(?:once|when|after|as soon as)"
    r"|all (?:returns|refunds)|free returns|for (?:a )?(?:full )?refunds?|no refunds?|non-refundable)\b"
    r"|\b(?:siehe|kann|kannst|können|könnten|falls|wenn|bei\s(?:nicht\w+|rückgabe\w*|widerruf\w*|fragen"
    r"|retouren?|rücksendung)"
    r"|im falle?|innerhalb|binnen|widerruf\w*|zufrieden|erfolg(?:t|en)|werden|wird|garantie|fragen"
    r"|\w*richtlinien?"
    r"|bedingungen|möglich|stornierungen)\b"
    r"|\b(?:pouve[zr]|peut|peuvent|si|sous \d+|satisfaits?|délais?|conditions|politique|retournés?"
    r"|(?:sont|est|seront"
    r"|sera) rembours\w+|en cas d\w*)\b"
    r"|\b(?:kunt|kan|indien|als|binnen|niet goed|voorwaarden|wordt|worden|beleid|bij retour\w*)\b"
    r"|\b(?:pued[aeo]s?|si|dentro|días para|condiciones|política|hacemos|devoluciones)\b"
    r"|\b(?:può|puoi|possono|se|entro|giorni per|condizioni|vengono)\b"
    r"|\b(?:pode|podem|prazo|caso|dias para)\b"
    r"|\b(?:öppet köp|åpent kjøp|om|inom|sker|hvis|innen|inden|vid retur|ved retur|fortryd\w+|angre\w+)\b"
    r"|\b(?:możesz|możecie|jeśli|jeżeli|w ciągu|na zwrot|w przypadku|můžete|pokud|do \d+ dnů|palauta\w*)\b",
    re.IGNORECASE,
)
"""Words of conditions, of terms, and of what is done as a rule."""


_CONDITION: Final = re.compile(
    r"\b(?:if|unless|until|when|whenever|once|whether|how|why|after|always|never|polic(?:y|ies)|terms|conditions"
    r"|falls|wenn|sobald|nachdem|nach|bei|si|lorsque|quand|dès|après|als|indien|zodra|wanneer|cuando|se|quando"
    r"|om|när|hvis|når|dersom|jeśli|jeżeli|gdy|pokud)\b",
    re.IGNORECASE,
)
_END: Final = re.compile(r"(?<=[.!。！])\s+")


def sentences(text: str) -> Sequence[str]:
    """Of a row: what was done and what may follow often stand in one. An answer stays with its question."""
    return _END.split(text)


def is_policy(text: str) -> bool:
    """Whether a line or sentence asks, offers or lays down, rather than tells what was done."""
    return _POLICY.search(text) is not None


def is_conditional(text: str) -> bool:
    """Whether it tells of a case, or of when: less than `is_policy`, for sentences that say what was done."""
    return _CONDITION.search(text) is not None
