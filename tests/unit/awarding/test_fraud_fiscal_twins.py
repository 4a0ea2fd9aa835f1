"""A fiscal code names the purchase, however badly the words beside it were read."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from awarding.likeness import Different, MaybeSame, SamePurchase, same_purchase
from awarding.purchase import lookup_keys, purchase_facts


def test_one_code_finds_and_proves_a_twin_of_which_nothing_else_was_read(make: SimpleNamespace) -> None:
    first = purchase_facts(make.receipt(fiscal_identity="at-rksv:1"))
    second = replace(purchase_facts(make.receipt(fiscal_identity="at-rksv:1")), date=None, time=None)
    second = replace(second, number="", total=None, amounts=(), retailer_key="")
    assert set(lookup_keys(first)) & set(lookup_keys(second)) == {"fiscal:at-rksv:1"}
    assert isinstance(same_purchase(first, second), SamePurchase)


def test_one_code_on_a_receipt_that_says_something_else_is_for_a_person(make: SimpleNamespace) -> None:
    first = purchase_facts(make.receipt(fiscal_identity="at-rksv:1"))
    second = purchase_facts(
        make.receipt(
            make.item(0, "OATS", "88.10"), make.item(1, "BREAD", "61.00"), fiscal_identity="at-rksv:1"
        )
    )
    changed = replace(second, date=None, time=first.time.replace(hour=20, minute=59), number="99110022")
    assert isinstance(same_purchase(first, changed), (MaybeSame, SamePurchase))
    assert isinstance(same_purchase(first, replace(changed, fiscal="")), Different)


def test_two_codes_do_not_undo_what_all_other_facts_say(make: SimpleNamespace) -> None:
    first, second = (purchase_facts(make.receipt(fiscal_identity=f"at-rksv:{name}")) for name in "12")
    assert isinstance(same_purchase(first, second), SamePurchase)
