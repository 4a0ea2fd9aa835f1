"""What machines read of a page stays with whoever wrote it."""

from __future__ import annotations

import pytest

from ingest.email.section_pages import sections_of_page

SCRIPT = '<script type="application/ld+json">{"@type": "Order", "price": "10.29"}</script>'
MICRODATA = (
    '<div itemscope itemtype="http://schema.org/Order"><span itemprop="price" content="10.29">x</span> '
    '<meta itemprop="total" content="10.29"><time itemprop="orderDate" datetime="10.29"></time></div>'
)
WROTE = "<p>Own words</p><div>On Tue, Mar 3, 2026 at 2:05 PM Ann &lt;a@b.example&gt; wrote:</div>"
HEADER = (
    "<p>Own words</p><div><b>From:</b> Ann &lt;ann@a.example&gt;<br><b>Sent:</b> 3 March 2026 2:05 PM<br>"
    "<b>To:</b> orders@shop.example<br><b>Subject:</b> question</div>"
)
IN_QUOTE = {
    "in its middle": WROTE + "<blockquote type=cite><p>Hello</p>{}<p>Ann</p></blockquote><p>Own, too</p>",
    "first": WROTE + "<blockquote type=cite>{}<p>Hello</p></blockquote><p>Own, too</p>",
    "last": WROTE + "<blockquote type=cite><p>Hello</p>{}</blockquote><p>Own, too</p>",
    "last of all": WROTE + '<div class="gmail_quote"><p>Hello</p>{}</div>',
    "below a header": HEADER + "<div><p>Hello</p>{}</div>",
}
OWN = {
    "above": "<p>Own words</p>{}<blockquote type=cite><p>Hello</p></blockquote>",
    "below": "<blockquote type=cite><p>Hello</p></blockquote>{}<p>Own words</p>",
    "first": "{}<p>Own words</p><blockquote type=cite><p>Hello</p></blockquote>",
    "beside small print": "{}<p>Tea 4.99</p><p>--</p><p>Old Mill Store</p>",
    "below small print": "<p>Tea 4.99</p><p>--</p><p>Old Mill Store</p>{}",
}


@pytest.mark.parametrize("data", [SCRIPT, MICRODATA], ids=["script", "microdata"])
@pytest.mark.parametrize("page", IN_QUOTE.values(), ids=IN_QUOTE)
def test_what_a_quote_says_to_machines_is_not_the_authors(page: str, data: str) -> None:
    own, *quotes = sections_of_page(f"<html><body>{page.format(data)}</body></html>")
    assert "Own words" in own.whole
    assert "10.29" not in own.whole + own.body
    assert any("Hello" in quote.whole for quote in quotes)


@pytest.mark.parametrize("data", [SCRIPT, MICRODATA], ids=["script", "microdata"])
@pytest.mark.parametrize("page", OWN.values(), ids=OWN)
def test_what_the_author_says_to_machines_is_kept(page: str, data: str) -> None:
    own, *quotes = sections_of_page(f"<html><body>{page.format(data)}</body></html>")
    assert "10.29" in own.body
    assert not any("10.29" in quote.whole for quote in quotes)


def test_what_the_head_of_a_page_says_is_kept() -> None:
    head = '<head><meta name="viewport" content="width=600"><style>p {color: red}</style></head>'
    own, _ = sections_of_page(
        f"<html>{head}<body>{WROTE}<blockquote type=cite>Hello</blockquote></body></html>"
    )
    assert 'content="width=600"' in own.body
    assert "color: red" in own.body
