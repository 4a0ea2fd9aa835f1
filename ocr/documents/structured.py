"""schema.org in a page: JSON-LD and microdata to the same nodes, each a mapping of properties.

What is written here is read with care: data nested ten thousand deep, a megabyte of it, or none of it JSON.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_BLOCKS: Final = 40
MAX_BLOCK_CHARS: Final = 1_000_000
MAX_SCOPES: Final = 400
MAX_NODES: Final = 20_000
MAX_DEPTH: Final = 64
"""Orders nest six deep; deeper data is not looked into."""
MAX_TEXT: Final = 400

Node = Mapping[str, Any]


def markup_nodes(tree: LexborHTMLParser) -> Iterator[Node]:
    """Every object that the page's markup holds, outer ones first."""
    seen = 0
    for root in (*_json_roots(tree), *_microdata_roots(tree)):
        for node in _nodes(root):
            seen += 1
            if seen > MAX_NODES:
                return
            yield node


_NOISE: Final = re.compile(
    r'"(?:[^"\\]|\\.)*+"?|/\*.*?\*/|(?<![:"\w])//[^\n]*|,(?=\s*[}\]])|<!\[CDATA\[|\]\]>|<!--|-->', re.DOTALL
)
"""Strings first, so that what looks like a comment in one stays; then what JSON does not allow."""


def _json_roots(tree: LexborHTMLParser) -> Iterator[object]:
    blocks = 0
    for node in tree.css("script"):
        if "ld+json" not in (node.attributes.get("type") or "").lower():
            continue
        blocks += 1
        text = node.text(deep=True)
        if blocks > MAX_BLOCKS or len(text) > MAX_BLOCK_CHARS:
            continue
        found = load_json(text)
        if found is not None:
            yield found


def load_json(text: str) -> object | None:
    """JSON as shops write it: comments, trailing commas, entities and raw line breaks forgiven."""
    for attempt in (text, _mended(text), _mended(html.unescape(text))):
        try:
            found: object = json.loads(attempt, strict=False, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            continue
        return found
    return None


def _mended(text: str) -> str:
    text = _NOISE.sub(lambda match: match.group() if match.group().startswith('"') else "", text)
    return (
        _NOISE.sub(lambda match: match.group() if match.group().startswith('"') else "", text)
        .strip()
        .rstrip(";")
    )


def _nodes(root: object) -> Iterator[Node]:
    """Every object in the data, outer ones first; what is nested too deep is left out."""
    stack: list[tuple[object, int]] = [(root, 0)]
    while stack:
        value, depth = stack.pop()
        if depth > MAX_DEPTH:
            continue
        if isinstance(value, Mapping):
            yield value
            stack += [
                (child, depth + 1)
                for child in reversed(list(value.values()))
                if isinstance(child, (Mapping, list))
            ]
        elif isinstance(value, list):
            stack += [(child, depth + 1) for child in reversed(value[:MAX_NODES])]


# Microdata


def _microdata_roots(tree: LexborHTMLParser) -> Iterator[Node]:
    for position, node in enumerate(tree.css("[itemscope]")):
        if position >= MAX_SCOPES:
            return
        kind = (node.attributes.get("itemtype") or "").lower()
        if kind.endswith(("/order", "/invoice", "/parceldelivery")) and "itemprop" not in node.attributes:
            yield _scope(node, [0])


def _scope(node: LexborNode, budget: list[int], depth: int = 0) -> dict[str, Any]:
    """The properties of one item; those of items within it are theirs."""
    found: dict[str, Any] = {"@type": node.attributes.get("itemtype") or ""}
    stack = _children(node)[::-1]
    while stack and budget[0] < MAX_NODES:
        budget[0] += 1
        child = stack.pop()
        attributes = child.attributes
        name, nested = attributes.get("itemprop"), "itemscope" in attributes
        if name:
            value: Any = _scope(child, budget, depth + 1) if nested and depth < MAX_DEPTH else _value(child)
            for key in name.split():
                found[key] = [*many(found[key]), value] if key in found else value
        if not nested:
            stack += _children(child)[::-1]
    return found


def _children(node: LexborNode) -> list[LexborNode]:
    children: list[LexborNode] = []
    child = node.child
    while child is not None and len(children) < MAX_NODES:
        if not (child.tag or "-").startswith(("-", "_", "!")):
            children.append(child)
        child = child.next
    return children


def _value(node: LexborNode) -> str:
    attributes = node.attributes
    for name in ("content", "datetime", "href", "value"):
        if attributes.get(name):
            return str(attributes[name])
    return " ".join(node.text(deep=True)[:MAX_TEXT].split())


def many(value: object) -> list[object]:
    """The values of a property, which may be one or a list."""
    return value if isinstance(value, list) else [value]
