"""Serial numbers on rows of their own stay with the item above them and name no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from receipts.serial import serials_of

if TYPE_CHECKING:
    from .conftest import ReadText


def test_a_serial_number_under_an_item_is_kept_with_it(read_text: ReadText) -> None:
    receipt = read_text(
        """
        HARBOR ELECTRONICS
        12 Quay Street
        03/05/2026 14:22
        BRIGHTLINE LED TV 43IN   299.99
          S/N: BL43A7701234
        HEARTHWAY TOASTER         39.90
        SERIAL NO 4006381333931
        USB CABLE                  9.99
        SUBTOTAL                 349.88
        TAX                       24.49
        TOTAL                    374.37
        VISA                     374.37
        """
    )
    assert [(item.description, item.code) for item in receipt.items] == [
        ("BRIGHTLINE LED TV 43IN S/N: BL43A7701234", None),
        ("HEARTHWAY TOASTER SERIAL NO 4006381333931", None),
        ("USB CABLE", None),
    ]
    assert serials_of(receipt) == ("BL43A7701234", "4006381333931")
    assert receipt.balanced
