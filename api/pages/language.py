"""Which language a member's page is in, and all that is said in it. Pages of the desk stay English."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from babel.core import negotiate_locale
from fastapi import Request
from starlette.datastructures import Headers

from api.auth import wiring_of
from pipeline.language import (
    ENGLISH,
    LANGUAGES,
    day,
    day_and_time,
    direction,
    money,
    money_text,
    number,
    points,
    said,
    said_in,
    said_of,
    signed,
    speaking,
    spoken,
    tongue,
)
from receipts.database.repositories.languages import chosen_language, keep_language
from receipts.identity import Role
from receipts.program import Account

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "SESSION_KEY",
    "day",
    "day_and_time",
    "direction",
    "language_of",
    "money",
    "money_text",
    "number",
    "page_language",
    "points",
    "remember",
    "said",
    "said_in",
    "said_of",
    "said_to",
    "sentences",
    "signed",
    "speaking",
    "spoken",
    "tongue",
]

SESSION_KEY: Final = "language"
_MOST_ASKED: Final = 20
"""Languages that a header may name before the rest is left unread."""


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


def remember(request: Request, account: Account, *, chosen: bool = False) -> None:
    """Write to the member in their pages' language, or let these be in the one that they chose before."""
    if account.member_id is None:
        return
    with wiring_of(request).database.write() as session:
        keep_language(session, account.program_id, account.member_id, language_of(request), chosen=chosen)
        known = chosen_language(session, account.program_id, account.member_id)
    if known in LANGUAGES:
        request.session[SESSION_KEY] = known


def page_language(request: Request, account: Account | None) -> str:
    """The language of a page for this account: pages of the desk are English."""
    of_desk = account is not None and account.role is not Role.MEMBER
    return ENGLISH if of_desk else language_of(request)


def said_to(request: Request, account: Account | None, text: str, **values: object) -> str:
    """The sentence as the account's page says it, with what is filled in."""
    return said_in(page_language(request, account), text) % values


def sentences() -> Iterator[tuple[str, str | tuple[str, str]]]:
    """What pages say that stands in code and not in a template, each with where."""
    from api.pages import addresses, join, provider
    from api.pages.member import BETTER
    from api.pages.render import HEADINGS, NAVIGATION
    from api.pages.you import LANGUAGE_CHANGED, WRONG_PASSWORD
    from api.presenters import NO_CAMPAIGN, NOT_OURS, NOT_SURE
    from api.routes.tokens import PROVIDER_ONLY
    from api.words import ENTRY_WORDS, STAGES, STATE_WORDS
    from pipeline import linking, objections, retelling, texting
    from pipeline.answers.words import GUIDES, LINK_TO_HEAR
    from pipeline.rewards import UNITS
    from pipeline.sentences import MAIL_SENTENCES, STATE_SENTENCES
    from receipts.errors import MEMBER_SENTENCES, RejectionReason

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
        "retold": list(retelling.SENTENCES),
        "short": [
            *GUIDES.values(),
            LINK_TO_HEAR,
            *(each.in_short for each in RejectionReason),
            *texting.KINDS.values(),
            texting.ANY_FILE,
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
