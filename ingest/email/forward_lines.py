"""Lines of a mail's text: quoting, labels, and what kind of line stands above a forwarded mail."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from typing import Final

from ingest.email.forward_phrases import (
    AMBIGUOUS_PREFIXES,
    FORWARD_PHRASES,
    FORWARD_PREFIXES,
    ORIGINAL_PHRASES,
    REPLY_PREFIXES,
    SMALL_TALK,
)
from ingest.email.forward_words import LABELS

LONGEST_LINE: Final = 2_000
"""Characters of a line that are looked at; a label, an address list or a date fits in."""
MOST_LINES: Final = 20_000
"""Of a text that are looked at one by one."""
_LONGEST_MARK: Final = 120
_MOST_PREFIXES: Final = 12

_BLANKS: Final = str.maketrans(dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000\t", " "))
_UNSEEN: Final = dict.fromkeys(
    [0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
_BEFORE_MARK: Final = " \u00a0" + "".join(map(chr, _UNSEEN))
_MARKS: Final = re.compile(r"(?: ?>)+")
_LABEL: Final = re.compile(
    r"[\s*_•·|]*(?P<label>[^\W\d_][^:：﹕∶\d]{0,38}?)[\s*_]*[:：﹕∶](?!//)[\s*_]*(?P<value>.*)"
)
_DASHED: Final = re.compile(
    r"\W*?[-–—_=~*#+]{2,}\s*(?P<phrase>[^\s\-–—_=~*#+>].*?)\s*[-–—_=~*#+:]{2,}\s*(?P<rest>.*)"
)
_RULE: Final = re.compile(r"[-–—_=*~]{5,}")


class Field(Enum):
    """What a line of a header block tells."""

    FROM = "from"
    DATE = "date"
    TO = "to"
    CC = "cc"
    BCC = "bcc"
    SUBJECT = "subject"
    REPLY = "reply"
    OTHER = "other"


class Mark(Enum):
    """What stands above a header block."""

    FORWARD = "forward"
    ORIGINAL = "original"
    """``Original Message``: above answered mails as well as forwarded ones."""
    RULE = "rule"
    NONE = "none"


class Prefix(Enum):
    """What a subject says of its mail."""

    FORWARD = "forward"
    REPLY = "reply"
    AMBIGUOUS = "ambiguous"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text.

    Attributes:
        raw: as it stands.
        quote: how many quotation marks it starts with.
        text: without them, blanks of one kind, no unseen characters, trimmed.
    """

    raw: str
    quote: int
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """A line ``Word: value``.

    Attributes:
        languages: in which the word is known as this field; empty where it is not known.
        field: None where the word is not known.
    """

    field: Field | None
    value: str
    languages: frozenset[str]


def plain(text: str) -> str:
    """Blanks of one kind and no unseen characters; right-to-left marks stand between Hebrew labels."""
    if text.isascii():  # most are, and translating takes longer than all the rest
        return text.replace("\t", " ")
    return text.translate(_BLANKS).translate(_UNSEEN)


@lru_cache(maxsize=100)  # every second line of a page of paragraphs
def _empty_line(quote: int) -> Line:
    return Line("", quote, "")


def line_of(raw: str, quote: int | None = None) -> Line:
    """A line; quoted `quote` times where that is known otherwise than by its marks."""
    if not raw:
        return _empty_line(quote or 0)
    text = plain(raw[:LONGEST_LINE])
    if quote is not None:
        return Line(raw, quote, text.strip())
    found = _MARKS.match(text) if ">" in text else None
    marks = found[0].count(">") if found else 0
    return Line(raw, marks, (text[found.end() :] if found else text).strip())


@lru_cache(maxsize=2)  # looked at for mails beside one another, and then for the first of them
def lines_of(text: str) -> tuple[Line, ...]:
    """Lines, the last one holding all behind `MOST_LINES`. A header block that Yahoo joined is parted."""
    raws = text.replace("\r\n", "\n").replace("\r", "\n").split("\n", MOST_LINES)
    return tuple(line_of(part) for raw in raws for part in unjoin(raw))


def unquote(line: Line, marks: int) -> str:
    """The line as it stands without its first `marks` quotation marks."""
    raw = line.raw
    for _ in range(marks):
        stripped = raw.lstrip(_BEFORE_MARK)
        if not stripped.startswith(">"):
            return raw
        raw = stripped[1:]
    return raw[1:] if marks and raw[:1] in (" ", "\u00a0") else raw


@cache
def _label_index() -> dict[str, dict[Field, frozenset[str]]]:
    """Fields by word, each with the languages it has this meaning in."""
    index: dict[str, dict[Field, frozenset[str]]] = {}
    for language, fields in LABELS.items():
        for field, words in fields.items():
            for word in words.split("|"):
                meanings = index.setdefault(_key(word), {})
                meanings[Field(field)] = meanings.get(Field(field), frozenset()) | {language}
    return index


def _key(word: str) -> str:
    folded = unicodedata.normalize("NFKC", word.replace("’", "'")).casefold().replace("i̇", "i")
    return " ".join(folded.split()).strip(" .*_")


def label_of(text: str, taken: Iterable[Field] = ()) -> Label | None:
    """The label that `text` starts with; a word with two meanings takes the one that is not yet `taken`."""
    found = _LABEL.match(text)
    if found is None:
        return None
    value = found["value"].strip(" *|")
    meanings = _label_index().get(_key(found["label"]))
    if not meanings:
        return Label(None, value, frozenset())
    free = [field for field in meanings if field not in taken]
    field = free[0] if free else next(iter(meanings))
    return Label(field, value, meanings[field])


