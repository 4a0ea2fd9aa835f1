"""Numbers as people write them, the words that carriers oblige us to obey, and how long a text may be."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sms.keywords import _WORDS, KEYWORDS, Keyword, keyword
from ingest.sms.numbers import BadNumber, Party, e164, read_party
from ingest.sms.segments import Segments, fit, plain, segments
from ingest.sms.twiml import twiml

from .conftest import UNHURRIED

REQUIRED = {
    Keyword.STOP: ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
    Keyword.START: ("START", "YES", "UNSTOP"),
    Keyword.HELP: ("HELP", "INFO"),
}
AROUND = st.sampled_from(["", " ", "  ", ".", "!", '"', "'", "\n", "-"])


class TestNumbers:
    @pytest.mark.parametrize(
        ("written", "region", "number"),
        [
            ("+1 (202) 555-0111", None, "+12025550111"),
            ("+1.202.555.0111", None, "+12025550111"),
            ("202 555 0111", "US", "+12025550111"),
            ("0151 12345678", "DE", "+4915112345678"),
            ("+44 7400 123456", "US", "+447400123456"),
            ("00 49 151 12345678", "DE", "+4915112345678"),
        ],
    )
    def test_are_stored_one_way(self, written: str, region: str | None, number: str) -> None:
        assert e164(written, region=region) == number

    @pytest.mark.parametrize(
        "written",
        [
            "",
            "+",
            "hello",
            "2025550111",
            "+1 202 555",
            "+1 202 555 0111 0111",
            "+999 123 4567",
            "+1800FLOWERS",
            "+12025550111;ext=5",
            "+12025550111x5",
            "tel:+12025550111",
            "+1" + "2" * 80,
            "+1202555011١",
        ],
    )
    def test_nonsense_is_refused_with_what_to_do(self, written: str) -> None:
        bad = e164(written)
        assert isinstance(bad, BadNumber)
        assert bad.sentence.endswith("Write it with its country code, such as +1 202 555 0111.")

    def test_a_whatsapp_address_keeps_its_channel(self) -> None:
        party = read_party("whatsapp:+12025550111")
        assert isinstance(party, Party)
        assert (party.address, party.provider_address) == ("+12025550111", "whatsapp:+12025550111")

    @pytest.mark.parametrize(
        "address", ["", "whatsapp:", "messenger:123", "whatsapp:24273", "<script>", "1", "+"]
    )
    def test_what_is_no_address_is_refused(self, address: str) -> None:
        assert isinstance(read_party(address), BadNumber)

    @UNHURRIED
    @given(st.text(max_size=80))
    def test_nothing_raises_and_what_is_taken_is_e164(self, written: str) -> None:
        for region in (None, "US"):
            number = e164(written, region=region)
            if not isinstance(number, BadNumber):
                assert number.startswith("+")
                assert number[1:].isascii()
                assert number[1:].isdigit()
                assert len(number) <= 16
                assert e164(number) == number
        assert isinstance(read_party(written), Party | BadNumber)


class TestKeywords:
    @pytest.mark.parametrize(
        ("text", "meaning"),
        [
            *[(word, meaning) for meaning, words in REQUIRED.items() for word in words],
            ("  stop \n", Keyword.STOP),
            ("Stop.", Keyword.STOP),
            ('"STOP"', Keyword.STOP),
            ("\u201cStop!\u201d", Keyword.STOP),
            ("Opt-Out", Keyword.STOP),
            ("stop all", Keyword.STOP),
            ("ＳＴＯＰ", Keyword.STOP),
            ("STOP \U0001f6d1", Keyword.STOP),
            ("arrêt", Keyword.STOP),
            ("ARRET", Keyword.STOP),
            ("Arre\u0302ter", Keyword.STOP),
            ("ALTO", Keyword.STOP),
            ("parar", Keyword.STOP),
            ("Ayuda?", Keyword.HELP),
            ("¡AYUDA!", Keyword.HELP),
            ("aide", Keyword.HELP),
            ("Hilfe", Keyword.HELP),
            ("Começar", Keyword.START),
        ],
    )
    def test_are_known_however_they_are_written(self, text: str, meaning: Keyword) -> None:
        assert keyword(text) is meaning

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "...",
            "stop by the shop",
            "don't stop",
            "stops",
            "helpful",
            "the end",
            "yes please",
            "1",
            "?" * 50,
        ],
    )
    def test_count_only_as_the_whole_message(self, text: str) -> None:
        assert keyword(text) is None

    def test_no_word_means_two_things(self) -> None:
        meanings: dict[str, set[Keyword]] = {}
        for meaning, languages in _WORDS.items():
            for words in languages.values():
                for word in words.split():
                    meanings.setdefault(word, set()).add(meaning)
        assert [word for word, several in meanings.items() if len(several) > 1] == []
        assert set(meanings) == set(KEYWORDS)

    @UNHURRIED
    @given(st.sampled_from(sorted(KEYWORDS)), AROUND, st.data())
    def test_case_and_punctuation_do_not_matter(self, word: str, around: str, data: st.DataObject) -> None:
        written = "".join(data.draw(st.sampled_from([letter, letter.upper()])) for letter in word)
        assert keyword(f"{around}{written}{around}") is KEYWORDS[word]

    @UNHURRIED
    @given(st.text(max_size=60))
    def test_any_text_is_a_word_of_the_list_or_none(self, text: str) -> None:
        meaning = keyword(text)
        letters = "".join(each for each in text if each.isalnum())
        assert meaning is None or 3 <= len(letters) <= 40

    @UNHURRIED
    @given(st.sampled_from(sorted(KEYWORDS)), st.from_regex(r"[a-z]{2,9}", fullmatch=True))
    def test_with_another_word_beside_it_it_is_none(self, word: str, other: str) -> None:
        if word + other not in KEYWORDS:
            assert keyword(f"{word} {other}") is None


class TestSegments:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", Segments(True, 0, 0)),
            ("a" * 160, Segments(True, 160, 1)),
            ("a" * 161, Segments(True, 161, 2)),
            ("a" * 306, Segments(True, 306, 2)),
            ("a" * 307, Segments(True, 307, 3)),
            ("€" * 80, Segments(True, 160, 1)),
            ("€" * 81, Segments(True, 162, 2)),
            ("ж" * 70, Segments(False, 70, 1)),
            ("ж" * 71, Segments(False, 71, 2)),
            ("\U0001f600" * 35, Segments(False, 70, 1)),
            ("\U0001f600" * 36, Segments(False, 72, 2)),
        ],
    )
    def test_are_counted_as_carriers_do(self, text: str, expected: Segments) -> None:
        assert segments(text) == expected

    def test_typographic_characters_are_written_plainly(self) -> None:
        text = plain("\u201cPoints\u201d \u2014 it\u2019s 5\u00a0more\u2026")
        assert text == '"Points" - it\'s 5 more...'
        assert segments(text).gsm

    def test_a_long_text_ends_between_words(self) -> None:
        text = fit("earned points " * 40, max_segments=1)
        assert text.endswith(("earned...", "points..."))
        assert segments(text).count == 1
        assert len(text) > 140

    def test_a_short_one_stays_as_it_is(self) -> None:
        assert fit("You earned 110 points.") == "You earned 110 points."

    @UNHURRIED
    @given(st.text(max_size=2000), st.integers(1, 5))
    def test_every_text_fits(self, text: str, most: int) -> None:
        fitted = fit(text, max_segments=most)
        assert segments(fitted).count <= most
        assert len(fitted) <= 1600

    @given(st.text(max_size=600), st.sampled_from(["Sunny", "Łódź Rewards"]), st.integers(2, 3))
    def test_a_link_is_never_cut(self, text: str, name: str, most: int) -> None:
        link = "https://points.example.com/join/sample.abcdefghjkmnpqrstuvw.abcdefghijklmnop"
        fitted = fit(f"{name}: {text}", max_segments=most, tail=link)
        assert fitted.endswith(f" {link}")
        assert fitted.startswith(name.split(maxsplit=1)[0])
        assert segments(fitted).count <= most

    def test_a_link_that_takes_more_by_itself_is_all_that_is_said(self) -> None:
        link = "https://points.example.com/" + "a" * 300
        assert fit("Open this:", max_segments=1, tail=link) == link


def test_twiml_says_it_or_nothing() -> None:
    said = ElementTree.fromstring(twiml("<You> & 5 points"))  # noqa: S314
    assert [(each.tag, each.text) for each in said] == [("Message", "<You> & 5 points")]
    assert list(ElementTree.fromstring(twiml())) == []  # noqa: S314
