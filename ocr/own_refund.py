"""Whether a mail tells of money that came back, or of a purchase and how things may be returned.

Many an order's mail says how one gets one's money back, and a grocer's receipt names what was not there and
is not charged. So words of a refund make a refund alone where the mail does not first say that something was
bought; else they have to tell what was done, and not with a part of the total.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from ocr.drafts import Draft
from ocr.lines import squash
from ocr.locales.vocabulary import EVERY_LANGUAGE
from ocr.own_classify import HEAD_ROWS, says
from ocr.own_kinds import REFUND_OF
from ocr.own_policy import is_conditional, is_policy, sentences
from ocr.refund_words import taken_off, tells_of_spent_credit, without_promises
from receipts.transcript import Row

_REFUND: Final = re.compile(
    r"\b(?:your|a|full|partial) refund\b|refund (?:confirmation|receipt|issued|processed|has been"
    r"|details|notification|date)|(?<!not )\brefunded\b(?! on)|credit note|gutschrift(?!karte)|rückerstattung"
    r"|stornorechnung"
    r"|remboursement|note de crédit|\bavoir n|terugbetaling|creditnota|creditfactuur|reembolso"
    r"|nota de crédito|återbetalning|kreditnota|kreditfaktura|refusjon|rimborso|nota di credito"
    r"|you(?:'ve| have)? (?:received|been issued) a refund|\brefund from\b|money[ -]back\b(?! guarantee)"
    r"|\b(?:amount|payment|money)\b[^.]{0,20}\b(?:was|has been) credited\b"
    r"|(?:we(?:'ve|’ve| have)|has) credited [^.\d]{0,5}\d+[.,]\d\d"
    r"|rückzahlung|zurückerstattet|\berstattet\b|(?:betrag|eur|€)[^.]{0,30}gutgeschrieben"
    r"|geld zurück(?!-?garantie)|(?<!satisfait ou )remboursée?s?\b|reembolsad[oa]|hemos devuelto"
    r"|rimborsat[oi]|teruggestort|terugbetaald|återbetal|pengarna tillbaka|tilbagebetal|tilbakebetal"
    r"|refundering|hyvityslasku|zwrot (?:płatności|środków|pieniędzy)|vrácení (?:peněz|platby)|visszatérít"
    r"|devolução do valor|\bestorno\b|rambursare|επιστροφή χρημάτων|возврат (?:средств|денег|платежа)"
    r"|返金|退款|환불|đã (?:được )?hoàn tiền|تم استرداد",
    re.IGNORECASE,
)
_DONE: Final = re.compile(
    r"\b(?:your|a|the|full) refund\b(?! (?:policy|request))|\brefund (?:confirmation|receipt|issued"
    r"|processed"
    r"|complete\w*|details|notification|from)\b|credit note"
    r"|\b(?:has|have|had|was|were|been|we|is|you(?:'ve|’ve)?|we(?:'ve|’ve))\s(?:been |now |just |fully "
    r"|today )*"
    r"(?:refund|credit|reimburs)(?:ed)?\b|\bmoney back\b"
    r"|stornorechnung|gutschrift|(?:ihre|deine) (?:rückerstattung|rückzahlung|erstattung)"
    r"|\b(?:wurden?|haben|hat|worden)\b.*(?:erstattet|gutgeschrieben|zurückgezahlt)"
    r"|\b(?:été|avons|avez|a) (?:\w+ )?rembours|votre remboursement|note de crédit|\bavoir n"
    r"|(?:su|tu) reembolso|\b(?:hemos|ha sido|han sido|fue) (?:\w+ )?(?:reembols|devuelto)|nota de crédito"
    r"|(?:il )?(?:tuo|suo) rimborso|\b(?:abbiamo|stato|stati) rimbors|nota di credito"
    r"|(?:je|jouw|uw) terugbetaling|\b(?:is|zijn|hebben|werd)\b.*(?:teruggestort|terugbetaald)"
    r"|credit(?:nota|factuur)"
    r"|din (?:återbetalning|tilbagebetaling|refusjon|refundering)|kredit(?:nota|faktura)|pengarna tillbaka"
    r"|\b(?:har|er|blitt|blivit|är)\b.*(?:återbetal|tilbagebetal|tilbakebet|refunder)"
    r"|hyvityslasku|zwrot (?:płatności|środków)|vrácení (?:peněz|platby)|visszatérít|\bestorno\b|rambursare"
    r"|επιστροφή χρημάτων|возврат (?:средств|денег|платежа)|返金|退款|환불"
    r"|đã (?:được )?hoàn tiền|تم استرداد"
    r"|^\W*(?:\w+\s)?status\W+refunded\W*$",
    re.IGNORECASE,
)
"""What was done with this purchase; `_REFUND` is also what may be done with any."""
_BOUGHT: Final = re.compile(
    r"\b(?:thanks?|thank you)(?: (?:so|very) much| again)? for (?:your (?:\w+ )?(?:order|purchase)"
    r"|shopping|ordering|buying)"
    r"|\b(?:order|purchase|payment) (?:confirmation|confirmed|received|placed|complete)"
    r"|order (?:has been|was|is)"
    r" (?:placed|received|confirmed|delivered)|here(?:'s|’s| is) your (?:\w+ )?(?:receipt|invoice|order)"
    r"|your (?:\w+ )?(?:receipt|invoice)\b|tax invoice"
    r"|dank[e]? für (?:ihr|dein)e?n? (?:bestellung|einkauf)|bestellbestätigung|auftragsbestätigung"
    r"|(?:ihre|deine) bestellung"
    r"|merci (?:pour|de) (?:votre|ta) (?:commande|achat)|confirmation de (?:votre |ta )?commande"
    r"|gracias por (?:tu|su) (?:compra|pedido)|confirmación de(?:l| tu| su)? (?:compra|pedido)"
    r"|grazie per (?:il tuo|il suo|l'|aver)|conferma (?:d['’]|dell['’])?ordine"
    r"|bedankt voor (?:je|uw) (?:bestelling|aankoop)|orderbevestiging"
    r"|tack för (?:din|ditt) (?:beställning|köp|order)|orderbekräftelse|takk for (?:din|ditt|at du)"
    r"|tak for din"
    r"|(?:ordre|order)bekræftelse|ordrebekreftelse|kiitos tilaukse|tilausvahvistus"
    r"|dziękujemy za (?:zakup|zamówieni)|potwierdzenie zamówienia|děkujeme za (?:objednávku|nákup)"
    r"|obrigad[oa] pel[oa] su?a? ?(?:compra|pedido)|pedido confirmado|ご注文(?:ありがとう|を承り)"
    r"|订单确认|주문 확인",
    re.IGNORECASE,
)
"""That something was bought. A receipt of a refund says so in the same row."""
_WORD: Final = (
    r"(?:refund|rückerstattung|erstattung|rückzahlung|gutschrift|remboursement|reembolso|terugbetaling"
    r"|rimborso)"
)
_YOURS: Final = rf"(?:your|ihre|deine|votre|ton|su|tu|je|uw|il tuo|il suo) (?:full )?{_WORD}"
_FIRM: Final = re.compile(
    rf"\b{_YOURS}\b[^.]{{0,30}}\b(?:has been|was|is being|is on|wurde|a été|ha sido|è stato)\b"
    r"(?! (?:not|declined|denied))",
    re.IGNORECASE,
)
"""What was done, though days in which the bank does its part are told, too."""
_OF_AMOUNT: Final = re.compile(rf"\b{_YOURS}[^\d.]{{1,20}}\d[\d.,]*[.,]\d{{2}}(?!\d)", re.IGNORECASE)
_TITLE: Final = re.compile(rf"^\W*{_YOURS} (?:will|should|wird|sera|se|será|wordt|sarà)\b", re.IGNORECASE)
"""Of a mail that begins so: it is of nothing else."""
TITLE_ROWS: Final = 2
_ORDER_NUMBER: Final = re.compile(r"[A-Z]{0,6}\d{2}")
"""What follows ``Refund for order``, in letters and digits alone: No. or letters of a code, and digits."""
_AMOUNT: Final = re.compile(r"\d[\d.,]*[.,]\d{2}(?!\d)")
MAX_WORDS: Final = 16
"""Of a sentence that tells what a mail is, and of a row that does; longer rows have to tell what was done."""
MAX_PROSE_WORDS: Final = 48


def says_refund(rows: Sequence[Row], total: Decimal | None) -> bool:
    """Whether the mail's first rows call it a refund of its total."""
    bought = False
    for at, row in enumerate(rows[:HEAD_ROWS]):
        if not _takes_off(row.text, total):
            text = without_promises(row.text)
            if _names_refunded_order(text):
                return True
            if _is_firm(text, total) or (at < TITLE_ROWS and not bought and _is_title(text)):
                return True
            if _says_paid_back(text) and (not bought or _of_all(text, total)):
                return True
        bought = bought or _BOUGHT.search(row.text) is not None
    return False


