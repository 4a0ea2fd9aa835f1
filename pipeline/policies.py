"""A program's fraud policies: keep a version, put one in force or beside it as a shadow, and list them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from awarding.fraud.policy_file import BUILT_IN, BUILT_IN_VERSION, FraudPolicy
from pipeline.clock import utc_now
from pipeline.judging import policy_of, rule_of
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.codec import to_json
from receipts.database.repositories.policies import (
    Policies,
    PolicyRole,
    PolicyVersionError,
)
from receipts.identity import AccountId, ProgramId


@dataclass(frozen=True, slots=True)
class PolicyView:
    """One version of a program's policy.

    Attributes:
        document: as it was imported; empty for the built-in policy.
        author: who imported it; empty for the command line and the built-in one.
        created_at: None for the built-in one.
    """

    version: int
    note: str
    document: dict[str, Any]
    author: str
    created_at: datetime | None
    in_force: bool
    shadow: bool


def import_policy(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    policy: FraudPolicy,
    document: dict[str, Any],
    author: AccountId | None,
) -> bool:
    """Keep a version; False where it is kept already.

    Raises:
        PolicyVersionError: the version is not above the newest.
    """
    try:
        with wiring.database.write() as session:
            return Policies(session, program_id, utc_now()).add(policy.version, document, author=author)
    except IntegrityError as error:
        raise PolicyVersionError(
            f"version {policy.version} was imported by someone else at this moment; give yours the next"
        ) from error


def give_role(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    role: PolicyRole,
    version: int | None,
    author: AccountId | None,
) -> bool:
    """Put a version in force or beside it as its shadow; False where the program has no such version.

    Receipts that were screened before keep their verdicts.
    """
    now = utc_now()
    with wiring.database.write() as session:
        policies = Policies(session, program_id, now)
        known = version is None or version == BUILT_IN_VERSION or policies.find(version) is not None
        if not known:
            return False
        if policies.standing(role) != version:
            policies.put(role, version, author=author)
        if role is PolicyRole.IN_FORCE and policies.standing(PolicyRole.SHADOW) == version:
            # What judges needs no shadow of itself.
            policies.put(PolicyRole.SHADOW, None, author=author)
    return True


def policy_list(wiring: Wiring, *, program_id: ProgramId) -> tuple[PolicyView, ...]:
    """Every version, the newest first and the built-in one last."""
    with wiring.database.read() as session:
        policies = Policies(session, program_id, utc_now())
        in_force = policies.standing(PolicyRole.IN_FORCE) or BUILT_IN_VERSION
        shadow = policies.standing(PolicyRole.SHADOW)
        stored = policies.all()
    own = tuple(
        PolicyView(
            version=each.version,
            note=str(each.document.get("note", "")),
            document=each.document,
            author=each.author,
            created_at=each.created_at,
            in_force=each.version == in_force,
            shadow=each.version == shadow,
        )
        for each in stored
    )
    built_in = PolicyView(
        version=BUILT_IN_VERSION,
        note=BUILT_IN.note,
        document={},
        author="",
        created_at=None,
        in_force=in_force == BUILT_IN_VERSION,
        shadow=shadow == BUILT_IN_VERSION,
    )
    return (*own, built_in)


def policy_view(wiring: Wiring, *, program_id: ProgramId, version: int | None) -> PolicyView | None:
    """One version, or the one in force; None where the program has no such one."""
    return next(
        (
            each
            for each in policy_list(wiring, program_id=program_id)
            if (each.in_force if version is None else each.version == version)
        ),
        None,
    )


def effective(wiring: Wiring, *, program_id: ProgramId, version: int) -> dict[str, Any]:
    """The version with everything that it leaves to the program and the product filled in, as JSON.

    Raises:
        LookupError: the program has no such version.
    """
    program = program_of(wiring, program_id)
    with wiring.database.read() as session:
        policy = policy_of(session, program, version)
    if policy is None:
        raise LookupError(f"program {program_id} has no policy version {version}")
    rule: dict[str, Any] = to_json(rule_of(policy, program))
    sampling = {"passes": policy.sampled_passes, "declines": policy.sampled_declines}
    return {**rule, "sampling": sampling}
