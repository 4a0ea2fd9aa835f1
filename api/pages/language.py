"""The language of a member's page: which one is asked for, its words, and how it writes numbers and days.

English is the catalogue's key, so that a sentence without a translation is still a sentence. Catalogues are
gettext's .po files, read at the first page in their language. Pages of the desk stay English.
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
from babel.core import negotiate_locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from fastapi import Request
from markupsafe import Markup
from starlette.datastructures import Headers

from receipts.identity import Role
from receipts.money import Money
from receipts.program import Account

LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "de": "Deutsch"}
"""By code, each as it calls itself."""
ENGLISH: Final = "en"
SESSION_KEY: Final = "language"
_DOMAIN: Final = "member"
_MOST_ASKED: Final = 20
"""Languages that a header may name before the rest is left unread."""


@dataclass(frozen=True, slots=True)
class _Ways:
    """How a language writes. English here is the one that counts days before months."""

    numbers: str
    money: str


_WAYS: Final = {"en": _Ways("en_GB", "en"), "de": _Ways("de", "de")}
_spoken: ContextVar[str] = ContextVar("language_of_the_page", default=ENGLISH)


def language_of(request: Request) -> str:
    """What the member chose, else what the browser asks for, else English."""
    chosen = request.session.get(SESSION_KEY) if "session" in request.scope else None
    if isinstance(chosen, str) and chosen in LANGUAGES:
        return chosen
    return _asked_for(request.headers)


def _asked_for(headers: Headers) -> str:
    asked: list[tuple[float, str]] = []
    for part in headers.get("accept-language", "").split(",")[:_MOST_ASKED]:
        name, _, quality = part.strip().partition(";q=")
        try:
            asked.append((float(quality or 1), name.replace("-", "_")))
        except ValueError:
            continue
    preferred = [name for quality, name in sorted(asked, key=lambda each: -each[0]) if quality > 0]
    return negotiate_locale(preferred, list(LANGUAGES)) or ENGLISH


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Words, numbers and days within are this language's."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> str:
    """The language of the page that is being drawn."""
    return _spoken.get()


def direction(language: str) -> str:
    """``ltr`` or ``rtl``."""
    return Locale.parse(language).text_direction


@cache
def _translations(language: str) -> NullTranslations:
    if language == ENGLISH:
        return NullTranslations()
    folder = files("api.pages") / "locale" / language / "LC_MESSAGES"
    catalogue = read_po(BytesIO((folder / f"{_DOMAIN}.po").read_bytes()), locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def said(text: str) -> str:
    """The sentence in the page's language."""
    return _translations(_spoken.get()).gettext(text) if text else ""


def said_in(language: str, text: str) -> str:
    """The sentence in that language, outside of any page."""
    return _translations(language).gettext(text) if text else ""


def page_language(request: Request, account: Account | None) -> str:
    """The language of a page for this account: pages of the desk are English."""
    of_desk = account is not None and account.role is not Role.MEMBER
    return ENGLISH if of_desk else language_of(request)


def said_to(request: Request, account: Account | None, text: str, **values: object) -> str:
    """The sentence as the account's page says it, with what is filled in."""
    return said_in(page_language(request, account), text) % values


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


def sentences() -> Iterator[tuple[str, str | tuple[str, str]]]:
    """What pages say that stands in code and not in a template, each with where."""
    from api.pages import addresses, join, provider
    from api.pages.member import BETTER
    from api.pages.render import HEADINGS, NAVIGATION
    from api.pages.you import LANGUAGE_CHANGED, WRONG_PASSWORD
    from api.presenters import NO_CAMPAIGN, NOT_OURS, NOT_SURE
    from api.routes.tokens import PROVIDER_ONLY
    from api.words import ENTRY_WORDS, STAGES, STATE_WORDS
    from pipeline import linking, objections
    from pipeline.rewards import UNITS
    from pipeline.sentences import MAIL_SENTENCES, STATE_SENTENCES
    from receipts.errors import MEMBER_SENTENCES

    said_here: dict[str, list[str]] = {
        "states": [*STATE_SENTENCES.values(), *(each.label for each in STATE_WORDS.values()), *STAGES],
        "refusals": [*MEMBER_SENTENCES.values(), *MAIL_SENTENCES.values()],
        "entries": list(ENTRY_WORDS.values()),
        "lines": [NOT_OURS, NOT_SURE, NO_CAMPAIGN],
        "rewards": list(UNITS.values()),
        "navigation": [words for _, words in NAVIGATION[Role.MEMBER]],
        "problems": list(HEADINGS.values()),
        "links": [
            *(each.sentence for each in linking.REFUSED_LINKS),
            *join.SENTENCES,
            *addresses.SENTENCES,
        ],
        "sign-in": [*provider.SENTENCES, PROVIDER_ONLY],
        "answers": [
            BETTER,
            LANGUAGE_CHANGED,
            WRONG_PASSWORD,
            objections.KEPT,
            objections.CASE_OPENED,
            objections.NO_WORDS,
            objections.STILL_OPEN,
            objections.SAID_ENOUGH,
        ],
    }
    yield "numbers", ("%(count)s point", "%(count)s points")
    for place, texts in said_here.items():
        for text in dict.fromkeys(texts):
            yield place, text
