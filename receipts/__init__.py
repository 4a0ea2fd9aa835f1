"""The nouns of Tillpoints: frozen, typed values that every stage shares.

Nothing in this package does work. A value is made by one stage, read by the next, and never changed:
to differ, make another with `dataclasses.replace`.
"""
