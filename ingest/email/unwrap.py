"""What a forwarded mail holds: the original's sender, date, subject and body.

Members forward in two ways. As an attachment: the original is there byte for byte, and its signature can be
checked. Inline: the original's text stands below a few header lines that the member's mail program wrote in
its own language; anyone can type such lines, so they say what the mail claims and prove nothing.

`Unwrapped.certainty` is how sure we are that the mail is what `kind` says and that its parts are the right
ones, from 0 to 1:

- 1.0 for an attached original with a sender, 0.9 without one;
- 0.5 for a header block found inline, and for each of these more, up to 0.95: a line above it that says
  ``Forwarded message`` (0.2), a subject with a prefix such as ``Fwd:`` (0.15), an address (0.1), a date that
  is one (0.1), a subject (0.05); and less where its labels are in no table (0.2);
- 0.35 for a sentence ``On ... X wrote:`` instead of a block, with the same additions;
- for a mail that is not forwarded 1.0, but 0.6 if its subject says that it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Final

from ingest.email.contents import MailLayer, open_mail
from ingest.email.forward_address import Person
from ingest.email.forward_blocks import Start, body_lines, find_start, trimmed
from ingest.email.forward_ends import without_end
from ingest.email.forward_html import LastPage
from ingest.email.forward_lines import Line, Mark, Prefix, lines_of, split_subject, unquote
from ingest.email.forward_siblings import apart
from ingest.email.html_guard import is_parsable, opening_tags
from receipts.errors import Rejection, RejectionReason

MAX_PEELED: Final = 8
"""Forwards of forwards that are followed."""
MAX_TAGS_LOOKED_AT: Final = 40_000
"""After which no further forward is looked for: each look walks the page. Real mails have 3,000 a page."""
_SHORT_WORDS: Final = 200
"""Characters of a note above a mail that was passed on; a mail of its own says more."""

_ATTACHED, _ATTACHED_NAMELESS = 1.0, 0.9
_BLOCK, _SENTENCE = 0.5, 0.35
_SAID_ABOVE, _SAID_BY_SUBJECT, _HAS_ADDRESS, _HAS_DATE, _HAS_SUBJECT = 0.2, 0.15, 0.1, 0.1, 0.05
_LESS_FOR_GUESSED = 0.2
_MOST_INLINE = 0.95
_DOUBTFUL = 0.6


class ForwardKind(Enum):
    """How a mail was passed on."""

    NONE = "none"
    INLINE = "inline"
    ATTACHED = "attached"


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """The mail that a mail is about: the forwarded original, or the mail itself.

    Attributes:
        kind: of the innermost forward.
        sender_name: as printed; empty where only an address is.
        sender_address: in lower case; empty where only a name is printed.
        to: addresses, or names where none are printed.
        date_text: as written by whichever program wrote it.
        date: without a zone where `date_text` has none; None where it is no date that we can read.
        subject: without the prefixes of forwarding.
        text: the original's body as plain text, without the forwarder's words and the header block.
        html: the same as HTML; None where the mail has none or it could not be cut out.
        certainty: from 0 to 1, as the module says.
        depth: how often the mail was forwarded; 0 for a mail of one's own.
        original: exact bytes of an attached original; None for other kinds.
        layer: the mail whose files belong to the original.
        problems: sentences for the operator.
        others: further originals forwarded in the same text, attached beside the first one or within those,
            each without others of its own; the forwarder's own words if a purchase is in them; and the
            files of a mail that came around attached ones, as the mail that they are part of: `kind` NONE
            for the forwarder's own, for which no attached original's proof can speak.
        within: the mail in whose text it was forwarded beside others, the same object for all of these; its
            files may be of any of them, and are in the layer of the first. None where it was forwarded alone.
    """

    kind: ForwardKind
    sender_name: str
    sender_address: str
    to: tuple[str, ...]
    date_text: str
    date: datetime | None
    subject: str
    text: str
    html: str | None
    certainty: float
    depth: int
    original: bytes | None
    layer: MailLayer
    problems: tuple[str, ...] = ()
    others: tuple[Unwrapped, ...] = ()
    within: MailLayer | None = None

    @property
    def forwarded(self) -> bool:
        """Whether it is another's mail, passed on."""
        return self.kind is not ForwardKind.NONE


def unwrap_mail(data: bytes) -> Unwrapped | Rejection:
    """Open a raw mail and follow its forwards to the original. Never raises."""
    layer = open_mail(data)
    return layer if isinstance(layer, Rejection) else _unwrap_layer(layer)


