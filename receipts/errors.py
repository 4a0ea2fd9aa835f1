"""How things go wrong: a rejection is returned, a transient error is raised, all else is our bug."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class RejectionReason(Enum):
    """Why a document cannot be processed; the value is the code that callers see."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    UNSUPPORTED_TYPE = "unsupported_type"
    UNSUPPORTED_ARCHIVE = "unsupported_archive"
    UNSUPPORTED_DRAWING = "unsupported_drawing"
    UNSUPPORTED_TEXT = "unsupported_text"
    UNSUPPORTED_WEB_PAGE = "unsupported_web_page"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_SMALL = "too_small"
    BLURRED = "blurred"
    TOO_DARK = "too_dark"
    GLARE = "glare"
    CUT_OFF = "cut_off"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    TIMED_OUT = "timed_out"
    NO_TEXT = "no_text"
    NOT_A_RECEIPT = "not_a_receipt"
    UNREADABLE = "unreadable"
    SHOTS_APART = "shots_apart"
    SHIPPING_NOTICE = "shipping_notice"
    ADVERT = "advert"
    NOT_BOUGHT = "not_bought"
    CANCELLED = "cancelled"
    OUTLOOK_WRAPPER = "outlook_wrapper"
    TOO_MANY = "too_many"
    ANOTHER_RECEIPT = "another_receipt"
    BESIDE_A_RECEIPT = "beside_a_receipt"

    @property
    def in_short(self) -> str:
        """What was wrong, in a few words: for lists, and for texts that are paid for by the character."""
        return _IN_SHORT[self]


_IN_SHORT: dict[RejectionReason, str] = {
    RejectionReason.EMPTY: "an empty file",
    RejectionReason.TOO_LARGE: "too large a file",
    RejectionReason.UNSUPPORTED_TYPE: "no photo or PDF",
    RejectionReason.UNSUPPORTED_ARCHIVE: "an archive",
    RejectionReason.UNSUPPORTED_DRAWING: "a drawing, no photo",
    RejectionReason.UNSUPPORTED_TEXT: "a text, no photo",
    RejectionReason.UNSUPPORTED_WEB_PAGE: "a web page, no photo",
    RejectionReason.TOO_MANY_PIXELS: "too large a picture",
    RejectionReason.TOO_MANY_PAGES: "too many pages",
    RejectionReason.TOO_SMALL: "too small a picture",
    RejectionReason.BLURRED: "a blurred picture",
    RejectionReason.TOO_DARK: "too dark a picture",
    RejectionReason.GLARE: "light mirrored in the receipt",
    RejectionReason.CUT_OFF: "a part of the receipt missing",
    RejectionReason.DAMAGED: "a damaged file",
    RejectionReason.ENCRYPTED: "a locked file",
    RejectionReason.TIMED_OUT: "a file that would not open in time",
    RejectionReason.NO_TEXT: "no text found",
    RejectionReason.NOT_A_RECEIPT: "no receipt",
    RejectionReason.UNREADABLE: "unreadable",
    RejectionReason.SHOTS_APART: "photos that do not join",
    RejectionReason.SHIPPING_NOTICE: "a shipping note",
    RejectionReason.ADVERT: "an advert",
    RejectionReason.NOT_BOUGHT: "an offer, not paid yet",
    RejectionReason.CANCELLED: "a cancelled order",
    RejectionReason.OUTLOOK_WRAPPER: "wrapped by Outlook (winmail.dat)",
    RejectionReason.TOO_MANY: "more than we read of one mail",
    RejectionReason.ANOTHER_RECEIPT: "another receipt in the same mail",
    RejectionReason.BESIDE_A_RECEIPT: "no receipt, beside one",
}


