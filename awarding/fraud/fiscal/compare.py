"""A fiscal code held against the receipt as it was read, and the verdict on both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from awarding.fraud.fiscal.base import (
    Difference,
    FiscalCode,
    FiscalProof,
    KeptCode,
    KeyRing,
    Signature,
    Verdict,
)
from awarding.fraud.fiscal.pt_atcud import printed_atcud
from awarding.fraud.fiscal.registry import pack_named
from awarding.purchase import fold_number
from receipts.fraud import EvidenceFact
from receipts.identity import ReceiptId
from receipts.receipt import Receipt

SURE: Final = 0.8
"""How sure a field must be read, 0 to 1, for its difference to weigh. Confidence is calibrated: below, more
than one reading in five is wrong, and the code is right."""
MINUTES_APART: Final = 15
"""Between the printed time and the code's: a till may print the start of the sale and sign its end."""
_MINUTES_A_DAY: Final = 24 * 60
_TAX_ID_DIGITS: Final = 8
"""Fewer digits of a tax number are a piece of one."""
_WHOLE_HOUR: Final = 60
_CONTENT_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class EarlierCodes:
    """Another receipt's codes.

    Attributes:
        doubted: it is a poor witness against another: a reviewer refused it, or it contradicts itself.
    """

    receipt_id: ReceiptId
    codes: tuple[KeptCode, ...]
    doubted: bool = False


def fiscal_codes(kept: Iterable[KeptCode], keys: KeyRing) -> tuple[tuple[KeptCode, FiscalCode], ...]:
    """Those of them that are fiscal, parsed."""
    found = []
    for code in kept:
        pack = pack_named(code.scheme)
        if pack is not None:
            found.append((code, pack.parse(code.text, keys)))
    return tuple(found)


def identity_of(kept: Iterable[KeptCode]) -> str:
    """What names the purchase by its fiscal code; empty where none or several do.

    What the code says is part of the name: whoever puts another receipt's number, which can be guessed, into
    a code of his own must not take that purchase's place.
    """
    names = {
        f"{code.scheme}:{code.identity}:{code.content[:_CONTENT_DIGITS]}"
        for _, code in fiscal_codes(kept, ())
        if _names_purchase(code)
    }
    return names.pop() if len(names) == 1 else ""


def stored_keys(kept: Iterable[KeptCode]) -> tuple[str, ...]:
    """Under which the receipt is filed, so that others of its till find it."""
    parsed = [code for _, code in fiscal_codes(kept, ())]
    return tuple(
        key
        for code in parsed
        for name, value in (("name", code.identity), ("link", code.link), ("after", code.after))
        if value
        for key in (f"fiscal-{name}:{code.scheme}:{value}",)
    )


def asked_keys(kept: Iterable[KeptCode]) -> tuple[str, ...]:
    """Under which to look: one of the same name, the one before, another that follows the same."""
    parsed = [code for _, code in fiscal_codes(kept, ())]
    return tuple(
        key
        for code in parsed
        for name, value in (("name", code.identity), ("link", code.after), ("after", code.after))
        if value
        for key in (f"fiscal-{name}:{code.scheme}:{value}",)
    )


def contradicts_itself(kept: Iterable[KeptCode], receipt: Receipt) -> bool:
    """Whether a code is wrong in itself, or says another total or day than was surely read beside it."""
    return any(
        code.problems or any(each.weighty for each in _from_receipt(code, receipt, ""))
        for _, code in fiscal_codes(kept, ())
    )


def fiscal_proof(
    kept: Sequence[KeptCode],
    receipt: Receipt,
    *,
    words: str,
    keys: KeyRing,
    earlier: Iterable[EarlierCodes] = (),
) -> FiscalProof:
    """The verdict on the receipt's fiscal code; of several codes, as of several receipts, on the best one.

    Args:
        kept: its document's codes.
        receipt: as read.
        words: all that was read of it, for what is printed beside the code.
        keys: the signers' keys that are known.
        earlier: the codes of receipts that were found under `asked_keys`.
    """
    others = [(each, code) for each in earlier for _, code in fiscal_codes(each.codes, ())]
    proofs = [_judged(code, receipt, words, others, parsed) for code, parsed in fiscal_codes(kept, keys)]
    order = (Verdict.VERIFIED, Verdict.CONSISTENT, Verdict.CANNOT_VERIFY_YET, Verdict.CONTRADICTED)
    return min(
        proofs,
        key=lambda proof: (order.index(proof.verdict), len(proof.differences)),
        default=FiscalProof(Verdict.NONE_FOUND, facts=_other_codes(kept)),
    )


