"""Fiscal codes: how many are decoded, what is found in forged ones, and how often an honest one is doubted.

Generated photographs carry codes of tills of our own; forged ones are those whose words or code changed.
What the engine saw is kept by `bench.kept_engine`.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from awarding.fraud.fiscal.at_rksv import NAME as RKSV
from awarding.fraud.fiscal.base import KeyRing, TrustedKey, Verdict
from awarding.fraud.fiscal.compare import fiscal_proof
from awarding.fraud.fiscal.registry import kept_codes
from bench.fraud.options import Options
from bench.kept_engine import KeptEngine
from fixtures.fiscal_codes import AustrianTill, portuguese_code
from fixtures.generator.dice import Dice
from fixtures.generator.layouts import LAYOUTS
from fixtures.generator.layouts.sheet import Gap, SheetRow, Squares
from fixtures.generator.photograph import Conditions, phone_conditions
from fixtures.generator.purchase import Purchase, fill_basket, ring_up
from fixtures.generator.retailers import SHOPS
from fixtures.generator.sample import Kind, draw_sample
from ocr.decode import decode
from ocr.document import ReadDefaults, Reading, read_document
from ocr.engines.rapid import RapidEngine
from ocr.printed_codes import codes_on
from receipts.errors import Rejection
from receipts.image import MediaType
from receipts.money import Currency, Money
from receipts.printed_code import PrintedCode

DAY = dt.date(2026, 3, 5)
EURO = Currency("EUR")
SHARES = (0.3, 0.45, 0.6)
"""Of the paper's width that a code takes: 24 to 48 mm on an 80 mm roll."""
TURNS = (0, 8, 20, 45, 90)
LONG_SIDES = (3000, 2000, 1400, 1000)
READ = 24
"""Photographs that are read by the engine, of the purchases asked for."""
_KINDS = {".jpg": MediaType.JPEG, ".jpeg": MediaType.JPEG, ".png": MediaType.PNG, ".webp": MediaType.WEBP}


@dataclass(frozen=True)
class Drawn:
    """A photograph with its code."""

    purchase: Purchase
    code: str
    data: bytes


def run(options: Options) -> None:
    """Decode rates, then forged codes, then real receipts."""
    _decode_rates(options)
    _forged(options)
    _real(options)


def _purchase(name: str) -> Purchase:
    shop = next(each for each in SHOPS if each.currency == EURO)
    dice = Dice(name)
    basket = fill_basket(shop, dice.fork("basket"), own=dice.whole(1, 3), others=dice.whole(1, 5))
    return ring_up(shop, basket, habits=LAYOUTS[shop.layouts[0]].habits, date=DAY, dice=dice.fork("till"))


def _rksv(till: AustrianTill, purchase: Purchase, total: int | None = None) -> str:
    at = dt.datetime.combine(purchase.date, purchase.time)
    return till.code(purchase.receipt_number, at, (purchase.total if total is None else total, 0, 0, 0, 0))


def _atcud(purchase: Purchase, total: int | None = None) -> str:
    whole = purchase.total if total is None else total
    base = round(whole / 1.23)
    return portuguese_code(str(int(purchase.receipt_number)), purchase.date, ((base, whole - base),))


def _photo(
    purchase: Purchase, code: str, name: str, *, share: float = 0.45, conditions: Conditions | None = None
) -> bytes:
    below: tuple[SheetRow, ...] = (Gap(), Squares(code, share))
    return draw_sample(
        name,
        kind=Kind.PHOTO,
        purchased_on=DAY,
        purchase=purchase,
        layout=purchase.shop.layouts[0],
        below=below,
        conditions=conditions,
    ).data


def _decode_rates(options: Options) -> None:
    print(f"Decoded, of {options.purchases} photographs each (RKSV, 200 characters):\n")
    print("| code's share of the paper | turn | longest side | decoded | ms a picture, median |")
    print("| --- | --- | --- | --- | --- |")
    cases = [(share, 0, 0) for share in SHARES]
    cases += [(0.45, turn, 0) for turn in TURNS[1:]]
    cases += [(0.45, 0, side) for side in LONG_SIDES]
    till = AustrianTill(str(options.seed))
    for share, turn, side in cases:
        done, times = 0, []
        for number in range(options.purchases):
            name = f"decode-{options.seed}-{number}"
            purchase = _purchase(name)
            code = _rksv(till, purchase)
            conditions = phone_conditions(Dice(name))
            if turn:
                conditions = replace(conditions, turn_deg=float(turn))
            frame = decode(_photo(purchase, code, name, share=share, conditions=conditions), MediaType.JPEG)
            assert not isinstance(frame, Rejection)
            picture = frame.picture
            if side:
                picture = _at_side(picture, side)
            started = time.process_time()
            found = codes_on(picture, picture)
            times.append(1000 * (time.process_time() - started))
            done += any(each.text == code for each in found)
        shown, rate, ms = f"{side} px" if side else "as taken", done / options.purchases, median(times)
        print(f"| {share:.2f} | {turn or 'as held'} | {shown} | {rate:.3f} | {ms:.0f} |", flush=True)


