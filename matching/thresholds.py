"""From which probability on a match pays, is asked, or is another maker's."""

from __future__ import annotations

from dataclasses import dataclass

# Probability from which a match pays by itself. docs/matching.md has the table it was chosen from.
ACCEPT_MIN = 0.90
# The same where the product has a brand and the line prints none of it, so that it may be the shop's own:
# half of the doubt is allowed, and the price must fit as well.
UNBRANDED_DOUBT = 0.5
# Probability from which a person is asked; below it the line counts as another maker's.
ASK_MIN = 0.5
# Nothing has this probability: words alone never pay.
NEVER = 1.01


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What the matcher accepts, asks and leaves by words; `matching.precision` finds them for a precision.

    Attributes:
        accept_min: probability from which words pay, where the brand is printed.
        ask_min: probability from which a person is asked.
    """

    accept_min: float = ACCEPT_MIN
    ask_min: float = ASK_MIN

    @property
    def unbranded_accept_min(self) -> float:
        """From which words pay where the brand is not printed."""
        return round(1.0 - (1.0 - self.accept_min) * UNBRANDED_DOUBT, 6)


USUAL = Thresholds()
"""What holds where a program has asked for nothing else."""
