"""What a page hides: by attributes, by inline styles and by the simple rules of its style sheets.

Only what can be told without a browser: rules of one tag, class or id outside of any @-block. What cannot be
told counts as shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_SHEET_CHARS: Final = 200_000
MAX_RULES: Final = 2000
MAX_CLASS_CHARS: Final = 500
MAX_STYLE_CHARS: Final = 4000
MAX_RULED_CHARS: Final = 500
"""Of what the sheets say of one element, the last of it: they are searched anew for each element."""
WHITE_MIN: Final = 250
"""Of 255, each channel of what counts as white."""

_GONE: Final = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|mso-hide\s*:\s*all|opacity\s*:\s*0*(?:\.0+)?\s*(?:;|!|$)"
    r"|max-height\s*:\s*0(?:px|em|pt)?\s*(?:;|!|$)|clip-path\s*:\s*inset\(\s*(?:50|100)%"
    r"|(?:text-indent|left|top|right)\s*:\s*-(?:[5-9]\d\d|\d{4,})|margin-(?:left|top)\s*:\s*-\d{4,})",
    re.IGNORECASE,
)
_FLAT: Final = re.compile(r"(?:^|;)\s*(?:height|width)\s*:\s*[01](?:px|em|pt)?\s*(?:;|!|$)", re.IGNORECASE)
_CLIPPED: Final = re.compile(r"(?:^|;)\s*overflow\s*:\s*hidden", re.IGNORECASE)
_VISIBILITY: Final = re.compile(r"(?:^|;)\s*visibility\s*:\s*(\w+)", re.IGNORECASE)
_FONT: Final = re.compile(r"(?:^|;)\s*font(?:-size)?\s*:\s*([^;]*)", re.IGNORECASE)
_ZERO_SIZE: Final = re.compile(r"^0*(?:\.0+)?(?:px|pt|em|rem|%)?(?:/|\s|!|$)")
_COLOUR: Final = re.compile(r"(?:^|;)\s*color\s*:\s*([^;!]+)", re.IGNORECASE)
_BACKGROUND: Final = re.compile(r"(?:^|;)\s*background(?:-color|-image)?\s*:\s*([^;!]+)", re.IGNORECASE)
_HEX: Final = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})\b", re.IGNORECASE)
_RGB: Final = re.compile(r"rgba?\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})", re.IGNORECASE)
_SIMPLE: Final = re.compile(r"^(?P<tag>[a-z][a-z0-9]*)?(?:(?P<mark>[.#])(?P<name>[\w-]+))?$", re.IGNORECASE)
_COMMENT: Final = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)

WHITE: Final = "white"
OTHER: Final = "other"
"""A colour that is not white; which one matters to nobody here."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What an element's text looks like, as far as its children inherit it."""

    visible: bool = True
    has_size: bool = True
    colour: str = OTHER
    ground: str = WHITE

    @property
    def reads(self) -> bool:
        """Whether a person can read text here."""
        return self.visible and self.has_size and not (self.colour == self.ground == WHITE)


@dataclass(frozen=True, slots=True)
class StyleSheet:
    """The page's own rules, by what they choose: ``.note``, ``#total``, ``td``, ``td.note``."""

    rules: Mapping[str, str] = field(default_factory=dict)

    def style_of(self, node: LexborNode, attributes: Mapping[str, str | None]) -> str:
        """The declarations that hold for the element, its own last."""
        own = (attributes.get("style") or "")[:MAX_STYLE_CHARS]
        if not self.rules:
            return own
        tag = node.tag or ""
        names = [f".{name}" for name in (attributes.get("class") or "")[:MAX_CLASS_CHARS].split()]
        names += [f"#{attributes['id']}"] if attributes.get("id") else []
        chosen = [tag, *(key for name in names for key in (name, tag + name))]
        said = ";".join(self.rules[key] for key in chosen if key in self.rules)
        return f"{said[-MAX_RULED_CHARS:]};{own}"


def style_sheet(tree: LexborHTMLParser) -> StyleSheet:
    """The simple rules of every style element."""
    rules: dict[str, str] = {}
    for node in tree.css("style"):
        text = node.text(deep=True)[:MAX_SHEET_CHARS]
        for selectors, declarations in _rules(_COMMENT.sub("", text)):
            for selector in selectors.split(","):
                match = _SIMPLE.match(selector.strip())
                if match and len(rules) < MAX_RULES:
                    key = (match["tag"] or "").lower() + (match["mark"] or "") + (match["name"] or "")
                    said = f"{rules[key]};{declarations}" if key in rules else declarations
                    rules[key] = said[-MAX_RULED_CHARS:]
    return StyleSheet(rules)


def _rules(text: str) -> Iterator[tuple[str, str]]:
    """Selectors with their declarations; @-blocks (for phones, for print) are passed over whole."""
    position = 0
    while (opening := text.find("{", position)) >= 0:
        selectors = text[position:opening].rpartition(";")[2].strip()
        if selectors.startswith("@"):
            position = _block_end(text, opening)
            continue
        closing = text.find("}", opening)
        if closing < 0:
            return
        yield selectors, text[opening + 1 : closing]
        position = closing + 1


def _block_end(text: str, opening: int) -> int:
    depth = 0
    for match in _BRACE.finditer(text, opening):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return match.end()
    return len(text)


_BRACE: Final = re.compile(r"[{}]")


def is_gone(attributes: Mapping[str, str | None], style: str) -> bool:
    """Whether the element and all in it is hidden, whatever its children say."""
    if "hidden" in attributes or attributes.get("type") == "hidden":
        return True
    if attributes.get("aria-hidden") == "true" and not attributes.get("class"):
        return True
    if not style:
        return False
    return bool(_GONE.search(style) or (_CLIPPED.search(style) and _FLAT.search(style)))


def shown(inherited: Shown, attributes: Mapping[str, str | None], style: str) -> Shown:
    """What the element's text looks like."""
    ground = attributes.get("bgcolor")
    colour = attributes.get("color")
    if not (style or ground or colour):
        return inherited
    look = inherited
    if match := _last(_VISIBILITY, style):
        look = replace(look, visible=match.lower() not in {"hidden", "collapse"})
    if match := _last(_FONT, style):
        size = re.sub(r"^(?:[a-z]+\s+)+", "", match.strip().lower())
        look = replace(look, has_size=not _ZERO_SIZE.match(size))
    if said := _last(_COLOUR, style) or colour:
        look = replace(look, colour=_colour(said))
    if said := _last(_BACKGROUND, style) or ground:
        painted = "url(" in said.lower() or "gradient" in said.lower()
        look = replace(look, ground=OTHER if painted else _ground(said, look.ground))
    return look


def _last(pattern: re.Pattern[str], style: str) -> str | None:
    found = pattern.findall(style)
    return str(found[-1]) if found else None


def _colour(text: str) -> str:
    said = text.strip().lower()
    if said == WHITE:
        return WHITE
    if match := _HEX.search(said):
        digits = match[1] if len(match[1]) > len("fff") else "".join(digit * 2 for digit in match[1])
        channels = [int(digits[place : place + 2], 16) for place in (0, 2, 4)]
    elif match := _RGB.search(said):
        channels = [int(channel) for channel in match.groups()]
    else:
        return OTHER
    return WHITE if min(channels) >= WHITE_MIN else OTHER


def _ground(text: str, inherited: str) -> str:
    said = text.strip().lower()
    if said in {"none", "transparent", "inherit", "initial", "unset"} or said.startswith("rgba(0, 0, 0, 0"):
        return inherited
    return _colour(said)