def _at_side(picture, side: int):  # noqa: ANN001, ANN202
    import cv2

    scale = side / max(picture.shape[:2])
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def _forged(options: Options) -> None:
    till = AustrianTill(f"forged-{options.seed}")
    keys: KeyRing = (TrustedKey(RKSV, till.serial, till.public_pem),)
    engine = KeptEngine(RapidEngine(threads=1), options.kept)
    verdicts: dict[str, Counter[str]] = {}
    held: Counter[str] = Counter()
    seconds: list[float] = []
    for number in range(min(READ, options.purchases)):
        name = f"forged-{options.seed}-{number}"
        purchase = _purchase(name)
        for kind, honest, forged in (
            ("RKSV", _rksv(till, purchase), _rksv(till, purchase, purchase.total - 1000)),
            ("ATCUD", _atcud(purchase), _atcud(purchase, purchase.total + 2500)),
        ):
            # The code names who issued it: so does the paper.
            issuer = "NIF 500000000" if kind == "ATCUD" else purchase.shop.tax_id
            paper = replace(purchase, shop=replace(purchase.shop, tax_id=issuer))
            reading = _read(_photo(paper, honest, name), engine)
            if reading is None:
                verdicts.setdefault(f"{kind} honest", Counter())["not read"] += 1
                continue
            cases = {
                f"{kind} honest": (reading.codes, reading, keys),
                f"{kind} honest, key not known": (reading.codes, reading, ()),
                f"{kind} of another purchase's total": (_codes(forged), reading, keys),
                f"{kind} with a digit changed": (_codes(_changed(honest)), reading, keys),
                f"{kind} honest, printed total changed": (reading.codes, _edited(reading), keys),
            }
            for case, (codes, read, ring) in cases.items():
                started = time.perf_counter()
                proof = fiscal_proof(kept_codes(codes), read.receipt, words=read.transcript.text, keys=ring)
                seconds.append(time.perf_counter() - started)
                verdicts.setdefault(case, Counter())[proof.verdict.value] += 1
                held[case] += any(each.weighty for each in proof.differences)
    print(f"\nVerdicts on {min(READ, options.purchases)} photographs that the engine read:\n")
    names = [each.value for each in Verdict]
    print("| case | " + " | ".join(names) + " | holds |")
    print("| --- " * (len(names) + 2) + "|")
    for case, counts in verdicts.items():
        print(f"| {case} | " + " | ".join(str(counts[each]) for each in names) + f" | {held[case]} |")
    honest = sum(
        sum(counts.values()) for case, counts in verdicts.items() if case.endswith(("honest", "known"))
    )
    false = sum(held[case] for case in verdicts if case.endswith(("honest", "known")))
    bad = [case for case in verdicts if not case.endswith(("honest", "known"))]
    caught, forged_count = sum(held[case] for case in bad), sum(sum(verdicts[case].values()) for case in bad)
    print(
        f"\nprecision {caught / max(1, caught + false):.3f}, recall {caught / max(1, forged_count):.3f},"
        f" false alarms {false} of {honest} honest; {1000 * median(seconds):.2f} ms a proof"
    )


def _read(data: bytes, engine: KeptEngine) -> Reading | None:
    found = read_document(data, MediaType.JPEG, engine=lambda: engine, defaults=ReadDefaults(currency=EURO))
    return None if isinstance(found, Rejection) else found[0]


def _codes(text: str) -> tuple[PrintedCode, ...]:
    return (PrintedCode("QR Code", text),)


def _changed(code: str) -> str:
    """A digit of an amount, as somebody does who draws the code anew."""
    position = code.rindex("_0,00_0,00") - 1 if code.startswith("_R1") else code.index("*Q:") - 1
    return code[:position] + str((int(code[position]) + 3) % 10) + code[position + 1 :]


def _edited(reading: Reading) -> Reading:
    total = reading.receipt.total
    changed = None if total is None else Money(total.minor + 4000, total.currency)
    return replace(reading, receipt=replace(reading.receipt, total=changed))


def _real(options: Options) -> None:
    if not options.has_receipts:
        print("\nreal receipts left out: no shared data")
        return
    print("\nReal photographs and scans, codes looked for as they are (not read):\n")
    print("| folder | pictures | with a code | fiscal | ms a picture, median | most |")
    print("| --- | --- | --- | --- | --- | --- |")
    for folder in ("photos", "scans", "retaken"):
        times: list[float] = []
        kinds: Counter[str] = Counter()
        fiscal = 0
        for path, media_type in _pictures(options.receipts / folder):
            frame = decode(path.read_bytes(), media_type)
            if isinstance(frame, Rejection):
                continue
            started = time.process_time()
            found = codes_on(frame.picture, frame.picture)
            times.append(1000 * (time.process_time() - started))
            kinds.update({each.kind for each in found})
            fiscal += any(code.scheme for code in kept_codes(found))
        if times:
            shown = ", ".join(f"{kind} {count}" for kind, count in kinds.items()) or "none"
            print(
                f"| {folder} | {len(times)} | {shown} | {fiscal} | {median(times):.0f} | {max(times):.0f} |"
            )


def _pictures(folder: Path) -> Iterator[tuple[Path, MediaType]]:
    inner: Sequence[Path] = sorted(
        (folder / "images").glob("*") if (folder / "images").is_dir() else folder.glob("*")
    )
    for path in inner:
        if path.suffix.lower() in _KINDS:
            yield path, _KINDS[path.suffix.lower()]
