"""An order's confirmation and its invoice, forwarded as two mails, are paid once; two orders are two."""

from __future__ import annotations

import datetime as dt

from pipeline.sample import MAYA
from receipts.state import ReceiptState
from tests.pipeline.conftest import today
from tests.pipeline.test_mails import Post, post
from tests.support.doors import mail
from tests.support.signing import signed

__all__ = ["post"]

GOODS = "Oatmere Old Fashioned Oats 18 OZ   $3.29\nRye bread   $5.49\n"


def forward(post: Post, head: str, sums: str, *, days_ago: int, goods: str = GOODS) -> None:
    """Maya forwards what the shop wrote so many days ago."""
    day = today() - dt.timedelta(days=days_ago)
    text = (
        "---------- Forwarded message ---------\nFrom: Corner Shop <orders@corner.example>\n"
        f"Date: {day:%a, %b %d, %Y} at 2:05 PM\nSubject: Your order\nTo: <{MAYA.email}>\n\n"
        f"{head}\n{day:%B %d, %Y}\n\n{goods}{sums}"
    )
    post.arrive(signed(mail(MAYA.email, subject=f"Fwd: {head.splitlines()[0]}", text=text), post.key))
    post.work()


def test_they_are_paid_once_and_the_member_is_told_so(post: Post) -> None:
    forward(post, "Order #10234", "Total   $8.78\n", days_ago=4)
    paid = post.balance(post.maya)
    assert paid > 0
    forward(post, "Invoice INV-2026-551\nOrder #10234", "Tax   $0.31\nTotal   $9.09\n", days_ago=1)
    assert post.balance(post.maya) == paid
    assert post.states(post.maya) == [ReceiptState.DECLINED, ReceiptState.AWARDED]
    assert "You sent us this purchase already" in post.sink.mails[-1].message.as_string().replace("=\n", "")


def test_another_order_of_the_same_things_is_paid_though_other_numbers_are_the_same(post: Post) -> None:
    same = "Customer no. 4482010\nTax ID 98-7654321\nCard no. 55500012\nStore no. 10012"
    forward(post, f"Order #10234\n{same}", "Total   $8.78\n", days_ago=4)
    paid = post.balance(post.maya)
    forward(post, f"Order #10299\n{same}", "Total   $8.78\n", days_ago=1)
    assert post.states(post.maya) == [ReceiptState.AWARDED, ReceiptState.AWARDED]
    assert post.balance(post.maya) == 2 * paid


def test_an_order_after_the_invoices_of_its_two_parcels_pays_neither_again(post: Post) -> None:
    other = "Oatmere Steel Cut Oats 24 OZ   $4.49\nJam   $2.00\n"
    forward(post, "Invoice INV-2026-551\nOrder #10234", "Total   $8.78\n", days_ago=3)
    forward(post, "Invoice INV-2026-552\nOrder #10234", "Total   $6.49\n", days_ago=2, goods=other)
    assert post.states(post.maya) == [ReceiptState.AWARDED, ReceiptState.AWARDED]
    paid = post.balance(post.maya)
    forward(post, "Order #10234", "Total   $15.27\n", days_ago=4, goods=GOODS + other)
    assert post.balance(post.maya) == paid
