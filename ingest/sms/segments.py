"""How many parts a text is sent and billed in, and how to keep it to few.

Carriers know two encodings. GSM-7 (3GPP TS 23.038) has 160 characters in one part and 153 in each of several;
one character outside it makes the whole text UCS-2, with 70 and 67. So typographic characters are written
plainly where that is all that keeps a text from GSM-7.
"""

from __future__ import annotations

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
"""Two units each: an escape comes before them."""
_PLAIN = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"',
        "\u2013": "-", "\u2014": "-", "\u2011": "-", "\u2212": "-", "\u2026": "...", "\u2022": "-",
        "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u00d7": "x", "\u200b": "", "\ufeff": "",
    }
)  # fmt: skip

TEXT_MAX_CHARS = 1_600
"""The provider's bound of one text, whatever its parts."""
_CUT = "..."


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text takes.

    Attributes:
        gsm: whether it is GSM-7; else UCS-2.
        units: seven or sixteen bits each.
        count: parts; none for an empty text.
    """

    gsm: bool
    units: int
    count: int


_GSM_ONE, _GSM_MORE = 160, 153
_UCS_ONE, _UCS_MORE = 70, 67
_UNIT_BYTES = 2


def plain(text: str) -> str:
    """Typographic quotes, dashes, dots and blanks as any telephone writes them."""
    return text.translate(_PLAIN)


def segments(text: str) -> Segments:
    """What `text` takes as it stands."""
    gsm = all(each in _BASIC or each in _EXTENDED for each in text)
    if gsm:
        units = len(text) + sum(each in _EXTENDED for each in text)
        one, more = _GSM_ONE, _GSM_MORE
    else:
        units = len(text.encode("utf-16-be", "surrogatepass")) // _UNIT_BYTES
        one, more = _UCS_ONE, _UCS_MORE
    count = min(units, 1) if units <= one else -(-units // more)
    return Segments(gsm, units, count)


def fit(text: str, *, max_segments: int = 3, tail: str = "") -> str:
    """`text` made plain, and shortened between words where it takes more than `max_segments`.

    `tail` follows it after a blank and is never shortened: a link that lacks its end leads nowhere.
    Where it alone takes more than `max_segments`, it is all that is left.
    """
    ending = f" {tail}" if tail else ""
    whole = plain(text).strip()
    if _fits(whole + ending, max_segments):
        return whole + ending
    low, high = 0, min(len(whole), TEXT_MAX_CHARS)
    while low < high:
        middle = (low + high + 1) // 2
        if _fits(whole[:middle].rstrip() + _CUT + ending, max_segments):
            low = middle
        else:
            high = middle - 1
    if low == 0 and tail:
        return tail
    kept = whole[:low]
    if not whole[low : low + 1].isspace() and " " in kept:
        kept = kept[: kept.rindex(" ")]
    return kept.rstrip(" ,;:-") + _CUT + ending


def _fits(text: str, max_segments: int) -> bool:
    return segments(text).count <= max_segments and len(text) <= TEXT_MAX_CHARS
