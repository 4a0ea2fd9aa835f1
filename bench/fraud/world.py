"""A receipt against itself and the world: what of made-up ones is noted, and what of genuine ones.

Genuine are all scans and photos (`shared/receipts`, read from what the engine saw before), each handed in
one, eight and 25 days after its own date, and receipts of the generator's shops, read from their own
text. Made up are the same with a line added, a count left as it was, a shop's name on another layout.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from time import perf_counter

from awarding.fraud import (
    household_quantity,
    items_counted,
    price_range,
    program_bounds,
    purchase_date,
    retailer_profile,
)
from awarding.fraud.evidence import Evidence
from awarding.fraud.member_facts import MemberFacts
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.store_zone import store_zone
from awarding.fraud.traits import SeenReceipt, profile_key, profile_of, traits_of
from awarding.fraud.world_facts import ListPrice, WorldFacts
from bench.fraud.options import Options
from bench.kept_engine import KeptEngine
from bench.reading.cases import DEFAULTS, folder_cases, own_engine
from fixtures.generator.retailers import SHOPS, Shop
from fixtures.generator.sample import Kind, Sample, draw_sample
from ocr.document import read_document
from receipts.errors import Rejection
from receipts.fraud import Finding, FraudSignal, Strength
from receipts.identity import MemberId, ReceiptId, Sku
from receipts.image import MediaType
from receipts.match import Match, MatchReason, MatchVerdict
from receipts.money import Money
from receipts.receipt import Receipt
from receipts.transcript import Transcript

CHECKS = (
    purchase_date,
    program_bounds,
    items_counted,
    retailer_profile,
    price_range,
    household_quantity,
)
DELAYS_DAYS = (1, 8, 25)
WITNESSES, HELD_BACK, FORGED = 14, 5, 5
"""Of each generated shop: receipts that teach, receipts that are judged, made-up ones."""
MEMBERS = 7
SHOPS_DRAWN = 6
DAY = date(2026, 3, 4)


@dataclass(frozen=True, slots=True)
class Page:
    """A receipt as read."""

    name: str
    receipt: Receipt
    transcript: Transcript


@dataclass(frozen=True, slots=True)
class _Row:
    """One check's answers on a set of receipts."""

    signals: tuple[FraudSignal, ...]
    seconds: float

    def count(self, *strengths: Strength) -> int:
        return sum(each.finding is Finding.SUSPECT and each.strength in strengths for each in self.signals)

    @property
    def compared(self) -> int:
        """Receipts that the check had something to go by."""
        return sum(each.finding is not Finding.UNKNOWN for each in self.signals)


def run(options: Options) -> None:
    """Print the tables."""
    print("| receipts | signal | judged | something to go by | held | noted | ms each |")
    print("|---|---|---|---|---|---|---|")
    if options.has_receipts:
        pages = list(_real(options))
        for check in (purchase_date, items_counted, retailer_profile, program_bounds):
            _print(f"{len(pages)} scans and photos", check.NAME, _asked(check.check, _handed_in(pages)))
    else:
        print(f"no receipts at {options.receipts}; name their folder by TILLPOINTS_SHARED")
    _generated()


def _print(what: str, name: str, row: _Row) -> None:
    judged = len(row.signals)
    held, noted = row.count(Strength.STRONG), row.count(Strength.WEAK)
    print(
        f"| {what} | {name} | {judged} | {row.compared} | {held} ({100 * held / judged:.1f}) "
        f"| {noted} ({100 * noted / judged:.1f}) | {1000 * row.seconds / judged:.2f} |",
        flush=True,
    )


def _asked(check: Callable[[Evidence, ScreenPolicy], FraudSignal], evidence: Sequence[Evidence]) -> _Row:
    policy, started = ScreenPolicy(), perf_counter()
    return _Row(tuple(check(each, policy) for each in evidence), perf_counter() - started)


def _real(options: Options) -> Iterator[Page]:
    engine = KeptEngine(own_engine(), options.kept)
    for folder in ("scans", "photos"):
        for case in folder_cases(options.receipts / folder / "images"):
            read = read_document(case.data(), case.media_type, engine=lambda: engine, defaults=DEFAULTS)
            if not isinstance(read, Rejection):
                yield Page(case.name, read[0].receipt, read[0].transcript)


def _handed_in(pages: Sequence[Page]) -> list[Evidence]:
    """Each receipt some days after its date, its retailer's profile made of all the others."""
    by_shop: defaultdict[str, list[tuple[str, SeenReceipt]]] = defaultdict(list)
    for number, page in enumerate(pages):
        seen = SeenReceipt(MemberId(f"mem_{number}"), traits_of(page.receipt, page.transcript))
        by_shop[profile_key(page.receipt, page.transcript)].append((page.name, seen))
    found = []
    for page in pages:
        key = profile_key(page.receipt, page.transcript)
        others = [seen for name, seen in by_shop[key] if name != page.name] if key else []
        for days in DELAYS_DAYS:
            day = page.receipt.date or DAY
            at = datetime.combine(day, time(18), UTC) + timedelta(days=days)
            found.append(_evidence(page, at, others))
    return found


