"""An order's confirmation and its invoice, forwarded as two mails, are paid once; two orders are two."""

from __future__ import annotations

import datetime as dt

from pipeline.clock import utc_now
from pipeline.review import LookAgain, Resolved, resolve_case
from pipeline.sample import MAYA, SAMPLE_PROGRAM
from receipts.database.repositories.reviews import Reviews
from receipts.state import ReceiptState
from tests.pipeline.conftest import today
from tests.pipeline.test_mails import Post, post
from tests.support.doors import mail
from tests.support.signing import signed

__all__ = ["post"]

GOODS = "Oatmere Old Fashioned Oats 18 OZ   $3.29\nRye bread   $5.49\n"


def forward(
    post: Post, head: str, sums: str, *, days_ago: int, goods: str = GOODS, vouched: bool = True
) -> None:
    """Maya forwards what the shop wrote so many days ago."""
    day = today() - dt.timedelta(days=days_ago)
    text = (
        "---------- Forwarded message ---------\nFrom: Corner Shop <orders@corner.example>\n"
        f"Date: {day:%a, %b %d, %Y} at 2:05 PM\nSubject: Your order\nTo: <{MAYA.email}>\n\n"
        f"{head}\n{day:%B %d, %Y}\n\n{goods}{sums}"
    )
    raw = mail(MAYA.email, subject=f"Fwd: {head.splitlines()[0]}", text=text)
    post.arrive(signed(raw, post.key) if vouched else raw)
    post.work()


def approve(post: Post) -> None:
    """Ruth approves what waits longest; should she be asked to look again, she approves that too."""
    for _ in range(2):
        with post.wiring.database.read() as session:
            case = Reviews(session, SAMPLE_PROGRAM.id, utc_now()).open_cases(after=0, limit=1)[0]
        done = resolve_case(
            post.wiring,
            program_id=SAMPLE_PROGRAM.id,
            case_id=case.id,
            reviewer=post.ruth.id,
            approve=True,
            products={},
            note="",
        )
        if isinstance(done, Resolved):
            return
        assert isinstance(done, LookAgain)
    raise AssertionError("asked to look again twice")


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


MORE = "Oatmere Steel Cut Oats 24 OZ   $4.49\nJam   $2.00\n"
REST = "Oatmere Old Fashioned Oats 18 OZ   $3.19\n"


def told_last(post: Post) -> str:
    body = post.sink.mails[-1].message.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def send_two_parcels(post: Post) -> tuple[int, int]:
    """The invoices of an order's two parcels are paid; what each earned."""
    forward(post, "Invoice INV-2026-551\nOrder #10234", "Total   $8.78\n", days_ago=3)
    first = post.balance(post.maya)
    forward(post, "Invoice INV-2026-552\nOrder #10234", "Total   $6.49\n", days_ago=2, goods=MORE)
    assert post.states(post.maya) == [ReceiptState.AWARDED, ReceiptState.AWARDED]
    both = post.balance(post.maya)
    assert both > first > 0
    return first, both - first


def test_an_order_after_the_invoices_of_its_two_parcels_pays_neither_again(post: Post) -> None:
    paid = sum(send_two_parcels(post))
    forward(post, "Order #10234", "Total   $15.27\n", days_ago=4, goods=GOODS + MORE)
    assert post.balance(post.maya) == paid
    assert post.states(post.maya)[0] is ReceiptState.DECLINED
    assert "in parts, the first by mail on" in told_last(post)
    assert f"they earned {paid} points" in told_last(post)


def test_an_order_pays_what_none_of_its_parcels_invoices_held(post: Post) -> None:
    one, other = send_two_parcels(post)
    forward(post, "Order #10234", "Total   $18.46\n", days_ago=4, goods=GOODS + MORE + REST)
    assert post.states(post.maya)[0] is ReceiptState.AWARDED
    assert post.balance(post.maya) == one + other + one
    # The third parcel's invoice, and the first one's sent once more, know of all that.
    forward(post, "Invoice INV-2026-553\nOrder #10234", "Total   $3.19\n", days_ago=1, goods=REST)
    forward(post, "Invoice INV-2026-551\nOrder #10234", "Tax   $0.31\nTotal   $9.09\n", days_ago=3)
    assert post.balance(post.maya) == one + other + one
    assert post.states(post.maya)[:2] == [ReceiptState.DECLINED, ReceiptState.DECLINED]


def test_a_reviewer_who_approves_such_an_order_pays_the_rest_alone(post: Post) -> None:
    one, other = send_two_parcels(post)
    forward(
        post, "Order #10234", "Total   $18.46\n", days_ago=4, goods=GOODS + MORE + REST, vouched=False
    )  # held: nobody vouches for the sender
    assert post.states(post.maya)[0] is ReceiptState.HELD
    approve(post)
    assert post.states(post.maya)[0] is ReceiptState.AWARDED
    assert post.balance(post.maya) == one + other + one


def test_parcels_invoices_that_were_held_pay_once_when_approved_after_their_order(post: Post) -> None:
    invoice = "Invoice INV-2026-551\nOrder #10234"
    forward(post, invoice, "Total   $8.78\n", days_ago=3, vouched=False)
    forward(post, "Invoice INV-2026-552\nOrder #10234", "Total   $6.49\n", days_ago=2, goods=MORE)
    forward(post, "Order #10234", "Total   $15.27\n", days_ago=4, goods=GOODS + MORE)
    assert post.states(post.maya) == [ReceiptState.HELD, ReceiptState.AWARDED, ReceiptState.HELD]
    other = post.balance(post.maya)
    approve(post)
    both = post.balance(post.maya)
    assert both > other > 0
    approve(post)
    assert post.balance(post.maya) == both


def test_an_invoice_of_several_orders_pays_none_of_them_again(post: Post) -> None:
    forward(post, "Order #10234", "Total   $8.78\n", days_ago=4)
    forward(post, "Order #10299", "Total   $6.49\n", days_ago=3, goods=MORE)
    paid = post.balance(post.maya)
    head = "Invoice INV-2026-551\nOrder #10234\nOrder #10299"
    forward(post, head, "Total   $15.27\n", days_ago=1, goods=GOODS + MORE)
    assert post.balance(post.maya) == paid
    assert post.states(post.maya)[0] is ReceiptState.DECLINED


def test_orders_after_the_invoice_of_all_of_them_are_paid_by_it(post: Post) -> None:
    head = "Invoice INV-2026-551\nOrder #10234\nOrder #10299"
    forward(post, "Order #10234", "Total   $8.78\n", days_ago=4)
    forward(post, head, "Total   $15.27\n", days_ago=1, goods=GOODS + MORE)
    paid = post.balance(post.maya)
    forward(post, "Order #10299", "Total   $6.49\n", days_ago=3, goods=MORE)
    assert post.balance(post.maya) == paid
    assert post.states(post.maya) == [ReceiptState.DECLINED, ReceiptState.AWARDED, ReceiptState.AWARDED]
