"""Names of chains, folded so that two prints of one name compare as one."""

from __future__ import annotations

import re
import unicodedata

from rapidfuzz import fuzz

# A fixed list and not a library of company forms: folded names are part of stored purchase keys, so the
# folding must not change when a dependency is upgraded. Several words count as one form ("sdn bhd").
_LEGAL_FORM_WORDS = (
    "ab ag aps as asa bhd bv co company corp corporation ek eg eirl eood gmbh inc incorporated kft kg kgaa"
    " lda limited limitada llc llp ltd ltda mbh nv ohg ood oy oyj plc pte pty pvt sa sarl sas sc sdn se sl"
    " slu sp spa srl sro ug zoo"
)
_LEGAL_FORMS = frozenset(_LEGAL_FORM_WORDS.split())
_NOISE_WORDS = frozenset(["the", "and", "und"])
_JOINED = re.compile(r"(?<=\w)[.'’`´\-‐‑](?=\w)")
_NOT_WORD = re.compile(r"[\W_]+")

NAME_SAME_MIN = 86.0
"""Similarity (0 to 100, Levenshtein ratio) of two folded names from which they are one chain.

Lets one wrong letter in seven pass; ``carrefour`` and ``carrefaur`` score 89, ``aldi`` and ``lidl`` 50.
"""
NAME_NEAR_MIN = 70.0
"""From here two names may be one, read badly; below they are two."""
SHORT_NAME_LETTERS = 4
"""Names up to this long must agree exactly: one slip turns ``spar`` into ``star``."""


def fold_retailer(name: str) -> str:
    """Lower-case words without accents, punctuation and legal form; empty text for an empty name.

    ``Wal-Mart Stores, Inc.`` gives ``walmart stores``; ``BOOK TA .K (TAMAN DAYA) SDN BHD`` gives
    ``book ta k taman daya``. A name made of nothing but a legal form keeps it.
    """
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    words = _NOT_WORD.sub(" ", _JOINED.sub("", plain)).split()
    kept = [word for word in words if word not in _NOISE_WORDS]
    while len(kept) > 1 and kept[-1] in _LEGAL_FORMS:
        kept.pop()
    return " ".join(kept or words)


def name_likeness(first: str, second: str) -> float:
    """How alike two folded names are, 0 to 100; 100 also when the words of one are all in the other.

    Blanks do not count, since engines lose and invent them.
    """
    if not first or not second:
        return 0.0
    joined = fuzz.ratio(first.replace(" ", ""), second.replace(" ", ""), processor=None)
    shorter, longer = sorted((first, second), key=len)
    if len(shorter.replace(" ", "")) > SHORT_NAME_LETTERS and set(shorter.split()) <= set(longer.split()):
        return 100.0
    return joined


def same_chain(*, printed: str, wanted: str) -> bool:
    """Whether the printed name is the chain `wanted`; neither needs to be folded.

    All of the wanted chain's words must be printed (``Super Target`` is Target), or the whole names must be
    alike but for reading slips.
    """
    printed_key, wanted_key = fold_retailer(printed), fold_retailer(wanted)
    if not printed_key or not wanted_key:
        return False
    printed_joined, wanted_joined = printed_key.replace(" ", ""), wanted_key.replace(" ", "")
    if printed_joined == wanted_joined or set(wanted_key.split()) <= set(printed_key.split()):
        return True
    if min(len(printed_joined), len(wanted_joined)) <= SHORT_NAME_LETTERS:
        return False
    return fuzz.ratio(printed_joined, wanted_joined, processor=None) >= NAME_SAME_MIN
