"""Where the line above a quote begins: rows of a receipt right above it stay with the receipt."""

from __future__ import annotations

import pytest

from ingest.email.section_pages import sections_of_page
from ingest.email.sections import sections_of_text

ROWS = "Corner Shop\nOats   $3.99\nBread   $2.50\nTotal   $6.49\n"
QUOTE = "> Milk   $1.00\n> Total   $1.00\n"
WROTE = {
    "one line": "On Tue, Mar 3, 2026 at 2:05 PM Shop <s@corner.example> wrote:\n",
    "two lines": "On Tue, Mar 3, 2026 at 2:05 PM Shop\n<s@corner.example> wrote:\n",
    "the day in a line of its own": "On Tue, Mar 3, 2026 at 2:05 PM\nShop <s@corner.example> wrote:\n",
    "an hour like a price": "Den 3. mars 2026 kl. 14.05 skrev Shop\n<s@corner.example>:\n",
}


@pytest.mark.parametrize("wrote", WROTE.values(), ids=WROTE)
def test_rows_right_above_the_line_above_a_quote_are_the_authors(wrote: str) -> None:
    own, quote = sections_of_text(ROWS + wrote + QUOTE)
    assert own.body.split() == ROWS.split()
    assert quote.sender is not None
    assert quote.sender.address == "s@corner.example"


@pytest.mark.parametrize(
    "above", ["Bread 2.50 on 21 Nov 2026", "21 Nov 2026 Bread   2.50", "Paid 21.11.2026 6.49"]
)
def test_rows_with_a_day_stay_too(above: str) -> None:
    own, quote = sections_of_text(f"Oats 3.99\n{above}\n{WROTE['one line']}{QUOTE}")
    assert own.body.splitlines() == ["Oats 3.99", above]
    assert quote.quoted


def test_a_page_without_a_blank_line_above_the_sentence() -> None:
    rows = "".join(f"<div>{row}</div>" for row in ROWS.splitlines())
    cite = '<div class="moz-cite-prefix">On 3/3/26 14:05, Shop &lt;s@corner.example&gt; wrote:<br></div>'
    own, _ = sections_of_page(f"{rows}{cite}<blockquote type=cite><div>Total $1.00</div></blockquote>")
    assert "$2.50" in own.body
    assert "$6.49" in own.body
