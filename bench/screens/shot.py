"""What a picture is taken of: who looks, where, and what is done first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.sample import SampleAccount

if TYPE_CHECKING:
    from playwright.sync_api import Page


def _nothing(_page: Page) -> None:
    return


@dataclass(frozen=True, slots=True)
class Shot:
    """One page or state.

    Attributes:
        name: of the picture's file, after the size: short and unlike any other.
        who: signed in as; None for a page that is open to all.
        path: of the page, as ``/review``.
        follow: a selector of a link on that page: the picture is of where the first such link leads. Without
            such a link there is no picture, and the command says so.
        act: what is done on the page before the picture, such as pressing a key; raises `LookupError` where
            the state cannot be shown, and the command says so.
        dark: with the dark colours.
        rtl: with the page turned right to left.
    """

    name: str
    who: SampleAccount | None
    path: str
    follow: str = ""
    act: Callable[[Page], None] = _nothing
    dark: bool = False
    rtl: bool = False
