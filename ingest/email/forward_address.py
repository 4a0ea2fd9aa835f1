"""Names and addresses as mail programs print them in a forward's header block."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

ADDRESS: Final = re.compile(r"[^\s<>()\[\]{},;:\"'“”„«»*|]{1,64}@[^\s<>()\[\]{},;:\"'“”„«»*|@]{1,190}")
_MAILTO: Final = re.compile(r"[<\[(]\s*mailto:\s*([^<>\[\]()\s]{1,260})\s*[>\])]", re.IGNORECASE)
_QUOTES: Final = " \t\"'“”„‟‘’‚«»‹›「」*_<>[]()|,;:"
_MOST_CHARS: Final = 4_000


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a line names.

    Attributes:
        name: empty where only an address is printed.
        address: in lower case; empty where only a name is printed.
    """

    name: str
    address: str


def parse_person(text: str) -> Person:
    """The first person of a From line.

    ``Name <a@b.c>``, ``Name <a@b.c<mailto:a@b.c>>``, ``Name [mailto:a@b.c]``, ``Name (a@b.c)``, ``a@b.c``,
    ``Name``; of ``X on behalf of Y`` it is X, whose address is printed.
    """
    text = text[:_MOST_CHARS]
    found = ADDRESS.search(_MAILTO.sub(" ", text))
    if found is not None:
        plain = _MAILTO.sub(" ", text)
        return _person(plain[: found.start()], found[0])
    linked = _MAILTO.search(text)
    if linked is not None and "@" in linked[1]:
        return _person(text[: linked.start()], linked[1])
    return Person(_clean(text), "")


def _person(before: str, address: str) -> Person:
    address = address.strip(_QUOTES + ".").lower()
    name = _clean(before)
    if name.lower().removeprefix("mailto:").strip(_QUOTES) in (address, ""):
        name = ""
    return Person(name, address)


def _clean(name: str) -> str:
    name = re.sub(r"\s+", " ", name).strip(_QUOTES)
    if name.count("(") > name.count(")"):  # stripped above: "Jane (Sales)"
        name += ")"
    return name.replace('\\"', '"').replace("\\'", "'")


def parse_people(text: str) -> tuple[str, ...]:
    """Addresses of a To line in lower case, without doubles; names where it prints no address."""
    plain = _MAILTO.sub(" ", text[:_MOST_CHARS])
    found = [match[0].strip(_QUOTES + ".").lower() for match in ADDRESS.finditer(plain)]
    if not found:
        found = [linked[1].lower() for linked in _MAILTO.finditer(text[:_MOST_CHARS])]
    if not found:
        found = [name for part in plain.split(";") if (name := _clean(part))]
    return tuple(dict.fromkeys(found))