def unwrap_body(text: str, *, subject: str = "", html: str | None = None) -> Unwrapped:
    """The same for a body alone, with the subject it came under."""
    layer = MailLayer(
        sender_name="",
        sender_address="",
        to=(),
        subject=subject,
        date_text="",
        date=None,
        message_id="",
        html=html,
        text=text or None,
        documents=(),
        pictures=(),
        attached=(),
        skipped=(),
    )
    return _unwrap_layer(layer)


def _unwrap_layer(layer: MailLayer) -> Unwrapped:
    first, *others = _apart(layer)
    if not others:
        return _unwrap_one(layer)
    found = _unwrap_one(first, layer)
    return replace(found, others=(*found.others, *(_unwrap_one(other, layer) for other in others)))


def _apart(layer: MailLayer) -> tuple[MailLayer, ...]:
    """The mail once for each mail that is forwarded in its text; the files belong to the first."""
    (html, text), *others = apart(layer.html, layer.text)
    if not others:
        return (layer,)
    bare = replace(layer, documents=(), pictures=(), attached=(), skipped=())
    return (
        replace(layer, html=html, text=text),
        *(replace(bare, html=html, text=text) for html, text in others),
    )


def _unwrap_one(layer: MailLayer, within: MailLayer | None = None) -> Unwrapped:
    found, looked_at, page = replace(_as_it_is(layer), within=within), 0, LastPage()
    while found.depth < MAX_PEELED and looked_at <= MAX_TAGS_LOOKED_AT:
        looked_at += opening_tags(found.html or "")
        inner = _peel_inline(found, page) or _peel_attached(found)
        if inner is None:
            break
        found = inner
    return found if found.forwarded else _own(found, page)


def _as_it_is(layer: MailLayer) -> Unwrapped:
    text, html, problems = layer.text, layer.html, _problems(layer)
    if html is not None and not is_parsable(html):
        html = None
        problems += ("The mail's HTML is too large or nested too deeply: its plain text is used.",)
    return Unwrapped(
        kind=ForwardKind.NONE,
        sender_name=layer.sender_name,
        sender_address=layer.sender_address,
        to=layer.to,
        date_text=layer.date_text,
        date=layer.date,
        subject=layer.subject,
        text=text if text is not None and text.strip() else "",
        html=html,
        certainty=1.0,
        depth=0,
        original=None,
        layer=layer,
        problems=problems,
    )


def _own(found: Unwrapped, page: LastPage) -> Unwrapped:
    """A mail that nobody forwarded, with its text."""
    text = found.text or (page.text(found.html) if found.html else "")
    found = replace(found, text=trimmed(text))
    if split_subject(found.subject)[0] is not Prefix.FORWARD:
        return found
    problem = "The subject says that the mail was forwarded, but no original's header lines are in it."
    return replace(found, certainty=_DOUBTFUL, problems=(*found.problems, problem))


def _problems(layer: MailLayer) -> tuple[str, ...]:
    """What was left out and may have been the receipt; logos and the like are not worth a word."""
    unworthy = (RejectionReason.TOO_SMALL,)
    return tuple(
        f"Left out{f' {part.name}' if part.name else ''}: {part.detail}."
        for part in layer.skipped
        if part.reason not in unworthy
    )


def _peel_attached(found: Unwrapped) -> Unwrapped | None:
    """The mail attached to this one; a server's notice about a mail is no forward of it."""
    layer = found.layer
    if not layer.attached or layer.report:
        return None
    inner, *beside = _apart(layer.attached[0].layer)
    within = layer.attached[0].layer if beside else None
    first = _as_it_is(inner)
    return replace(
        first,
        kind=ForwardKind.ATTACHED,
        subject=first.subject or split_subject(found.subject)[1],
        certainty=_ATTACHED if first.sender_address else _ATTACHED_NAMELESS,
        depth=found.depth + 1,
        original=layer.attached[0].raw,
        within=within,
        text=trimmed(first.text or (LastPage().text(first.html) if first.html else "")),
        problems=(*found.problems, *first.problems),
        others=(
            *found.others,
            *_around(found),
            *(_attached_in(layer.attached[0].raw, _unwrap_one(other, within)) for other in beside),
            *(
                replace(one, depth=one.depth + found.depth)
                for other in layer.attached[1:]
                for one in _unwrap_attached(other.raw, other.layer)
            ),
        ),
    )


def _around(found: Unwrapped) -> tuple[Unwrapped, ...]:
    """What stands beside the attached mails: files, and a mail forwarded in the text above them.

    The words that someone wrote above an attached mail are no receipt.
    """
    layer = replace(found.layer, attached=())
    if found.kind is ForwardKind.INLINE:
        return (replace(found, layer=layer, others=()),)
    if not layer.documents and not layer.pictures and not any(part.is_file for part in layer.skipped):
        return ()
    layer = replace(layer, html=None, text=None)
    return (replace(found, text="", html=None, layer=layer, others=()),)


