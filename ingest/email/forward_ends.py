"""What programs put around a forwarded mail beside the line above it: a second rule, a line at the end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ingest.email.forward_lines import Line, Mark, label_of, line_of, mark_of

END_PHRASES: Final = (
    "end forwarded message|end of forwarded message|end of the forwarded message"
    "|конец пересылаемого сообщения|завершение пересылаемого сообщения|конец пересланного сообщения"
    "|кінець пересланого повідомлення|ende der weitergeleiteten nachricht|fin du message transféré"
    "|fin del mensaje reenviado|fine del messaggio inoltrato|fine messaggio inoltrato"
    "|fim da mensagem encaminhada|einde van doorgestuurd bericht|einde doorgestuurd bericht"
    "|koniec przekazanej wiadomości|iletilen iletinin sonu|yönlendirilen iletinin sonu"
)
"""Phrases of a line below a forwarded mail (mutt, Yandex), in lower case, between dashes."""
_END: Final = re.compile(
    rf"\W*[-–—_=*]{{2,}}\s*(?:{'|'.join(map(re.escape, END_PHRASES.split('|')))})\W*", re.IGNORECASE
)


_MARKS: Final = re.compile(r"[-–—_=*]{2}")


def behind_second_rule(lines: Sequence[Line], first: int, body: int) -> int:
    """Where the body begins: Zoho repeats below the header lines (up to `body`) the line above (`first`)."""
    at = next((each for each in range(body, len(lines)) if lines[each].text), None)
    if at is None or mark_of(lines[first].text) is not Mark.FORWARD or lines[at].text != lines[first].text:
        return body
    below = next((line for line in lines[at + 1 :] if line.text), None)
    label = None if below is None else label_of(below.text)
    return body if label is not None and label.field is not None else at + 1


def _is_end(line: str) -> bool:
    # Most lines have no two of its marks; to look for these takes a tenth of making a line of it.
    return _MARKS.search(line) is not None and _END.fullmatch(line_of(line).text) is not None


def without_end(body: str, mark: Mark) -> str:
    """The body without the line that ends it; KMail ends it by a bare rule."""
    lines = body.split("\n")
    end = next((at for at in reversed(range(len(lines))) if _is_end(lines[at])), None)
    if end is not None:
        return "\n".join([*lines[:end], *lines[end + 1 :]])
    last = next((at for at in reversed(range(len(lines))) if lines[at].strip()), None)
    if last and mark is Mark.FORWARD and mark_of(line_of(lines[last]).text) is Mark.RULE:
        return "\n".join(lines[:last])
    return body
