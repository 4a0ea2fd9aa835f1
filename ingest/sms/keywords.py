"""The words that carriers oblige every sender to obey: stop, start, help.

A message counts only where it is nothing but the word; "stop by the shop" is no request. English words are
those that Twilio and the FCC's rule (47 CFR 64.1200(a)(10)) name; the other languages' are those that
carriers and CTIA's Messaging Principles expect of programs in Canada, the Americas and Europe.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum


class Keyword(Enum):
    """What the sender asks; the value is also the provider's ``OptOutType``."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


_WORDS: dict[Keyword, dict[str, str]] = {
    Keyword.STOP: {
        "en": "stop stopall unsubscribe cancel end quit revoke optout remove",
        "fr": "arret arreter arrete arretez desabonner desinscrire",
        "es": "alto parar pare detener cancelar baja salir",
        "pt": "parar pare cancelar sair",
        "de": "stopp abmelden abbestellen",
        "it": "ferma annulla cancellami",
        "nl": "stoppen afmelden",
        "pl": "zatrzymaj rezygnuje",
        "sv da nb": "stoppa avsluta stans avmeld",
    },
    Keyword.START: {
        "en": "start yes unstop optin subscribe resume",
        "fr": "commencer demarrer reprendre",
        "es": "comenzar iniciar empezar alta reanudar",
        "pt": "comecar iniciar retomar",
        "de": "starten anmelden",
        "it": "inizia riprendi",
        "nl": "beginnen aanmelden",
    },
    Keyword.HELP: {
        "en": "help info",
        "fr": "aide infos",
        "es": "ayuda",
        "pt": "ajuda",
        "de": "hilfe",
        "it": "aiuto",
        "nl": "hulp",
        "pl": "pomoc",
        "sv da nb": "hjalp hjaelp hjelp",
    },
}
"""By meaning and language, without accents. No word may mean two things; a test sees to it."""

KEYWORDS: dict[str, Keyword] = {
    word: meaning
    for meaning, languages in _WORDS.items()
    for words in languages.values()
    for word in words.split()
}

_PROVIDER_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
    | {"START", "YES", "UNSTOP", "HELP", "INFO"}
)
"""What the provider answers by itself unless told otherwise (Twilio, default opt-out handling)."""

LONGEST_KEYWORD_CHARS = 40
"""A longer message is never looked at: the longest word has 11 letters."""
_NO_LETTER = re.compile(r"[\W_]+")
_LETTERS_WITHOUT_PARTS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ł": "l"})


def keyword(text: str) -> Keyword | None:
    """What `text` asks if it is nothing but one of the words, whatever its case, accents and punctuation.

    Words that are written in two, such as ``opt-out`` and ``stop all``, count as one.
    """
    if len(text) > LONGEST_KEYWORD_CHARS:
        return None
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS_WITHOUT_PARTS))
    plain = "".join(each for each in decomposed if not unicodedata.combining(each))
    return KEYWORDS.get(_NO_LETTER.sub("", plain))


def is_providers(text: str) -> bool:
    """Whether the provider, left as it comes, takes `text` for one of its own words: exact but for case."""
    return text.strip().upper() in _PROVIDER_WORDS
