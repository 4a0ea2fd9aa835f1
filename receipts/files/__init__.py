"""Originals and their derivatives."""
