"""Orders in languages of our later packs, and amounts of currencies that have no minor unit."""

from __future__ import annotations

import pytest

from ocr.document import ReadDefaults, read_document
from receipts.errors import Rejection, RejectionReason
from receipts.image import MediaType
from receipts.money import Currency, Money
from tests.support.mail_parts import no_engine

PARAGUAY = (
    "Supermercado Sol\nPedido N° 10234\nFecha: 03/03/2026\nAvena 500 g   {0}15.900{1}\nPan   {0}8.500{1}\n"
    "Total   {0}24.400{1}\n"
)
VIETNAM = (
    "Cửa hàng Xanh\nĐơn hàng #10234\nNgày đặt hàng: 3 thg 3, 2026\nYến mạch 500 g   45.000{0}\n"
    "Bánh mì   25.000{0}\nTạm tính   70.000{0}\nPhí vận chuyển   15.000{0}\nTổng cộng   85.000{0}\n"
)
GREECE = (
    "Πράσινο Μαγαζί\nΑριθμός παραγγελίας: 10234\nΗμερομηνία: 3 Μαρτίου 2026\nΒρώμη 500 γρ   4,99 €\n"
    "Ψωμί   5,49 €\nΥποσύνολο   10,48 €\nΜεταφορικά   2,00 €\nΣύνολο   12,48 €\n"
)
ARABIA = (
    "متجر الأخضر\nرقم الطلب: 10234\nتاريخ الطلب: 3 مارس 2026\nشوفان   {0} ر.س\nخبز   {1} ر.س\n"
    "المجموع الفرعي   {2} ر.س\nالتوصيل   5.00 ر.س\nالإجمالي   {3} ر.س\n"
)


@pytest.mark.parametrize("program", ["USD", "EUR"])
@pytest.mark.parametrize(
    ("text", "code", "total", "amounts"),
    [
        (PARAGUAY.format("Gs. ", ""), "PYG", 24_400, [15_900, 8_500]),
        (PARAGUAY.format("₲", ""), "PYG", 24_400, [15_900, 8_500]),
        (PARAGUAY.format("", " PYG"), "PYG", 24_400, [15_900, 8_500]),
        (VIETNAM.format(" đ"), "VND", 85_000, [45_000, 25_000]),
        (VIETNAM.format("₫"), "VND", 85_000, [45_000, 25_000]),
        (VIETNAM.format(" VND"), "VND", 85_000, [45_000, 25_000]),
        (GREECE, "EUR", 1_248, [499, 549]),
        (ARABIA.format("15.90", "8.50", "24.40", "29.40"), "SAR", 2_940, [1_590, 850]),
        (ARABIA.format("١٥٫٩٠", "٨٫٥٠", "٢٤٫٤٠", "٢٩٫٤٠"), "SAR", 2_940, [1_590, 850]),
    ],
)
def test_the_order_is_read_whole(text: str, code: str, total: int, amounts: list[int], program: str) -> None:
    answer = read_document(
        text.encode(), MediaType.TEXT, engine=no_engine, defaults=ReadDefaults(Currency(program))
    )
    assert not isinstance(answer, Rejection), answer
    (reading,) = answer
    receipt = reading.receipt
    assert receipt.total == Money(total, Currency(code))
    assert [item.amount.minor for item in receipt.items] == amounts
    assert receipt.balanced
    assert receipt.date is not None
    assert receipt.date.isoformat() == "2026-03-03"
    assert receipt.receipt_number == "10234"
    assert [number.value for number in receipt.numbers] == ["10234"]


@pytest.mark.parametrize("code", ["PYG", "VND", "UGX", "XAF"])
def test_a_programs_own_currency_without_cents_needs_no_sign(code: str) -> None:
    text = "Green Shop\nOrder #10234\n3 March 2026\nOats 500 g   15.900\nBread   8.500\nTotal   24.400\n"
    answer = read_document(
        text.encode(), MediaType.TEXT, engine=no_engine, defaults=ReadDefaults(Currency(code))
    )
    assert not isinstance(answer, Rejection), answer
    assert answer[0].receipt.total == Money(24_400, Currency(code))


@pytest.mark.parametrize(
    "said",
    ["Η παραγγελία σας ακυρώθηκε", "Đơn hàng của bạn đã bị hủy", "تم إلغاء طلبك"],
)
def test_a_cancelled_order_is_none(said: str) -> None:
    text = f"Green Shop\n{said}\n3/3/2026\nOats 500 g   15.90\nBread   8.50\nTotal   24.40\n"
    answer = read_document(
        text.encode(), MediaType.TEXT, engine=no_engine, defaults=ReadDefaults(Currency("EUR"))
    )
    assert isinstance(answer, Rejection)
    assert answer.reason.value == "cancelled"


@pytest.mark.parametrize(
    ("title", "currency"),
    [
        ("Tilauksesi 55120 on peruutettu", "EUR"),
        ("Din beställning 55120 har avbrutits", "SEK"),
        ("Din beställning 55120 är avbeställd", "SEK"),
        ("Din bestilling 55120 er annulleret", "DKK"),
        ("Objednávka č. 55120 byla zrušena", "CZK"),
        ("Ihre Bestellung Nr. 55120 wurde storniert", "EUR"),
        ("Your order no. W55120 has been cancelled", "EUR"),
        ("Ordine n. 55120 è stato annullato", "EUR"),
        ("Rendelését (55120) töröltük", "HUF"),
        ("Ваш заказ 55120 отменён", "EUR"),
    ],
)
def test_an_order_cancelled_in_their_languages_is_none(title: str, currency: str) -> None:
    text = f"{title}\n2026-03-03\nOats   490,00\nTotal   490,00 {currency}\n"
    found = read_document(
        text.encode(), MediaType.TEXT, engine=no_engine, defaults=ReadDefaults(Currency(currency))
    )
    assert isinstance(found, Rejection)
    assert found.reason is RejectionReason.CANCELLED


@pytest.mark.parametrize("below", ["Tilauksen voi perua 14 päivän ajan", "Objednávku lze zrušit do 14 dnů"])
def test_that_an_order_may_be_cancelled_cancels_none(below: str) -> None:
    text = f"Order no. 55120\n2026-03-03\nOats   4,99\nTotal   4,99 EUR\n{below}\n"
    found = read_document(
        text.encode(), MediaType.TEXT, engine=no_engine, defaults=ReadDefaults(Currency("EUR"))
    )
    assert not isinstance(found, Rejection)
