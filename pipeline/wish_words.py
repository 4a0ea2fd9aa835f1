"""A program's wish in words: as it is written, and what it comes to. Knows no database."""

from __future__ import annotations

from dataclasses import replace

from matching.precision import Found, thresholds_for
from receipts.program import MatchWish, WishError


def share_of(text: str) -> float:
    """A share as written, 0.995 or 99.5%.

    Raises:
        WishError: it is no number.
    """
    bare = text.strip()
    try:
        return float(bare[:-1]) / 100 if bare.endswith("%") else float(bare)
    except ValueError as error:
        raise WishError(f"{text!r} is no share: write a number such as 0.995, or `usual`.") from error


def wish_sentences(wish: MatchWish, found: Found) -> tuple[str, ...]:
    """What the wish comes to, and what it costs, as measured."""
    return (_accepting(wish, found), _leaving(wish, found), _ground(wish, found))


def _accepting(wish: MatchWish, found: Found) -> str:
    if not found.accept_reached:
        usual = thresholds_for(replace(wish, accept_precision=None), found.products)
        return (
            f"No threshold measured gives a precision of {wish.accept_precision:g}: no line pays by its words"
            " alone; barcodes, article numbers and what reviewers confirmed still do."
            f" The usual threshold gave {usual.accept.precision:.4f}."
        )
    at, unbranded = found.thresholds.accept_min, found.thresholds.unbranded_accept_min
    return (
        f"{_wanting(wish.accept_precision)}Lines pay by their words from a probability of {at:g} on"
        f" ({unbranded:g} where the brand is not printed). Measured: {found.accept.precision:.4f} of what was"
        f" accepted was right, and {found.accept.share:.0%} of the catalog's lines were accepted without a"
        " person."
    )


def _leaving(wish: MatchWish, found: Found) -> str:
    missed = "" if found.none_reached else " No threshold measured reaches it; this is the nearest."
    return (
        f"{_wanting(wish.none_precision)}Below {found.thresholds.ask_min:g} a line counts as another maker's."
        f" Measured: {found.none.precision:.3f} of what was called so was, and {found.none.share:.0%} of"
        f" strangers' lines asked nobody.{missed}"
    )


def _wanting(precision: float | None) -> str:
    return "" if precision is None else f"Wanted precision {precision:g}. "


def _ground(wish: MatchWish, found: Found) -> str:
    return (
        f"Measured on catalogs of about {found.products:,} products, where {wish.own_share:.0%} of the lines"
        " are of the catalog; with fewer of these a match must be surer."
    )
