"""`program points`: what a program promises of its points."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer
from rich.console import Console

from pipeline import formats
from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.points_terms import change_terms
from receipts.program import MICROS, PointsTerms, Program, ReturnPolicy, TermsError

_NEVER = "never"
_WRONG_USAGE_EXIT = 2


def program_points(
    program: ProgramOption = "",
    pending_days: Annotated[
        int | None, typer.Option(help="Days before earned points can be spent; 0: at once.")
    ] = None,
    expiry_days: Annotated[
        str, typer.Option(help="Days after which available points expire, or `never`.")
    ] = "",
    notice_days: Annotated[
        int | None, typer.Option(help="So many days before points expire the member is told.")
    ] = None,
    point_value: Annotated[
        str, typer.Option(help="What a point costs, in the program's currency, such as 0.01.")
    ] = "",
    return_policy: Annotated[
        ReturnPolicy | None, typer.Option(help="How far a return takes points back that are spent.")
    ] = None,
    gift_limit: Annotated[
        int | None, typer.Option(help="A gift of more points needs a second person.")
    ] = None,
) -> None:
    """Say what is promised of points that are earned from now on. Without options it only shows.

    Example: tillpoints program points --pending-days 14 --expiry-days 365 --point-value 0.01
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    terms = target.terms
    try:
        changed = replace(
            terms,
            pending_days=terms.pending_days if pending_days is None else pending_days,
            expiry_days=_days(expiry_days) if expiry_days else terms.expiry_days,
            notice_days=terms.notice_days if notice_days is None else notice_days,
            point_value_micros=_micros(point_value) if point_value else terms.point_value_micros,
            return_policy=terms.return_policy if return_policy is None else return_policy,
            gift_limit=terms.gift_limit if gift_limit is None else gift_limit,
        )
    except TermsError as error:
        Console(stderr=True, soft_wrap=True).print(
            f"{error}. Nothing was changed.", markup=False, highlight=False
        )
        raise typer.Exit(_WRONG_USAGE_EXIT) from error
    if changed != terms:
        change_terms(wiring, target.id, changed)
    for sentence in _sentences(target, changed):
        Console().print(sentence, markup=False, highlight=False, soft_wrap=True)


def _days(text: str) -> int | None:
    if text.strip().casefold() == _NEVER:
        return None
    if not text.strip().isdecimal():
        raise TermsError(f"{text!r} is no number of days: write one, or {_NEVER}")
    return int(text)


def _micros(text: str) -> int:
    try:
        return int(Decimal(text) * MICROS)
    except (InvalidOperation, OverflowError, ValueError) as error:
        raise TermsError(f"{text!r} is no amount: write one such as 0.01") from error


_POLICY_WORDS = {
    ReturnPolicy.PENDING_ONLY: "takes back pending points alone",
    ReturnPolicy.TO_ZERO: "takes points back until the balance is 0",
    ReturnPolicy.BELOW_ZERO: "takes points back to the point, also below 0",
}


def _sentences(program: Program, terms: PointsTerms) -> tuple[str, ...]:
    wait = "at once" if not terms.pending_days else f"after {terms.pending_days} days"
    over = (
        "and never expire"
        if terms.expiry_days is None
        else f"and expire after {terms.expiry_days} days, told of {terms.notice_days} days before"
    )
    micros = terms.point_value_micros
    worth = "is not said" if micros is None else f"{Decimal(micros) / MICROS:f} {program.currency}"
    return (
        f"Points can be spent {wait}, {over}.",
        f"A return {_POLICY_WORDS[terms.return_policy]}.",
        f"A gift above {formats.points(terms.gift_limit)} needs a second person. A point's value: {worth}.",
    )
