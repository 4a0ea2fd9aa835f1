"""The characters that receipts in Latin letters print.

The recogniser knows 18,708 characters, nearly all of them Chinese, and weighs each at every step of every
line. With these alone it reads the same text faster, and it cannot take a colon for a full-width one or an A
for a Greek one (docs/decisions/0013-reading-speed.md).
"""

from __future__ import annotations

from typing import Final

_ASCII: Final = "".join(chr(code) for code in range(0x21, 0x7F))
_LATIN_1: Final = "".join(chr(code) for code in range(0xA1, 0x100) if code not in {0xA8, 0xAD, 0xAF, 0xB8})
"""Western Europe's letters and signs, without a soft hyphen and lone accents."""
_ARCHAIC: Final = frozenset("ĸŀĿŉſŦŧ")
_LATIN_EXTENDED: Final = "".join(chr(code) for code in range(0x100, 0x180) if chr(code) not in _ARCHAIC)
"""Central and northern Europe's letters, Turkish and the Baltic ones."""
_ROMANIAN: Final = "ȘșȚț"
_PUNCTUATION: Final = "–—‘’“”„•…™№"
_CURRENCIES: Final = "€₩₪₫₦₱₴₹₺₽฿"

LATIN: Final = frozenset(_ASCII + _LATIN_1 + _LATIN_EXTENDED + _ROMANIAN + _PUNCTUATION + _CURRENCIES)
"""What a Latin receipt may print; a model's own dictionary may lack some of them."""
