"""The languages that members are spoken to in: words, numbers and days, on pages, in mails and in texts.

English is the catalogue's key, so that a sentence without a translation is still a sentence. Catalogues are
gettext's .po files, read when the first sentence in their language is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Final

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit
from markupsafe import Markup

from receipts.money import Money

LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "de": "Deutsch"}
"""By code, each as it calls itself."""
ENGLISH: Final = "en"
_DOMAIN: Final = "member"


@dataclass(frozen=True, slots=True)
class _Ways:
    """How a language writes. English here is the one that counts days before months."""

    numbers: str
    money: str


_WAYS: Final = {"en": _Ways("en_GB", "en"), "de": _Ways("de", "de")}
_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Words, numbers and days within are this language's."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> str:
    """The language of the page, mail or text that is being made."""
    return _spoken.get()


def direction(language: str) -> str:
    """``ltr`` or ``rtl``."""
    return Locale.parse(language).text_direction


@cache
def _translations(language: str) -> NullTranslations:
    if language == ENGLISH:
        return NullTranslations()
    folder = files("pipeline") / "locale" / language / "LC_MESSAGES"
    catalogue = read_po(BytesIO((folder / f"{_DOMAIN}.po").read_bytes()), locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def said(text: str) -> str:
    """The sentence in the language that is spoken."""
    return _translations(_spoken.get()).gettext(text) if text else ""


def said_in(language: str, text: str) -> str:
    """The sentence in that language, outside of any page."""
    return _translations(language).gettext(text) if text else ""


def said_of(one: str, many: str, count: int) -> str:
    """The same of so many."""
    return _translations(_spoken.get()).ngettext(one, many, count)


def _ways() -> _Ways:
    return _WAYS[_spoken.get()]


def money(amount: Money) -> str:
    """``$15.90``, ``15,90 $``."""
    return format_currency(amount.decimal, amount.currency, locale=_ways().money)


def money_text(amount: str, code: str) -> str:
    """Like `money`, from a decimal string."""
    return format_currency(amount, code, locale=_ways().money)


def number(value: float) -> str:
    """``1,240``, ``1.240``."""
    return format_decimal(value, locale=_ways().numbers)


def points(value: int) -> str:
    """``1 point``, ``1.240 Punkte``."""
    return said_of("%(count)s point", "%(count)s points", value) % {"count": number(value)}


def signed(value: int) -> str:
    """``+120``, ``−120``, ``0``."""
    return f"+{number(value)}" if value > 0 else number(value).replace("-", "−")


def day(value: date | str) -> str:
    """``5 March 2026``, ``5. März 2026``."""
    found = date.fromisoformat(value) if isinstance(value, str) else value
    return format_date(found, "long", locale=_ways().numbers)


def day_and_time(local: datetime) -> str:
    """``5 March 2026, 14:07``."""
    pattern = "d. MMMM y, HH:mm" if _spoken.get() == "de" else "d MMMM y, HH:mm"
    return format_datetime(local, pattern, locale=_ways().numbers)


def tongue(text: str) -> Markup:
    """The attributes that tell a screen reader of a sentence that is English on a page that is not."""
    foreign = _spoken.get() != ENGLISH and bool(text) and said(text) == text
    return Markup(' lang="en" dir="ltr"') if foreign else Markup("")


def duration(seconds: float) -> str:
    """``7 days``, ``5 Stunden``: in whole units, and never more than it is."""
    for unit, length_s in (("day", 86_400), ("hour", 3_600)):
        if seconds >= length_s:
            return format_unit(int(seconds // length_s), f"duration-{unit}", locale=_ways().numbers)
    return format_unit(int(seconds // 60), "duration-minute", locale=_ways().numbers)


def known_language(language: str | None) -> str:
    """The language, where it is one that we speak; else English."""
    return language if language is not None and language in LANGUAGES else ENGLISH
