"""Locale packs from their files; a wrong file is refused with its name, the key and what to write instead."""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from ocr.locales.pack import TOPICS, DateHabits, MoneyHabits, Order, Pack, TaxHabits, Units
from ocr.patterns import why_costly

MONTHS: Final = 12
MIN_WORD_LETTERS: Final = 2
_CODE: Final = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_PARTS: Final = re.compile(r"[,\n]+")
_OTHER: Final = re.compile(r"[^A-Z0-9]+")
_NO_LETTER: Final = re.compile(r"[^A-Z0-9,\n]+")
_COMBINING: Final = re.compile("[\u0300-\u036f]+")
_FOLDS: Final = str.maketrans(
    {"Ø": "O", "ø": "o", "Æ": "AE", "æ": "ae", "ß": "ss", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d"}
)
_TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "money": ("currency", "signs", "decimal_mark", "thousands_marks", "minor_digits", "cash_step"),
    "dates": ("order", "months"),
    "tax": ("rates", "letters"),
    "units": ("weight", "volume", "piece", "fuel"),
    "words": TOPICS,
    "local_words": TOPICS,
    "misread": TOPICS,
    "cues": ("patterns",),
}
_TOP: Final = ("locale", "name", "extends")


class LocaleError(ValueError):
    """A locale file cannot be used; the message names the file, the key and the fix."""

    def __init__(self, file: str, key: str, problem: str, fix: str) -> None:
        super().__init__(f"{file}: {key}: {problem}; {fix}")
        self.file, self.key, self.fix = file, key, fix


def load_packs(folder: Path, known: Mapping[str, Pack] | None = None) -> dict[str, Pack]:
    """Every pack of a folder by its code; `known` are packs that these may extend.

    Raises:
        LocaleError: a file is wrong.
    """
    files = {path.stem: _File(path) for path in sorted(folder.glob("*.toml"))}
    if known is not None:
        # Ours are tried by a test: compiling them all would double the time of a start.
        for file in files.values():
            file.check_patterns()
    packs: dict[str, Pack] = dict(known or {})
    for code in files:
        _resolve(code, files, packs, ())
    return {code: packs[code] for code in files}


def _resolve(code: str, files: Mapping[str, _File], packs: dict[str, Pack], below: tuple[str, ...]) -> Pack:
    """The pack, with the one that it extends read first."""
    file = files.get(code)
    if file is None or (code in packs and file.done):
        return packs[code]
    parent_code = file.text("extends", "")
    if parent_code in (*below, code):
        raise file.error("extends", f"{parent_code!r} extends this file in turn", "leave one of the two out")
    if parent_code and parent_code not in files and parent_code not in packs:
        close = difflib.get_close_matches(parent_code, [*files, *packs], 1)
        hint = f"did you mean {close[0]!r}?" if close else "name a file of this folder without .toml"
        raise file.error("extends", f"there is no pack {parent_code!r}", hint)
    parent = _resolve(parent_code, files, packs, (*below, code)) if parent_code else None
    packs[code] = file.pack(parent)
    file.done = True
    return packs[code]