def _takes_off(text: str, total: Decimal | None) -> bool:
    """Whether what came back elsewhere makes this purchase cheaper: ``Refund for order 10234  -5.00``."""
    less = taken_off(text)
    return bool(less) and total is not None and total > 0 and _digits(str(total)) not in less


def lists_refunds(drafts: Sequence[Draft]) -> bool:
    """Whether each of the goods stands there as refunded (``Refund: Oats  4.99``), and nothing was bought."""
    goods = [draft for draft in drafts if not draft.whole_basket]
    return bool(goods) and all(any(REFUND_OF.search(line.text) for line in draft.lines) for draft in goods)


def says_paid_back(text: str) -> bool:
    """Whether a line or short sentence below a purchase tells that its money came back."""
    return _says_paid_back(text) and _DONE.search(text) is not None


def _says_paid_back(text: str) -> bool:
    words = len(text.split())
    return words <= MAX_PROSE_WORDS and any(
        len(each.split()) <= MAX_WORDS
        and says(_REFUND, each)
        and not tells_of_spent_credit(each)
        and (not is_policy(each) or _tells(each))
        and (words <= MAX_WORDS or _DONE.search(each) is not None)
        for each in sentences(text)
    )


def _tells(sentence: str) -> bool:
    match = _FIRM.search(sentence)
    return match is not None and not is_conditional(sentence[: match.end()])


def _is_firm(text: str, total: Decimal | None) -> bool:
    """Whether it tells of the reader's own refund of the whole, and not of a case in which there is one."""
    return any(
        _OF_AMOUNT.search(each) is not None
        and not tells_of_spent_credit(each)
        and total is not None
        and {_digits(amount) for amount in _AMOUNT.findall(each)} == {_digits(str(total))}
        and not is_conditional(each)
        for each in sentences(text)
    )


def _names_refunded_order(text: str) -> bool:
    """Whether the row is the title of an order's refund: ``Refund for order #10234 - thanks for buying``."""
    letters = squash(text)
    named = EVERY_LANGUAGE["refund_of"].start(letters)
    return bool(named) and _ORDER_NUMBER.match(letters, len(named)) is not None and not is_policy(text)


def _is_title(text: str) -> bool:
    return _TITLE.search(text) is not None and not is_conditional(text)


def _of_all(text: str, total: Decimal | None) -> bool:
    """Whether it tells what was done, with no amount but the whole."""
    amounts = {_digits(each) for each in _AMOUNT.findall(text)}
    whole = not amounts or total is None or _digits(str(total)) in amounts
    return whole and _DONE.search(text) is not None


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
