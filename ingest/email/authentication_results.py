"""What a receiving server found about a mail: its Authentication-Results (RFC 8601), read strictly.

The one library for it (authres) has had no release since 2019 and forgives more than it should: a sender
chooses part of what stands in this field (an envelope address, for one), so a reader that guesses can be
talked into a result. Here one token out of place, and nothing is taken from the field at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.email.domains import aligned, domain_of, plain_domain

FIELD_MAX_BYTES = 16_384
"""A field with the results of ten signatures has about 2,000."""

_TOKEN = re.compile(r'(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<mark>[;=])|(?P<word>[^\s;="()\\]+)')
_RESULTS = frozenset(
    ("none", "pass", "fail", "softfail", "neutral", "policy", "permerror", "temperror", "hardfail")
)
_INSTANCE = re.compile(r"\s*i\s*=\s*\d{1,2}\s*;")
_COMMENTS_DEEP_MAX = 20


@dataclass(frozen=True, slots=True)
class MethodResult:
    """One result: a method, what came of it, and the properties it was found for, all lower case.

    Attributes:
        properties: such as ``("header.d", "example.com")``.
    """

    method: str
    result: str
    properties: tuple[tuple[str, str], ...]

    def value(self, *names: str) -> str:
        """The first of the properties named that is there; empty when none is."""
        found = dict(self.properties)
        return next((found[name] for name in names if name in found), "")


@dataclass(frozen=True, slots=True)
class ServerResults:
    """Everything that one field says, and which server says it."""

    server: str
    results: tuple[MethodResult, ...]


def read_results(value: bytes, *, sealed: bool = False) -> ServerResults | None:
    """The field's content, or None where it is not exactly in the form.

    Args:
        value: after the colon, folded as it came.
        sealed: an ARC-Authentication-Results field, which starts with its instance.
    """
    if len(value) > FIELD_MAX_BYTES:
        return None
    text = value.decode("utf-8", "replace")
    if sealed:
        start = _INSTANCE.match(text)
        if start is None:
            return None
        text = text[start.end() :]
    bare = _without_comments(text)
    tokens = None if bare is None else _tokens(bare)
    if not tokens or tokens[0] in {";", "="}:
        return None
    server, rest = tokens[0].lower(), tokens[1:]
    if rest and rest[0] == "1":
        rest = rest[1:]
    if rest and rest[0] != ";":
        return None
    results: list[MethodResult] = []
    for part in _split(rest[1:]):
        if part in ([], ["none"]):
            continue
        result = _result(part)
        if result is None:
            return None
        results.append(result)
    return ServerResults(server, tuple(results))


def _without_comments(text: str) -> str | None:
    """The text with each comment (they nest) turned into a blank; None where one does not end."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for letter in text:
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == '"' and not depth:
            quoted = not quoted
        elif letter == "(" and not quoted:
            depth += 1
            kept.append(" ")
        elif letter == ")" and not quoted:
            depth -= 1
            if depth < 0:
                return None
            continue
        if depth > _COMMENTS_DEEP_MAX:
            return None
        if not depth:
            kept.append(letter)
    return None if depth or quoted or escaped else "".join(kept)


def _tokens(text: str) -> list[str] | None:
    """Words, quoted strings without their quotes and joined to what touches them, and ``;`` and ``=``."""
    tokens: list[str] = []
    at, joined = 0, False
    while at < len(text):
        if text[at].isspace():
            at, joined = at + 1, False
            continue
        found = _TOKEN.match(text, at)
        if found is None:
            return None
        if found["mark"]:
            # "a+caf_=b@c.org": an equals sign inside a value; each property has its one before the value.
            tokens.append(found["mark"])
            joined = False
        else:
            word = found["word"] or re.sub(r"\\(.)", r"\1", found["quoted"][1:-1])
            # A quoted part can never turn into a mark or open a new property.
            if joined:
                tokens[-1] += word
            else:
                tokens.append(word if found["word"] or word not in {";", "="} else f" {word}")
            joined = True
        at = found.end()
    return tokens


def _split(tokens: list[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token == ";":  # noqa: S105 - the mark between two results
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _result(tokens: list[str]) -> MethodResult | None:
    """``method=result`` and then ``name=value`` pairs, with nothing between or after."""
    pairs: list[tuple[str, str]] = []
    at = 0
    while at < len(tokens):
        if len(tokens) < at + 3 or tokens[at + 1] != "=" or "=" in {tokens[at], tokens[at + 2]}:
            return None
        pairs.append((tokens[at].lower(), tokens[at + 2].lower()))
        at += 3
    (method, result), properties = pairs[0], pairs[1:]
    method = method.partition("/")[0]
    if result not in _RESULTS or len({name for name, _ in properties}) != len(properties):
        return None
    return MethodResult(method, result, tuple(properties))


def passed_for(results: ServerResults, author_domain: str, *, methods: tuple[str, ...]) -> str:
    """The first method (``dkim``, ``dmarc``, ``spf``) that passed for the author's domain; empty if none.

    A method that is reported more than once for that domain with different results counts for nothing.
    """
    for method in methods:
        mine = {
            each.result
            for each in results.results
            if each.method == method and aligned(_domain_judged(each), author_domain)
        }
        if mine == {"pass"} or (method == "dkim" and "pass" in mine):
            return method
    return ""


def _domain_judged(result: MethodResult) -> str:
    match result.method:
        case "dkim":
            return _domain(result.value("header.d", "header.i"))
        case "dmarc":
            return _domain(result.value("header.from"))
        case "spf":
            return _domain(result.value("smtp.mailfrom", "smtp.mail"))
        case _:
            return ""


def _domain(value: str) -> str:
    return domain_of(value) if "@" in value else plain_domain(value)