class _File:
    """One file being read: every getter checks, and names the place where it finds a fault."""

    def __init__(self, path: Path) -> None:
        self.path, self.done = path, False
        try:
            self.data: dict[str, object] = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise self.error("the whole file", f"is no TOML ({error})", "mend that line") from error
        except OSError as error:
            problem = f"cannot be read ({error.strerror or error})"
            raise self.error(
                "the whole file", problem, "put a readable file there, or take it away"
            ) from error
        self._only(self.data, (*_TOP, *_TABLES), "")
        for table, keys in _TABLES.items():
            held = self.data.get(table, {})
            if not isinstance(held, dict):
                raise self.error(table, "is no table", f"write [{table}] on a line of its own above its keys")
            self._only(held, keys, f"{table}.")

    def error(self, key: str, problem: str, fix: str) -> LocaleError:
        return LocaleError(self.path.name, key, problem, fix)

    def _only(self, held: Collection[str], allowed: Collection[str], before: str) -> None:
        for key in held:
            if key not in allowed:
                close = difflib.get_close_matches(key, list(allowed), 1)
                fix = f"did you mean {close[0]}?" if close else f"use one of: {', '.join(sorted(allowed))}"
                raise self.error(f"{before}{key}", "is no key of a locale pack", fix)

    def _get(self, key: str) -> object:
        table, _, name = key.rpartition(".")
        held = self.data.get(table, {}) if table else self.data
        return held.get(name) if isinstance(held, dict) else None

    def text(self, key: str, default: str | None = None) -> str:
        value = self._get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or (not value and default is None):
            raise self.error(
                key,
                "is missing" if value is None else f"{value!r} is no text",
                f'write {key.rpartition(".")[2]} = "..."',
            )
        return value

    def texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = self._get(key)
        if value is None:
            return default
        if not isinstance(value, list) or not all(isinstance(entry, str) and entry for entry in value):
            raise self.error(key, f"{value!r} is no list of texts", 'write ["...", "..."]')
        return tuple(value)

    def numbers(self, key: str, default: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
        out = []
        for text in self.texts(key, tuple(map(str, default))):
            try:
                out.append(Decimal(text))
            except InvalidOperation as error:
                raise self.error(
                    key, f"{text!r} is no number", 'write it with a point, as in "7.7"'
                ) from error
        return tuple(out)

    def pack(self, parent: Pack | None) -> Pack:
        code = self.text("locale")
        if not _CODE.fullmatch(code):
            raise self.error(
                "locale",
                f"{code!r} is no locale",
                'write a language or a language and a country: "de" or "de-CH"',
            )
        if code != self.path.stem:
            raise self.error("locale", f"{code!r} is not the file's name", f"call the file {code}.toml")
        base = parent or Pack(code, "")
        return replace(
            base,
            code=code,
            name=self.text("name"),
            money=self._money(base.money, country="-" in code),
            dates=self._dates(base.dates),
            tax=TaxHabits(
                self.numbers("tax.rates", base.tax.rates),
                self.texts("tax.letters", base.tax.letters),
            ),
            units=Units(*(self.texts(f"units.{key}", getattr(base.units, key)) for key in _TABLES["units"])),
            parents=(base.code, *base.parents) if parent else (),
            words=self._words("words", "misread"),
            local_words=self._words("local_words"),
            cues=self._patterns(),
        )

    def _money(self, base: MoneyHabits, *, country: bool) -> MoneyHabits:
        code = self.text("money.currency", base.currency)
        if country and not _CURRENCY.fullmatch(code):
            raise self.error(
                "money.currency", f"{code!r} is no currency", 'write an ISO 4217 code, as in "EUR"'
            )
        mark = self.text("money.decimal_mark", base.decimal_mark)
        if mark not in {".", ","}:
            raise self.error("money.decimal_mark", f"{mark!r} is no decimal mark", 'write "." or ","')
        thousands = self.text("money.thousands_marks", base.thousands_marks)
        if set(thousands) - set(".,' ") or mark in thousands:
            raise self.error(
                "money.thousands_marks",
                f"{thousands!r} cannot part thousands",
                f"write any of . , ' and a blank, but not {mark!r}",
            )
        digits = self._get("money.minor_digits")
        digits = base.minor_digits if digits is None else digits
        if not isinstance(digits, int) or isinstance(digits, bool) or digits not in {0, 2}:
            raise self.error(
                "money.minor_digits",
                f"{digits!r} decimals cannot be read",
                "write 2, or 0 where prices are whole",
            )
        step = self.number("money.cash_step", base.cash_step)
        return MoneyHabits(code, self.texts("money.signs", base.signs), mark, thousands, digits, step)

    def number(self, key: str, default: Decimal) -> Decimal:
        text = self.text(key, str(default))
        try:
            return Decimal(text)
        except InvalidOperation as error:
            raise self.error(key, f"{text!r} is no amount", 'write it with a point, as in "0.05"') from error

    def _dates(self, base: DateHabits) -> DateHabits:
        order = self.text("dates.order", base.order.value)
        if order not in {known.value for known in Order}:
            raise self.error("dates.order", f"{order!r} is no order", 'write "dmy", "mdy", "ymd" or "either"')
        months = self.texts("dates.months", tuple(" ".join(names) for names in base.months))
        if months and len(months) != MONTHS:
            raise self.error("dates.months", f"{len(months)} months", "list twelve, each with its names")
        return DateHabits(
            Order(order),
            tuple(tuple(plain(names).lower().split()) for names in months),
        )

    def _words(self, *tables: str) -> dict[str, frozenset[str]]:
        out: dict[str, frozenset[str]] = {}
        for table in tables:
            held = self.data.get(table, {})
            for topic in held if isinstance(held, dict) else ():
                words = frozenset(_listed(plain(self.text(f"{table}.{topic}")).upper()))
                short = min(words, key=len, default="--")
                if len(short) < MIN_WORD_LETTERS:
                    raise self.error(
                        f"{table}.{topic}",
                        f"{short!r} is too short to tell anything",
                        "leave it out, or write the whole word",
                    )
                out[topic] = out.get(topic, frozenset()) | words
        return out

    def check_patterns(self) -> None:
        """Refuses patterns that are no regular expressions."""
        for pattern in self._patterns():
            try:
                re.compile(pattern)
            except re.error as error:
                raise self.error(
                    "cues.patterns",
                    f"{pattern!r} is no regular expression ({error})",
                    "mend it; with a backslash in it, put it in single quotes",
                ) from error
            if costly := why_costly(pattern):
                raise self.error("cues.patterns", f"{pattern!r} {costly}", "write it simpler")

    def _patterns(self) -> tuple[str, ...]:
        return self.texts("cues.patterns", ())


def plain(text: str) -> str:
    """Without accents, as words and months are looked up."""
    if text.isascii():
        return text
    return _COMBINING.sub("", unicodedata.normalize("NFKD", text.translate(_FOLDS)))


def _listed(text: str) -> list[str]:
    """The words of a list, squashed; capitals without accents come in."""
    if text.isascii():
        return [part for part in _PARTS.split(_NO_LETTER.sub("", text)) if part]
    return [word for part in _PARTS.split(text) if (word := _squashed(part))]


def _squashed(part: str) -> str:
    """As `ocr.lines.squash` does, of a part whose accents are gone and whose letters are capitals."""
    return _OTHER.sub("", part) or "".join(char for char in part if char.isalnum())