def _judged(
    kept: KeptCode,
    receipt: Receipt,
    words: str,
    others: Sequence[tuple[EarlierCodes, FiscalCode]],
    code: FiscalCode,
) -> FiscalProof:
    against_others, related, chained = _among_others(code, others)
    differences = (
        *(Difference("the code itself", problem, "", weighty=True) for problem in code.problems),
        *_signature_difference(code),
        *against_others,
        *_from_receipt(code, receipt, words),
    )
    compared = code.total_minor is not None and (receipt.total is not None or receipt.date is not None)
    if differences:
        verdict = Verdict.CONTRADICTED
    elif not compared:
        verdict = Verdict.CANNOT_VERIFY_YET
    elif code.signature is Signature.VALID:
        verdict = Verdict.VERIFIED
    else:
        verdict = Verdict.CONSISTENT
    return FiscalProof(
        verdict=verdict,
        scheme=code.scheme,
        identity=code.identity,
        signature=code.signature,
        differences=differences,
        facts=(*_said(code), *chained, *code.facts),
        related=related,
        quad=kept.quad,
    )


def _signature_difference(code: FiscalCode) -> tuple[Difference, ...]:
    if code.signature is not Signature.INVALID:
        return ()
    return (
        Difference(
            "signature", "it is signed by a known key", "these are not the bytes signed", weighty=True
        ),
    )


def _among_others(
    code: FiscalCode, others: Sequence[tuple[EarlierCodes, FiscalCode]]
) -> tuple[tuple[Difference, ...], tuple[ReceiptId, ...], tuple[EvidenceFact, ...]]:
    """What other receipts' codes say against it, which those are, and the one that it is chained to.

    Nothing speaks against what a known key signed: of two, the other one is forged then. Without keys anyone
    may print another's number; what a reviewer refused, or what contradicts itself, weighs little therefore.
    """
    differences: list[Difference] = []
    genuine = code.signature is Signature.VALID
    related: list[ReceiptId] = []
    facts: list[EvidenceFact] = []
    for earlier, other in others:
        receipt_id, sound = earlier.receipt_id, not earlier.doubted
        if other.scheme != code.scheme or other.content == code.content:
            continue
        if genuine and (other.identity == code.identity or other.after == code.after):
            continue
        if code.identity and other.identity == code.identity:
            said = f"also on {receipt_id}, with other content"
            differences.append(Difference("receipt number", code.number, said, weighty=sound))
            related.append(receipt_id)
        elif code.after and other.after == code.after:
            said = f"receipt {other.number} ({receipt_id}) follows the same one"
            differences.append(
                Difference("chaining value", f"receipt {code.number} follows", said, weighty=sound)
            )
            related.append(receipt_id)
        elif code.after and other.link == code.after:
            related.append(receipt_id)
            facts.append(EvidenceFact("chained to", f"receipt {other.number} ({receipt_id})"))
            if code.day is not None and other.day is not None and other.day > code.day:
                said = f"the one before is of {other.day.isoformat()}"
                differences.append(Difference("chaining value", code.day.isoformat(), said, weighty=sound))
    return tuple(differences), tuple(related), tuple(facts)


def _from_receipt(code: FiscalCode, receipt: Receipt, words: str) -> tuple[Difference, ...]:
    found = (
        _purchase(code, receipt),
        _total(code, receipt),
        _date(code, receipt),
        _time(code, receipt),
        _tax_id(code, receipt),
        _atcud(code, words),
    )
    return tuple(each for each in found if each is not None)


def _purchase(code: FiscalCode, receipt: Receipt) -> Difference | None:
    if code.not_a_purchase:
        return Difference("kind", code.not_a_purchase, "a purchase", weighty=True)
    if code.total_minor is not None and code.total_minor < 0 and not receipt.is_refund:
        return Difference("kind", "money was paid back", "a purchase", weighty=True)
    return None