def mark_of(text: str) -> Mark:
    """What `text` is, as the line above a header block."""
    if not text or len(text) > _LONGEST_MARK:
        return Mark.NONE
    if _RULE.fullmatch(text):
        return Mark.RULE
    folded = text.casefold().replace("i̇", "i")
    if _any_of(ORIGINAL_PHRASES).search(folded):
        return Mark.ORIGINAL
    if _any_of(FORWARD_PHRASES).search(folded):
        return Mark.FORWARD
    dashed = _DASHED.fullmatch(text)
    if dashed is not None and not dashed["rest"] and any(c.isalpha() for c in dashed["phrase"]):
        return Mark.FORWARD  # in a language that is not in the table
    return Mark.NONE


def says_mark(text: str) -> bool:
    """Whether `text` holds words of a line above a forwarded or answered mail; dashes alone are none."""
    folded = text[:LONGEST_LINE].casefold().replace("i̇", "i")
    return any(_any_of(table).search(folded) is not None for table in (ORIGINAL_PHRASES, FORWARD_PHRASES))


@cache
def _phrases(table: str) -> tuple[str, ...]:
    return tuple(phrase.casefold().replace("i̇", "i") for phrase in table.split("|"))


@cache
def _any_of(table: str) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, _phrases(table))))


def is_small_talk(text: str) -> bool:
    """Whether a program wrote this line by itself, below a person's words."""
    return not text or text.casefold().startswith(_phrases(SMALL_TALK)) or text in ("--", "-- ")


def unjoin(raw: str) -> Iterator[str]:
    """A line as it is; Yahoo's ``----- Forwarded Message ----- From: ATo: BSent: C`` as a line for each."""
    if "--" not in raw:
        yield raw
        return
    text = plain(raw[: 2 * LONGEST_LINE])
    dashed = _DASHED.fullmatch(text) if ":" in text or "：" in text else None
    if dashed is None or not dashed["rest"]:
        yield raw
        return
    first = label_of(dashed["rest"])
    if first is None or first.field is None:
        yield raw
        return
    rest = dashed["rest"]
    starts = _label_starts(rest, first.languages | {"en"})
    if len(starts) < 3:  # noqa: PLR2004  (as few as a header block has)
        yield raw
        return
    yield text[: dashed.start("rest")].strip()
    for start, end in zip(starts, [*starts[1:], len(rest)], strict=True):
        part = rest[start:end].strip()
        # Portuguese Yahoo forgets the colon behind its last label.
        word, _, value = part.partition(" ")
        yield part if label_of(part) or not value else f"{word}: {value}"


def _label_starts(text: str, languages: frozenset[str]) -> list[int]:
    """Where labels of these languages begin, be it in the middle of a word; each field once."""
    starts: list[int] = []
    taken: set[str] = set()
    for found in _joined_labels(languages).finditer(text):
        word, start = found["word"], found.start()
        fields = {field.value for field in _label_index().get(_key(word), {})}
        before = text[start - 1 : start]
        joined = before.isalnum() and not (word[0].isupper() or word[0].lower() == word[0].upper())
        if joined or not fields - taken:
            continue
        if not found["colon"] and not ("subject" in fields and before.isalnum()):
            continue
        taken |= {next(iter(sorted(fields - taken)))}
        starts.append(start)
    return starts


@cache
def _joined_labels(languages: frozenset[str]) -> re.Pattern[str]:
    words = {
        word
        for language in languages
        for field, table in LABELS[language].items()
        if field != "other"
        for word in table.split("|")
    }
    alternatives = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?P<word>{alternatives})(?:\s?(?P<colon>[:：])|(?=\s))")


@cache
def _prefixes() -> dict[str, Prefix]:
    table = dict.fromkeys(map(_key, AMBIGUOUS_PREFIXES.split("|")), Prefix.AMBIGUOUS)
    table |= dict.fromkeys(map(_key, REPLY_PREFIXES.split("|")), Prefix.REPLY)
    table |= dict.fromkeys(map(_key, FORWARD_PREFIXES.split("|")), Prefix.FORWARD)
    return table | dict.fromkeys(map(_key, AMBIGUOUS_PREFIXES.split("|")), Prefix.AMBIGUOUS)


_PREFIX: Final = re.compile(r"\s*(?P<word>[^\W\d_][^:：\d\[\]]{0,22}?)\s?(?:\[\d+\]|\(\d+\))?\s?[:：]\s*")
_TAG: Final = re.compile(r"\s*\[[^\[\]]{1,30}\]\s*")
_CLOSED_FORWARD: Final = re.compile(r"\s*\[(?:fwd?|wg|tr|rv)\s?:\s*(?P<rest>.*?)\]?\s*", re.IGNORECASE)


def split_subject(subject: str) -> tuple[Prefix, str]:
    """What a subject's first prefix says, and the subject without the prefixes of forwarding.

    ``Fwd: WG: Your order`` gives ``Your order``, ``Re: Your order`` stays as it is: that is its own subject.
    """
    rest = plain(subject).strip()
    said = Prefix.NONE
    for _ in range(_MOST_PREFIXES):
        if closed := _CLOSED_FORWARD.fullmatch(rest):
            said = Prefix.FORWARD if said is Prefix.NONE else said
            rest = closed["rest"]
            continue
        tag = _TAG.match(rest)
        found = _PREFIX.match(rest, tag.end() if tag else 0)
        prefix = _prefixes().get(_key(found["word"]), Prefix.NONE) if found else Prefix.NONE
        if found is None or prefix is Prefix.NONE:
            break
        said = prefix if said is Prefix.NONE else said
        if prefix is Prefix.REPLY:
            break
        rest = (tag[0] if tag else "") + rest[found.end() :]
    return said, rest.strip()
