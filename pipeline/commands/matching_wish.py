"""`program matching`: how sure matches must be, and what that costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer
from rich.console import Console

from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.matching_wish import change_wish, wish_view
from pipeline.wish_words import share_of
from receipts.program import MatchWish, WishError

_USUAL = "usual"
_WRONG_USAGE_EXIT = 2


def program_matching(
    program: ProgramOption = "",
    accept: Annotated[
        str,
        typer.Option(help="Of the lines that pay by their words, the share that must be right, or `usual`."),
    ] = "",
    none: Annotated[
        str, typer.Option(help="Of the lines called another maker's, the share that must be, or `usual`.")
    ] = "",
    own_share: Annotated[
        str, typer.Option(help="Of all lines on the receipts, the share that is of the catalog, or `usual`.")
    ] = "",
) -> None:
    """Say how sure matches must be, as precision, and see what that costs. Without options it only shows.

    Example: tillpoints program matching --accept 0.995 --own-share 0.3
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    wish = target.wish
    try:
        if accept:
            wish = replace(wish, accept_precision=_share(accept))
        if none:
            wish = replace(wish, none_precision=_share(none))
        if own_share:
            wish = replace(wish, own_share=_share(own_share) or MatchWish().own_share)
    except WishError as error:
        Console(stderr=True).print(
            f"{error} Nothing was changed.", markup=False, highlight=False, soft_wrap=True
        )
        raise typer.Exit(_WRONG_USAGE_EXIT) from error
    view = wish_view(wiring, target.id) if wish == target.wish else change_wish(wiring, target.id, wish)
    for sentence in view.sentences:
        Console().print(sentence, markup=False, highlight=False, soft_wrap=True)


def _share(text: str) -> float | None:
    """The number; None for the usual one.

    Raises:
        WishError: it is no number.
    """
    if text.strip().casefold() == _USUAL:
        return None
    return share_of(text)