def _total(code: FiscalCode, receipt: Receipt) -> Difference | None:
    if code.total_minor is None or receipt.total is None:
        return None
    said = f"{Decimal(abs(code.total_minor)).scaleb(-2)} {code.currency}"
    if receipt.currency != code.currency:
        if receipt.currency_assumed:
            return None
        return Difference("currency", code.currency, receipt.currency, weighty=False)
    wanted, total = abs(code.total_minor), abs(receipt.total.minor)
    if wanted == total:
        return None
    # A tip, a deposit or rounding beside the taxed sum is honest, so the sum itself may be the subtotal.
    is_subtotal = receipt.subtotal is not None and abs(receipt.subtotal.minor) == wanted
    sure = receipt.confidence_of("total") >= SURE and "total" not in receipt.repaired
    read = f"{receipt.total.decimal} {receipt.currency}"
    return Difference("total", said, read, weighty=sure and not is_subtotal)


def _date(code: FiscalCode, receipt: Receipt) -> Difference | None:
    if code.day is None or receipt.date is None or code.day in {receipt.date, receipt.date_alternative}:
        return None
    sure = receipt.confidence_of("date") >= SURE
    return Difference("date", code.day.isoformat(), receipt.date.isoformat(), weighty=sure)


def _time(code: FiscalCode, receipt: Receipt) -> Difference | None:
    if code.time is None or receipt.time is None:
        return None
    minutes = [each.hour * 60 + each.minute for each in (code.time, receipt.time)]
    apart = abs(minutes[0] - minutes[1])
    apart = min(apart, _MINUTES_A_DAY - apart)
    off = apart % _WHOLE_HOUR
    if apart <= MINUTES_APART or (apart <= 2 * _WHOLE_HOUR and min(off, _WHOLE_HOUR - off) <= 1):
        return None  # a whole hour or two: the till's clock keeps another zone, or summer time
    return Difference("time", f"{code.time:%H:%M:%S}", f"{receipt.time:%H:%M:%S}", weighty=False)


def _tax_id(code: FiscalCode, receipt: Receipt) -> Difference | None:
    said, read = (_digits(each) for each in (code.issuer_tax_id, receipt.retailer.tax_id))
    if min(len(said), len(read)) < _TAX_ID_DIGITS or said in read or read in said:
        return None
    return Difference("issuer's tax number", code.issuer_tax_id, receipt.retailer.tax_id, weighty=False)


def _atcud(code: FiscalCode, words: str) -> Difference | None:
    said = next((fact.value for fact in code.facts if fact.name == "ATCUD"), "")
    printed = printed_atcud(words) if said else ""
    if not printed or fold_number(said) == fold_number(printed):
        return None
    return Difference("ATCUD", said, printed, weighty=False)


def _said(code: FiscalCode) -> tuple[EvidenceFact, ...]:
    when = " ".join(str(each) for each in (code.day, code.time) if each is not None)
    total = "" if code.total_minor is None else f"{Decimal(code.total_minor).scaleb(-2)} {code.currency}"
    signature = {
        Signature.VALID: "valid: signed by a key that is known here",
        Signature.INVALID: "not valid: the signer's key is known, and these are not the bytes that it signed",
        Signature.NO_KEY: "cannot be verified yet: the signer's key is not known here",
        Signature.UNSIGNED: "none: the till says that its signing device had failed",
        Signature.NONE: "the code carries none that could be verified offline",
    }[code.signature]
    facts = (
        ("fiscal code", code.scheme),
        ("signature", signature),
        ("the code's date", when),
        ("the code's total", total),
    )
    return tuple(EvidenceFact(name, value) for name, value in facts if value)


def _other_codes(kept: Iterable[KeptCode]) -> tuple[EvidenceFact, ...]:
    return tuple(
        EvidenceFact(code.kind, f"to {code.host}" if code.host else f"content {code.digest[:12]}")
        for code in kept
    )


def _names_purchase(code: FiscalCode) -> bool:
    return bool(code.identity) and not code.not_a_purchase


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())