def _evidence(page: Page, at: datetime, others: Sequence[SeenReceipt]) -> Evidence:
    return Evidence(
        receipt=page.receipt,
        matches=(),
        receipt_id=ReceiptId(page.name),
        member_id=MemberId("mem"),
        submitted_at=at,
        store_today=at.date(),
        same_bytes=(),
        same_facts=(),
        receipts_today=1,
        member=MemberFacts(joined_at=at),
        world=WorldFacts(
            store_zone=store_zone(page.receipt, at),
            began_on=at.date() - timedelta(days=60),
            traits=traits_of(page.receipt, page.transcript),
            profile=profile_of(others),
        ),
    )


def _read(sample: Sample) -> Page:
    read = read_document(sample.data, MediaType.PDF, engine=own_engine, defaults=DEFAULTS)
    if isinstance(read, Rejection):
        raise ValueError(f"{sample.name}: {read.reason}")
    return Page(sample.name, read[0].receipt, read[0].transcript)


def _drawn(shop: Shop, layout: str, count: int, what: str) -> Iterator[Page]:
    for number in range(count):
        seed = f"{what} {shop.name} {number}"
        sample = draw_sample(
            seed, kind=Kind.PDF_TEXT, purchased_on=DAY - timedelta(days=number), shop=shop, layout=layout
        )
        yield _read(sample)


def _generated() -> None:
    genuine: list[Evidence] = []
    forged: list[Evidence] = []
    shops = [shop for shop in SHOPS if shop.market != "restaurant"][:SHOPS_DRAWN]
    at = datetime.combine(DAY, time(18), UTC) + timedelta(days=1)
    for shop in shops:
        own = shop.layouts[0]
        pages = list(_drawn(shop, own, WITNESSES + HELD_BACK, "genuine"))
        seen = [
            SeenReceipt(MemberId(f"mem_{n % MEMBERS}"), traits_of(page.receipt, page.transcript))
            for n, page in enumerate(pages[:WITNESSES])
        ]
        # What a web page that draws receipts makes: another market's words and layout under the shop's name.
        model = next(each for each in SHOPS if each.market not in {shop.market, "restaurant"})
        copy = replace(model, name=shop.name, currency=shop.currency)
        genuine += [_evidence(page, at, seen) for page in pages[WITNESSES:]]
        forged += [_evidence(page, at, seen) for page in _drawn(copy, model.layouts[0], FORGED, "made up")]
    check = retailer_profile.check
    _print(f"generated, of {len(shops)} shops that are known", retailer_profile.NAME, _asked(check, genuine))
    _print("made up: the shop's name on another's layout", retailer_profile.NAME, _asked(check, forged))
    counted = [each for each in genuine if each.receipt.balanced]
    printed = [
        replace(each, receipt=replace(each.receipt, items_sold=len(each.receipt.items))) for each in counted
    ]
    _print("generated, with a printed count", items_counted.NAME, _asked(items_counted.check, printed))
    added = [_line_added(each) for each in printed]
    _print("made up: a line added, sums mended", items_counted.NAME, _asked(items_counted.check, added))
    priced = [_priced(each) for each in genuine]
    for name, check in (("price_range", price_range.check), ("household_quantity", household_quantity.check)):
        _print("generated, matched lines", name, _asked(check, priced))
    dear = [_times(each, amount=Decimal(10)) for each in priced if each.receipt.items]
    _print("made up: a price with its point moved", "price_range", _asked(price_range.check, dear))
    many = [_times(each, quantity=Decimal(100)) for each in priced if each.receipt.items]
    _print("made up: a hundred pieces", "household_quantity", _asked(household_quantity.check, many))


def _line_added(evidence: Evidence) -> Evidence:
    receipt = evidence.receipt
    line = replace(receipt.items[0], position=len(receipt.items))
    return replace(evidence, receipt=replace(receipt, items=(*receipt.items, line)))


def _priced(evidence: Evidence) -> Evidence:
    """As if the first line's product were the program's, and its shelf price the suggested one."""
    item = evidence.receipt.items[0]
    unit = item.unit_price or item.amount
    price = ListPrice(Sku("OURS"), Money(max(1, abs(unit.minor)), unit.currency))
    match = Match(item.position, MatchVerdict.ACCEPT, Sku("OURS"), None, 1.0, MatchReason.TEXT, ())
    if isinstance(evidence.world, WorldFacts):
        evidence = replace(evidence, world=replace(evidence.world, prices=(price,)))
    return replace(evidence, matches=(match,))


def _times(evidence: Evidence, *, amount: Decimal = Decimal(1), quantity: Decimal = Decimal(1)) -> Evidence:
    first, *rest = evidence.receipt.items
    money = Money(int(first.amount.minor * amount), first.amount.currency)
    count = first.quantity.to_integral_value() * quantity
    changed = replace(first, amount=money, quantity=count or quantity)
    return replace(evidence, receipt=replace(evidence.receipt, items=(changed, *rest)))
