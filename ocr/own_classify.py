"""What a mail is that is no receipt: a note of shipping, an advert, a basket, a reminder, a cancellation.

Judged by the first rows, where a mail says what it is, and never by what it promises to send later.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ocr.own_policy import is_conditional, is_policy, sentences
from receipts.errors import Rejection, RejectionReason
from receipts.transcript import Row

HEAD_ROWS: Final = 14
_LATER: Final = re.compile(
    r"\b(?:when|once|as soon as|until|after|if|will be|before|ready to be|sobald|wenn|nachdem|dès que"
    r"|quand|lorsque|zodra|wanneer|cuando"
    r"|una vez|när|når|così appena|quando)\b[^.!]{0,70}$",
    re.IGNORECASE,
)
"""What stands before words of shipping that only announces it."""
_SHIPPED: Final = re.compile(
    r"(?:has|have|was|were|just|been|is|are)\s(?:now |just |been |already )*(?:shipped|dispatched"
    r"|sent out|delivered|out for delivery)\b|\bon (?:its|the|their) way\b"
    r"|\b(?:dispatch|shipping|shipment|delivery) (?:confirmation|notification|update|notice)\b"
    r"|\bout for delivery\b"
    r"|\bdelivery attempt|\bready for (?:pick-?up|collection)\b"
    r"|\border (?:shipped|dispatched|delivered)\b|\bwe(?:'ve|’ve| have) (?:shipped|dispatched|sent)\b"
    r"|versandbestätigung|wurde (?:soeben |heute |gerade )?(?:versandt|verschickt|versendet|zugestellt)"
    r"|ist unterwegs|auf dem weg zu ihnen"
    r"|a été (?:expédiée?|livrée?)|en cours de livraison|is (?:verzonden"
    r"|onderweg|bezorgd)|verzendbevestiging|"
    r"ha sido (?:enviado|entregado)|en camino|(?:är|er) på v(?:äg|ei)"
    r"|har (?:skickats|levererats|blitt sendt)|è stato spedito|in consegna",
    re.IGNORECASE,
)
_PARCEL: Final = re.compile(
    r"\btrack(?:ing)? (?:number|no\.?|id|code|your (?:package|parcel|shipment|order))\b"
    r"|\byour (?:package|parcel|shipment)\b"
    r"|sendungs(?:nummer|verfolgung)|ihr paket|votre colis|numéro de suivi|je pakket|track & ?trace"
    r"|tu paquete"
    r"|número de seguimiento|din pakke|ditt paket",
    re.IGNORECASE,
)
"""Order confirmations speak of the parcel too: this tells only where no goods and total are listed."""
_NOT_BOUGHT: Final = re.compile(
    r"\b(?:your|in the|shopping) (?:cart|basket|bag)\b(?! total)|left (?:something|items?"
    r"|these)(?: behind| in)|complete your (?:purchase|order|checkout)|still (?:thinking|interested)"
    r"|cart (?:sub)?total"
    r"|\bquotation\b|\bquote (?:total|number|no\.?|#|valid)|\byour quote\b|\bestimate (?:number|no\.?|#"
    r"|total)|\bpro ?-?forma\b|valid until"
    r"|\breminder\b|\boverdue\b|past due|awaiting (?:your )?payment|payment (?:failed|declined"
    r"|unsuccessful|is due|reminder|request)|(?:could not|couldn't|unable to) (?:be )?(?:process(?:ed)?"
    r"|charge)[^.]{0,30}(?:payment|card)?|please pay|pay now|requested? (?:a )?payment|sent you (?:a"
    r"|an) (?:invoice|money request)"
    r"|warenkorb|zahlungserinnerung|mahnung|\bangebot (?:nr|nummer|vom)|kostenvoranschlag"
    r"|unverbindliches angebot|votre panier|rappel (?:de paiement|:)|\bdevis\b|impayée?|winkelwagen"
    r"|winkelmand|betalingsherinnering|aanmaning|\bofferte\b"
    r"|carrito|recordatorio de pago|presupuesto|varukorg|betalningspåminnelse|påminnelse|handlekurv"
    r"|carrello|preventivo|sollecito",
    re.IGNORECASE,
)
_REMINDS: Final = re.compile(
    r"\b(?:payment|friendly|final) reminder|\boverdue\b|zahlungserinnerung|\b\d?\.?\s?mahnung\b"
    r"|betalingsherinnering|aanmaning"
    r"|rappel de paiement|recordatorio de pago|betalningspåminnelse|betalingspåminnelse"
    r"|sollecito di pagamento"
    r"|noch keinen zahlungseingang",
    re.IGNORECASE,
)
_CANCELLED: Final = re.compile(
    r"\border\b[^.]{0,40}\b(?:ha(?:s|ve) been|was|were|is|now)\s(?:now |successfully )?cancell?ed"
    r"|\border (?:\S*\d\S* )?cancell?(?:ed|ation)|cancell?ation (?:confirmation|of your order)|we(?:'ve|’ve"
    r"| have) cancell?ed"
    r"|(?:bestellung|auftrag)\b[^.]{0,40}storniert|stornierungsbestätigung|commande\b[^.]{0,40}annulée"
    r"|bestelling\b[^.]{0,40}geannuleerd|pedido\b[^.]{0,40}cancelado"
    r"|(?:order|beställning)\b[^.]{0,30}(?:har )?(?:avbr(?:uten|utits)|avbeställ(?:d|ts)|annullerats)"
    r"|(?:ordre|bestilling)\b[^.]{0,30}(?:kansellert|annulleret)"
    r"|tilau(?:s|ksesi|ksenne)\b[^.]{0,40}\bperu(?:ttu|utettu)|objednávka\b[^.]{0,40}(?:zrušena|stornována)"
    r"|rendelés\w*\b[^.]{0,40}(?:töröltük|törölve)|заказ\b[^.]{0,40}отмен[её]н\b"
    r"|ordine\b[^.]{0,30}annullato|zam[óo]wienie\b[^.]{0,40}anulowane|encomenda\b[^.]{0,40}cancelada"
    r"|παραγγελία\b[^.]{0,40}ακυρώθηκε|đơn hàng\b[^.]{0,40}đã (?:bị )?h[ủu][ỷy]|تم إلغاء (?:الطلب|طلبك)",
    re.IGNORECASE,
)
_PART: Final = re.compile(
    r"\b(?:items?|products?|part(?:s|ly|ial\w*)?|some|one of|teilweise|artikel|posten|produkte?|articles?"
    r"|artículos?|productos?|articol[oi]|prodott[oi]|producten|varor|varer|produkter)\b",
    re.IGNORECASE,
)
_WHOLE: Final = re.compile(
    r"\b(?:all|every|whole|entire|alle|tou(?:s|tes)|todos|tutti|samtliga)\b", re.IGNORECASE
)
"""A sentence about some of the goods leaves the rest bought: "One item in your order was cancelled"."""
_DONE: Final = re.compile(
    r"\b(?:ha(?:s|ve) been|was|were|(?:we|i)(?:'ve|’ve| have)|wurden?|a été|ha sido|fue|è stato"
    r"|(?:is|werd) ge\w+|blev|ble|blitt|blivit|har|została?o?|foi|byla"
    r"|ακυρώθηκε|đã|تم)\b",
    re.IGNORECASE,
)
_ANOTHER: Final = re.compile(
    r"\b(?:previous|earlier|other|original|first|old|duplicate|second|vorherige|frühere|andere|doppelte"
    r"|précédente|autre|anterior|otro|precedente|altro|vorige|andere|förra|forrige)\w{0,2}"
    r"\s(?:order|bestellung|commande|pedido|ordine|bestelling|ordre)",
    re.IGNORECASE,
)
"""An order that this mail is not of."""
_BREAK: Final = re.compile(r"\s?[,;:!–—]\s?|\s-\s")
_HEADING: Final = re.compile(r"\W*(?:your |the )?order(?: \S*\d\S*)? cancell?ed$", re.IGNORECASE)
_OFFER: Final = re.compile(
    r"(?:how |what |anything |is there anything )?(?:can|could|may) (?:we|i)\b|need (?:any )?help|do you need"
    r"|was this|why\b",
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(
    r"[,;–—(]|\s-\s|\b(?:so|therefore|because|since|as|due|and|daher|deshalb|da|weil|wegen|und|donc|car|et"
    r"|porque|perché|omdat|en|och|og|eftersom|fordi)\b",
    re.IGNORECASE,
)
"""Why it was cancelled, and what follows, names goods as well: they are not what was cancelled."""
_COUNTED: Final = re.compile(
    r"\b(?:of|for|with|containing|von|mit|über|de|avec|van|met|con|av|med)\s+\d+\s+\w+|\(\d+\s\w+\)",
    re.IGNORECASE,
)
"""``Your order of 2 items``: the order is said to be of so many."""
_ADVERT: Final = re.compile(
    r"unsubscribe|view (?:this email )?in (?:your )?browser|shop (?:now|the)|% off|\bsale\b"
    r"|limited time|offer ends|use code|new arrivals|back in stock|price drop|flash sale|deals?\b"
    r"|save up to|last chance"
    r"|newsletter|abmelden|abbestellen|jetzt (?:kaufen|entdecken|sparen|shoppen)|nur (?:heute|noch)"
    r"|se désabonner|désinscri|soldes|profitez|j'en profite|uitschrijven|afmelden|shop nu|darse de baja"
    r"|rebajas|oferta|avprenumerera|rea\b|meld deg av",
    re.IGNORECASE,
)
_PROVES: Final = re.compile(
    r"\b(?:receipt|invoice|order confirmation|order confirmed|thanks? (?:you )?for your (?:order"
    r"|purchase)|rechnung|kassenbon|quittung|bestellbestätigung|auftragsbestätigung"
    r"|facture|confirmation de commande|ticket de caisse|factuur|orderbevestiging|kassabon|factura"
    r"|confirmación de pedido|kvitto|kvittering|orderbekräftelse|fattura|scontrino|ricevuta)\b",
    re.IGNORECASE,
)
MANY_ADVERTS: Final = 2


def other_mail(rows: Sequence[Row], *, listed: bool, closes: bool) -> Rejection | None:
    """Why the mail is no receipt, by what it says of itself.

    `listed` where goods and a total were read, `closes` where their sums close too.
    """
    head = [row.text for row in rows[:HEAD_ROWS]]
    if any(map(says_cancelled, head)):
        return Rejection(RejectionReason.CANCELLED, "its first rows say that the order was cancelled")
    if any(says(_REMINDS, text) for text in head):
        return Rejection(RejectionReason.NOT_BOUGHT, "its first rows remind of a payment")
    proves = any(says(_PROVES, text) for text in head)
    if not (proves and closes):
        if any(says(_SHIPPED, text) or (not listed and says(_PARCEL, text)) for text in head):
            return Rejection(RejectionReason.SHIPPING_NOTICE, "its first rows tell of a shipment")
        if any(says(_NOT_BOUGHT, text) for text in head):
            return Rejection(RejectionReason.NOT_BOUGHT, "its first rows offer, remind or ask to pay")
    return None


def named(rejection: Rejection, rows: Sequence[Row]) -> Rejection:
    """The rejection with a reason that tells more, where the page's words give one."""
    if rejection.reason is not RejectionReason.NOT_A_RECEIPT:
        return rejection
    adverts = sum(says(_ADVERT, row.text) for row in rows)
    return Rejection(RejectionReason.ADVERT, rejection.detail) if adverts >= MANY_ADVERTS else rejection