def _unwrap_attached(raw: bytes, layer: MailLayer) -> tuple[Unwrapped, ...]:
    """The mail, and the others within it."""
    found = _unwrap_layer(layer)
    alone = replace(found, others=())
    others = tuple(_attached_in(raw, other) for other in found.others)
    if not found.forwarded:
        return (replace(alone, kind=ForwardKind.ATTACHED, depth=1, original=raw), *others)
    return (replace(alone, depth=found.depth + 1), *others)


def _attached_in(raw: bytes, other: Unwrapped) -> Unwrapped:
    """What is inside an attached mail; what was that mail's own has its bytes to prove it."""
    if other.kind is ForwardKind.NONE:
        return replace(other, kind=ForwardKind.ATTACHED, depth=1, original=raw)
    return replace(other, depth=other.depth + 1)


@dataclass(frozen=True, slots=True)
class _Inside:
    """A forwarded mail found in a text or a page."""

    start: Start
    body: str
    html: str | None


def _peel_inline(found: Unwrapped, page: LastPage) -> Unwrapped | None:
    """The mail whose header lines stand in this one's text, or in its HTML."""
    prefix = split_subject(found.subject)[0]
    in_text = _in_text(found.text, prefix) if found.text else None
    in_page = _in_page(found.html, prefix, page) if found.html else None
    inside = in_text or in_page
    if inside is None or (found.forwarded and not _passed_on(inside.start, prefix)):
        return None
    header = inside.start.header
    sender = _best_sender(header.sender, in_page)
    subject = split_subject(header.subject)[1] or split_subject(found.subject)[1]
    return replace(
        found,
        kind=ForwardKind.INLINE,
        sender_name=sender.name,
        sender_address=sender.address,
        to=header.to,
        date_text=header.date_text,
        date=header.date,
        subject=header.subject if _is_forward(header.subject) else subject,
        text=inside.body,
        html=in_page.html if in_page is not None else None,
        certainty=_certainty(inside.start, prefix, sender),
        depth=found.depth + 1,
        original=None,
    )


def _is_forward(subject: str) -> bool:
    """Kept until the last peel: the prefix tells that one more original lies inside."""
    return split_subject(subject)[0] is Prefix.FORWARD


def _passed_on(start: Start, prefix: Prefix) -> bool:
    """Whether a forwarded mail was itself a forward, rather than a mail that ends with older ones.

    Its subject says so, or nobody wrote anything in it beside a short note.
    """
    if start.attribution:
        return prefix is Prefix.FORWARD
    if prefix is Prefix.FORWARD or not start.words:
        return True
    return start.mark is Mark.FORWARD and len(start.words) <= _SHORT_WORDS


def _best_sender(sender: Person, in_page: _Inside | None) -> Person:
    """Outlook prints the name alone in the text, and the address in the HTML."""
    if sender.address or in_page is None:
        return sender
    other = in_page.start.header.sender
    same = not sender.name or sender.name.casefold() == other.name.casefold()
    return Person(sender.name or other.name, other.address) if same else sender


def _in_text(text: str, prefix: Prefix) -> _Inside | None:
    lines = lines_of(text)
    start = find_start(lines, prefix)
    return _Inside(start, _body(lines, start), None) if start is not None else None


def _in_page(html: str, prefix: Prefix, page: LastPage) -> _Inside | None:
    start = find_start(page.lines(html), prefix)
    if start is None:
        return None
    original = page.cut_behind(html, start.body - 1)
    return _Inside(start, trimmed(without_end(page.text(original), start.mark)), original)


def _body(lines: Sequence[Line], start: Start) -> str:
    first, last, quote = body_lines(lines, start)
    raws = [unquote(line, quote) for line in lines[first:last]]
    if start.attribution and raws:
        filled = [raw for raw in raws if raw.strip()]
        indent = min((len(raw) - len(raw.lstrip(" \t\u00a0")) for raw in filled), default=0)
        raws = [raw[indent:] for raw in raws]
    return trimmed(without_end("\n".join(raws), start.mark))


def _certainty(start: Start, prefix: Prefix, sender: Person) -> float:
    header = start.header
    certainty = _SENTENCE if start.attribution else _BLOCK
    certainty += _SAID_ABOVE if start.mark is Mark.FORWARD else 0
    certainty += _SAID_BY_SUBJECT if prefix is Prefix.FORWARD else 0
    certainty += _HAS_ADDRESS if sender.address else 0
    certainty += _HAS_DATE if header.date is not None else 0
    certainty += _HAS_SUBJECT if header.subject else 0
    certainty -= _LESS_FOR_GUESSED if header.guessed else 0
    return round(min(certainty, _MOST_INLINE), 2)
