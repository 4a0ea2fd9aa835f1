"""Earning rules and the decision."""