MEMBER_SENTENCES: dict[RejectionReason, str] = {
    RejectionReason.EMPTY: "The file is empty. Please choose the photo again and send it once more.",
    RejectionReason.TOO_LARGE: "The file is too large. Please send a photo or PDF of at most 20 MB.",
    RejectionReason.UNSUPPORTED_TYPE: (
        "This is not a kind of file we can read. Please send a photo (JPEG, PNG, WebP or HEIC) or a PDF."
    ),
    RejectionReason.UNSUPPORTED_ARCHIVE: (
        "This is an archive, such as a zip. Please unpack it and send the photo or PDF that is in it."
    ),
    RejectionReason.UNSUPPORTED_DRAWING: (
        "This is a drawing (SVG), not a photo. Please take a photo of the receipt and send that."
    ),
    RejectionReason.UNSUPPORTED_TEXT: (
        "This file holds text, not a picture, whatever its name says. Please send a photo or a PDF."
    ),
    RejectionReason.UNSUPPORTED_WEB_PAGE: (
        "This is a web page, not a picture. Please save it as a PDF or take a screenshot, and send that."
    ),
    RejectionReason.TOO_MANY_PIXELS: (
        "The picture has too many pixels. Please send an ordinary photo, taken with the phone's camera."
    ),
    RejectionReason.TOO_MANY_PAGES: "The document has too many pages. Please send the receipt's pages only.",
    RejectionReason.TOO_SMALL: "The picture is too small to read. Please take the photo again, closer up.",
    RejectionReason.BLURRED: (
        "The picture is blurred. Please tap on the receipt to focus, hold still and take the photo again."
    ),
    RejectionReason.TOO_DARK: (
        "The picture is too dark to read. Please take the photo again in brighter light."
    ),
    RejectionReason.GLARE: (
        "Light is mirrored in the receipt and hides a part of it. Please turn off the flash or tilt the"
        " phone, and take the photo again."
    ),
    RejectionReason.CUT_OFF: (
        "A part of the receipt is outside the picture. Please take the photo again with all of it in view."
    ),
    RejectionReason.DAMAGED: (
        "The file is damaged or cut short. Please take the photo again and send the new one."
    ),
    RejectionReason.ENCRYPTED: "The document is locked with a password. Please send it without one.",
    RejectionReason.TIMED_OUT: (
        "The file took too long to open. Please send an ordinary photo of the receipt."
    ),
    RejectionReason.NO_TEXT: (
        "We found no text in the picture. Please lay the receipt flat in good light and take the photo again."
    ),
    RejectionReason.NOT_A_RECEIPT: (
        "This does not look like a shop's receipt. Please send the receipt with its items, date and total."
    ),
    RejectionReason.UNREADABLE: (
        "We could not read the receipt. Please lay it flat in good light, fill the frame and try again."
    ),
    RejectionReason.SHOTS_APART: (
        "We could not join your photos into one receipt. Please take them again, so that each begins with the"
        " last lines of the one before; send receipts of different purchases one by one."
    ),
    RejectionReason.SHIPPING_NOTICE: (
        "This is a note that something was sent. Please forward the order's confirmation."
    ),
    RejectionReason.ADVERT: (
        "This is an advert or a newsletter. Please forward the confirmation of what you bought."
    ),
    RejectionReason.NOT_BOUGHT: (
        "This is an offer, a basket or a request to pay. Please send the receipt you got after paying."
    ),
    RejectionReason.OUTLOOK_WRAPPER: (
        "Outlook has wrapped your mail in a winmail.dat, which only Outlook opens. Please send it again as"
        " HTML or plain text, or send the receipt as a PDF or photo."
    ),
    RejectionReason.TOO_MANY: (
        "This is more than we read of one mail. Please send what is missing in a mail of its own."
    ),
    RejectionReason.ANOTHER_RECEIPT: (
        "This mail holds another receipt, which we did not take. Please forward that one by itself."
    ),
    RejectionReason.BESIDE_A_RECEIPT: (
        "This came beside a receipt and does not look like one, so we left it out. Please send it as"
        " a photo or PDF if it is a receipt of its own."
    ),
    RejectionReason.CANCELLED: (
        "This order was cancelled, so there is nothing to earn. Please send another receipt."
    ),
}
"""What a member is told for each reason: what happened, and what to do next."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A document that cannot be processed: an answer, not an exception.

    Attributes:
        reason: the closed code.
        detail: one sentence for operators; may name sizes and limits, never the file's content.
    """

    reason: RejectionReason
    detail: str = ""

    @property
    def member_sentence(self) -> str:
        """What happened and what to do next, in plain words."""
        return MEMBER_SENTENCES[self.reason]


class TransientError(Exception):
    """The world failed and may recover: a store, queue or service did not answer. Worth another try."""


class RefusedError(Exception):
    """The other side refuses for good: the message says why. Another try would be refused again."""
