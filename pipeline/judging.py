"""From the gathered evidence to the verdict, and to what is kept so that it can be worked out again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from awarding.fraud.evidence import Evidence
from awarding.fraud.member_policy import COUNT_MAX, DAYS_MAX
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.policy_file import BUILT_IN, BUILT_IN_VERSION, FraudPolicy, stored_policy
from awarding.fraud.screen import screen
from awarding.fraud.weigh import Weights
from pipeline.clock import utc_now
from pipeline.snapshots import Basis, evidence_of, snapshot_of
from pipeline.wiring import Wiring
from receipts.database.codec import from_json, to_json
from receipts.database.repositories.policies import Policies, PolicyRole
from receipts.fraud import Risk, Screening, Weighed
from receipts.program import Program


@dataclass(frozen=True, slots=True)
class ShadowVerdict:
    """What the policy that is tried beside the one in force would have made of the same evidence."""

    version: int
    risk: Risk
    score: float
    weighed: tuple[Weighed, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with what it rests on.

    Attributes:
        kept: what the artefact keeps beside the screening.
    """

    screening: Screening
    kept: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy with the program's own settings in it: what a verdict is worked out by."""

    thresholds: ScreenPolicy
    weights: Weights


def rule_of(policy: FraudPolicy, program: Program) -> Rule:
    """The policy, with the program's settings where it gives no threshold."""
    thresholds = policy.screen_policy(
        window_days=min(program.window_days, DAYS_MAX),
        max_receipts_per_day=min(program.daily_receipts, COUNT_MAX),
    )
    return Rule(thresholds, policy.weights)


def policy_of(session: Session, program: Program, version: int) -> FraudPolicy | None:
    """One version of the program's policy; None where it has no such one."""
    if version == BUILT_IN_VERSION:
        return BUILT_IN
    stored = Policies(session, program.id, utc_now()).find(version)
    return None if stored is None else stored_policy(stored.document)


def policy_in_force(session: Session, program: Program) -> FraudPolicy:
    """What judges the program's receipts now."""
    version = Policies(session, program.id, utc_now()).standing(PolicyRole.IN_FORCE)
    return _known(policy_of(session, program, version or BUILT_IN_VERSION), version)


def shadow_policy(session: Session, program: Program) -> FraudPolicy | None:
    """What is tried beside it; None where nothing is."""
    version = Policies(session, program.id, utc_now()).standing(PolicyRole.SHADOW)
    return None if version is None else _known(policy_of(session, program, version), version)


def _known(policy: FraudPolicy | None, version: int | None) -> FraudPolicy:
    if policy is None:
        raise LookupError(f"policy version {version} has a role and is not kept")
    return policy


def rule_in_force(wiring: Wiring, program: Program) -> Rule:
    """What the program's receipts are judged by now; gathering the evidence may need its thresholds."""
    with wiring.database.read() as session:
        return rule_of(policy_in_force(session, program), program)


def judge(wiring: Wiring, program: Program, evidence: Evidence, rule: Rule, basis: Basis) -> Judged:
    """Run every check by the rule, and by the policy that is tried beside it if there is one.

    The checks are given the evidence as it is kept and not as it was gathered: what is worked out again later
    starts from the very same values.
    """
    with wiring.database.read() as session:
        candidate = shadow_policy(session, program)
    snapshot = snapshot_of(evidence, basis)
    same = evidence_of(snapshot, evidence.receipt, evidence.matches)
    screening = verdict(same, rule)
    kept: dict[str, Any] = {"snapshot": snapshot, "rule": to_json(rule)}
    if candidate is not None:
        kept["shadow"] = to_json(_shadow(candidate.version, verdict(same, rule_of(candidate, program))))
    return Judged(screening, kept)


def verdict(evidence: Evidence, rule: Rule) -> Screening:
    """What the rule makes of the evidence."""
    return screen(evidence, rule.thresholds, weights=rule.weights)


def _shadow(version: int, screening: Screening) -> ShadowVerdict:
    return ShadowVerdict(version, screening.risk, screening.score, screening.weighed)


def shadow_from(body: dict[str, Any]) -> ShadowVerdict | None:
    """The shadow's verdict in a screening artefact; None where no policy was tried then."""
    return from_json(ShadowVerdict, body["shadow"]) if "shadow" in body else None
