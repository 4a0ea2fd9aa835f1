"""From the frame as taken to a page that reads well: every step, in order, one function each.

Every step is a suggestion: it leaves the page as it is where it is not sure. The caller keeps the frame, and
when the repaired page reads worse than the frame, the frame wins. That is why a step may be wrong now and
then without harm.

What each step gains, and which steps were tried and left out, is measured in docs/reading.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ocr.engines.base import Picture
from ocr.picture.level import MIN_SKEW_DEG, find_skew_deg, leans_more, rotate, rotation, turn
from ocr.picture.paper import Sight, around, flatten, flattening, look
from ocr.picture.placed import AS_IT_IS, Matrix, turned

__all__ = ["STEPS", "Page", "Seen", "repair", "turn"]


@dataclass(frozen=True, slots=True)
class Page:
    """A page on its way.

    Attributes:
        steps: names of the steps that changed it.
        placed: brings a point of the frame onto the page (see `ocr.picture.placed`).
    """

    picture: Picture
    steps: tuple[str, ...] = ()
    placed: Matrix = field(default_factory=lambda: AS_IT_IS)

    def changed(self, step: str, picture: Picture, by: Matrix) -> Page:
        """The page after one more step."""
        return replace(self, picture=picture, steps=(*self.steps, step), placed=by @ self.placed)


Step = Callable[[Page, Sight | None], Page]
Seen = Callable[[str, Page], None]
"""Is shown the page after each step, with the step's name."""


def set_on_end(page: Page, sight: Sight | None = None) -> Page:
    """Lines that run up or down made level; whether they stand on their head, the engine tells.

    The paper is then looked for on the same picture however the camera was held, give or take half a turn.
    """
    if not (sight or look(page.picture)).printed.sideways:
        return page
    return page.changed("set_on_end", turn(page.picture, 1), turned(page.picture.shape, 1))


def crop_paper(page: Page, sight: Sight | None = None) -> Page:
    """The paper alone, its perspective taken out; the page as it is when no paper stands out.

    Nor where flattening leaves the lines less level than they were: then the outline is another thing's, as
    of a card or a table that the receipt lies on.
    """
    paper = (sight or look(page.picture)).paper
    if paper is None:
        return page
    flat = flatten(page.picture, paper.corners)
    if leans_more(around(page.picture, paper.corners), flat):
        return page
    by, _ = flattening(paper.corners)
    return page.changed("crop_paper", flat, by)


def deskew(page: Page, _sight: Sight | None = None) -> Page:
    """Lines level, by the angle at which the rows of print stand out most clearly."""
    angle_deg = find_skew_deg(page.picture)
    if abs(angle_deg) < MIN_SKEW_DEG:
        return page
    by = np.vstack([rotation(page.picture.shape, angle_deg), [0.0, 0.0, 1.0]])
    return page.changed("deskew", rotate(page.picture, angle_deg), by)


STEPS: Final[tuple[Step, ...]] = (set_on_end, crop_paper, deskew)
"""In this order: perspective first, since it bends the lines that deskew measures. Before them the file is
decoded and turned as its camera says (`ocr.decode`). What is left of quarter and half turns needs the text
itself and comes in between reading (`ocr.pictures`); so does enlarging, which is the engine's `zoom`, and the
last look's dark print (`ocr.picture.ink.strengthened`)."""

AFTER_TURNING: Final = STEPS[1:]
"""For a page whose text has said already how it stands."""


def repair(
    picture: Picture,
    *,
    sight: Sight | None = None,
    seen: Seen | None = None,
    steps: tuple[Step, ...] = STEPS,
) -> Page:
    """The page after all steps.

    Args:
        picture: the frame.
        sight: its print and paper, where the caller has looked for them already.
        seen: is shown the page after each step.
        steps: which, in order.
    """
    page = Page(picture)
    for step in steps:
        # What was found on the frame lies elsewhere once the page has changed.
        page = step(page, sight if page.picture is picture else None)
        if seen is not None:
            seen(step.__name__, page)
    return page
