"""The words of the member's pages: none is missing in any language, and none breaks the sentence it is in."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from babel.messages.pofile import read_po
from starlette.datastructures import Headers

from api.pages import language
from tools.catalogues import LOCALE, template

_PLACES = re.compile(r"%\(\w+\)s")
_OTHERS = [each for each in language.LANGUAGES if each != language.ENGLISH]


@pytest.mark.parametrize("code", _OTHERS)
def test_every_sentence_is_translated_and_keeps_what_is_filled_in(code: str) -> None:
    data = (LOCALE / code / "LC_MESSAGES" / "member.po").read_bytes()
    known = read_po(BytesIO(data), locale=code)
    asked = [message for message in template() if message.id]
    assert len(asked) > 200
    missing, broken = [], []
    for message in asked:
        key = message.id[0] if isinstance(message.id, tuple) else message.id
        found = known.get(key)
        texts = () if found is None else found.string if isinstance(found.string, tuple) else (found.string,)
        if not texts or not all(texts):
            missing.append(key)
            continue
        many = message.id[1] if isinstance(message.id, tuple) else message.id
        broken += [key for each in texts if set(_PLACES.findall(each)) != set(_PLACES.findall(many))]
    assert missing == [], "run python tools/catalogues.py, and translate"
    assert broken == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("de-CH,de;q=0.9,en;q=0.8", "de"),
        ("fr,en-GB;q=0.7", "en"),
        ("de;q=0,en", "en"),
        ("x" * 5000, "en"),
        ("de;q=nonsense", "en"),
        ("", "en"),
    ],
)
def test_the_browser_is_heard(asked: str, found: str) -> None:
    assert language._asked_for(Headers({"accept-language": asked})) == found


def test_numbers_and_days_are_written_as_the_language_does() -> None:
    with language.speaking("de"):
        assert language.points(1240) == "1.240 Punkte"
        assert language.day("2026-03-05") == "5. März 2026"
        assert language.said("Your points are in your account.") == "Deine Punkte sind auf deinem Konto."
        assert 'lang="en"' in language.tongue("A sentence of nobody.")
    assert language.points(1) == "1 point"
    assert language.tongue("A sentence of nobody.") == ""
