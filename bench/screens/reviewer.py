"""The reviewer's pages."""

from __future__ import annotations

from bench.screens.shot import Shot
from pipeline.sample import RUTH

SHOTS: tuple[Shot, ...] = (
    Shot("review-queue", RUTH, "/review"),
    Shot("review-case", RUTH, "/review", follow="a[href^='/review/rev_']"),
    Shot(
        "review-keys",
        RUTH,
        "/review",
        follow="a[href^='/review/rev_']",
        act=lambda page: page.keyboard.press("?"),
    ),
    Shot(
        "review-correct",
        RUTH,
        "/review",
        follow="a[href^='/review/rev_']",
        act=lambda page: page.keyboard.press("c"),
    ),
    Shot(
        "review-twin",
        RUTH,
        "/review?order=risk",
        follow="a[href^='/review/rev_']",
        act=lambda page: page.keyboard.press("s"),
    ),
    Shot("review-together", RUTH, "/review/together", follow="a[href^='/review/together?cause']"),
    Shot("review-log", RUTH, "/review/log"),
    Shot("review-blind", RUTH, "/review/blind"),
    Shot("review-learned", RUTH, "/learned"),
)
