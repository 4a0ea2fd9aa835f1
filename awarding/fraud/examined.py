"""What was found in a document beside the purchase, as it is kept with the reading."""

from __future__ import annotations

from dataclasses import dataclass

from awarding.fraud.evidence import Unavailable
from awarding.fraud.files.base import MailLinks, NotExamined, PdfHistory
from awarding.fraud.fiscal.base import KeptCode
from awarding.fraud.picture.findings import PictureFindings


@dataclass(frozen=True, slots=True)
class Examined:
    """What was looked at once, when the document was read.

    Attributes:
        codes: the document's QR codes and barcodes, as far as they are kept.
        pdf: history and layers of a PDF.
        links: where the links of a mail's page lead.
        picture: what a picture says of how it was made; None where there is none, as in a mail's own text.
    """

    codes: tuple[KeptCode, ...] = ()
    pdf: PdfHistory | NotExamined | None = None
    links: MailLinks | None = None
    picture: PictureFindings | Unavailable | None = None


NOTHING_EXAMINED = Examined()
