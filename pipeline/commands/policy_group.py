"""The commands under `policy`, which are registered by being imported."""

from pipeline.commands import policy_rates, policy_shadow
from pipeline.commands.policy import policy

__all__ = ["policy", "policy_rates", "policy_shadow"]
