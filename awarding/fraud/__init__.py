"""Findings about a receipt: each check gives evidence, the policy says what holds, a person decides."""