_ABBREVIATED: Final = re.compile(r"\b(nr|no|n|nro|núm|num|č)\.\s?(?=#?\w*\d)", re.IGNORECASE)
"""``Ihre Bestellung Nr. 55120 wurde storniert``: no sentence ends there."""


def says_cancelled(text: str) -> bool:
    """Whether it says that the order was cancelled, and not what may be cancelled, or until when."""
    return any(map(_cancels, sentences(_ABBREVIATED.sub(r"\1 ", text))))


def _cancels(sentence: str) -> bool:
    match = _CANCELLED.search(sentence)
    if match is None or _LATER.search(sentence[: match.start()]) or _ANOTHER.search(sentence[: match.end()]):
        return False
    asks = sentence.rstrip().endswith(("?", "？")) and not _asks_behind(sentence, match)
    if (_DONE.search(match.group()) or _is_headed(sentence, match)) and not asks:
        if is_conditional(sentence[: match.end()]):
            return False
    elif is_policy(sentence):
        return False
    before = _CLAUSE.split(sentence[: match.start()])[-1]
    after = _CLAUSE.split(sentence[match.end() :])[0]
    goods = _COUNTED.sub(" ", f"{before}{match.group()}{after}")
    return _PART.search(goods) is None or _WHOLE.search(sentence) is not None


def _asks_behind(sentence: str, match: re.Match[str]) -> bool:
    """``Your order was canceled, can we help?``: what is asked is not whether it was."""
    behind = _BREAK.match(sentence, match.end())
    if behind is None or "¿" in sentence[: match.start()]:
        return False
    return _DONE.search(match.group()) is not None or _is_headed(sentence, match)


def _is_headed(sentence: str, match: re.Match[str]) -> bool:
    """``Order cancelled - can we help?``: a heading, and a question of what one may do about it."""
    behind = _BREAK.match(sentence, match.end())
    return (
        behind is not None
        and _HEADING.match(sentence, 0, match.end()) is not None
        and _OFFER.match(sentence, behind.end()) is not None
    )


def says(pattern: re.Pattern[str], text: str) -> bool:
    """Whether the words are there, and are not only announced."""
    match = pattern.search(text)
    return match is not None and not _LATER.search(text[: match.start()])
