"""A text: its media from the provider into the file store, whose it is, and then the submission."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from ingest.sms.form import MEDIA_MAX, BadForm, InboundText, MediaItem, read_text
from ingest.sms.media import Fetched, Gone, MediaFetcher, TooLarge
from ingest.sms.places import NotAllowed
from pipeline.clock import utc_now
from pipeline.submit import IncomingFile, judge
from pipeline.takein.outcome import AskWho, Outcome, Said, Submit, closed
from pipeline.wiring import Wiring
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.inbound import Inbound, Verdict, leased_message
from receipts.database.repositories.intake import NewReceipt
from receipts.errors import RefusedError, Rejection, RejectionReason, TransientError
from receipts.files import Store
from receipts.identity import InboundId, MemberId
from receipts.inbound import Address, AddressKind, InboundMessage, InboundState, KeptPart, OutgoingKind
from receipts.proof import SenderTrust, SentBy

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Lost:
    """Media that will not come.

    Attributes:
        reason: a code for the operator.
    """

    reason: str
    sentence: str


def take_in_text(wiring: Wiring, message: InboundMessage) -> Outcome:
    """Look at a text.

    Raises:
        TransientError: the provider or the store did not answer, or the media are not there yet.
    """
    text = read_text(json.loads(wiring.store.read_bytes(message.raw_sha256)))
    if isinstance(text, BadForm):
        return closed(message, InboundState.REJECTED, "bad_form", text.reason)
    parts = message.parts if message.parts is not None else _fetch_all(wiring, message, text)
    if isinstance(parts, _Lost):
        said = Said(OutgoingKind.GUIDE, message.sender, detail=parts.reason)
        return closed(message, InboundState.REJECTED, parts.reason, parts.sentence, said)
    address = Address(AddressKind.PHONE, message.sender)
    with wiring.database.read() as session:
        members = Addresses(session, message.program_id, utc_now()).members_of(address)
    claimed = message.member_id if message.sent_by is not None else None
    if claimed is None and len(members) != 1:
        return _ask_who(wiring, message, address, parts, several=bool(members))
    member_id = claimed if claimed is not None else members[0]
    # Run again, it is whose it was, and known by what it was known by.
    before = message.sent_by.trust if claimed is not None and message.sent_by is not None else None
    trust = before or SenderTrust.CARRIER
    verdict = Verdict(
        InboundState.TAKEN,
        trust.value,
        "A member took it through the link sent."
        if trust is SenderTrust.CLAIMED
        else "It came from a linked number.",
        member_id=member_id,
        sent_by=SentBy(trust, proof=None),
        answer_to=message.sender,
        parts=parts,
        media_due=_to_be_deleted(wiring, message, parts),
    )
    return _submit(wiring, wiring.store.of(message.program_id, member_id), member_id, parts, verdict)


def delete_due_media(wiring: Wiring, inbound_id: InboundId) -> None:
    """Try once more to delete a message's media at the provider."""
    with wiring.database.read() as session:
        message = leased_message(session, inbound_id)
    delete_at_provider(wiring, message)


def delete_at_provider(wiring: Wiring, message: InboundMessage) -> None:
    """Delete those media at the provider that are stored here, where that is due. What fails stays due."""
    now = utc_now()
    with wiring.database.read() as session:
        stored = Inbound(session, message.program_id, now).find(message.id)
    if stored is None or not stored.media_due or stored.parts is None:
        return
    text = read_text(json.loads(wiring.store.read_bytes(stored.raw_sha256)))
    fetcher = wiring.media_fetcher(stored.program_id)
    if isinstance(text, BadForm) or fetcher is None:
        return
    # Behind the parts of these stand those that never were in the form.
    of_parts = zip(_wanted(text), stored.parts, strict=False)
    left = [
        item for item, part in of_parts if part.sha256 is not None and not _deleted(fetcher, stored, item)
    ]
    with wiring.database.write() as session:
        Inbound(session, stored.program_id, now).media_looked_after(stored.id, still_due=bool(left))


def _deleted(fetcher: MediaFetcher, message: InboundMessage, item: MediaItem) -> bool:
    bound = log.bind(inbound_id=message.id, index=item.index)
    try:
        refused = fetcher.delete(item.url)
    except (TransientError, RefusedError) as error:
        bound.warning("media not deleted at the provider", reason=str(error))
        return False
    if refused is not None:
        bound.error("media not deleted at the provider", reason=refused.reason)
        return False
    bound.info("media deleted at the provider")
    return True


def _wanted(text: InboundText) -> list[MediaItem]:
    return [item for item in text.media if item.may_be_receipt]


def _left_out(text: InboundText) -> int:
    """Announced media that are not in the form, whatever number it claims."""
    return min(text.media_left_out, MEDIA_MAX)


def _to_be_deleted(wiring: Wiring, message: InboundMessage, parts: tuple[KeptPart, ...]) -> bool:
    """Whether stored media are to be deleted at the provider, and are still there."""
    settings = wiring.channels_of(message.program_id).sms
    if message.parts is not None or settings is None or not settings.delete_media:
        return message.media_due
    return any(part.sha256 is not None for part in parts)


def _ask_who(
    wiring: Wiring,
    message: InboundMessage,
    address: Address,
    parts: tuple[KeptPart, ...],
    *,
    several: bool,
) -> AskWho:
    reason = "several_members" if several else "unknown_sender"
    who = "Several members share this number." if several else "No member has linked this number."
    verdict = Verdict(
        InboundState.UNLINKED,
        reason,
        who,
        answer_to=message.sender,
        parts=parts,
        media_due=_to_be_deleted(wiring, message, parts),
    )
    return AskWho(verdict, address, several=several)


def _submit(
    wiring: Wiring, store: Store, member_id: MemberId, parts: tuple[KeptPart, ...], verdict: Verdict
) -> Submit:
    with TemporaryDirectory() as folder:
        files = tuple(_judged(wiring, store, part, Path(folder)) for part in parts)
    return Submit(member_id, files, verdict)


def _judged(wiring: Wiring, store: Store, part: KeptPart, folder: Path) -> NewReceipt:
    if part.is_lost:
        lost = Rejection(RejectionReason.EMPTY, "the provider does not have it, though it has the others")
        return NewReceipt(part.name, part.size_bytes, None, lost)
    if part.sha256 is None:
        limit = wiring.settings.max_upload_bytes
        ran_over = Rejection(RejectionReason.TOO_LARGE, f"more than {limit} bytes")
        return NewReceipt(part.name, part.size_bytes, None, ran_over)
    path = folder / part.sha256
    path.write_bytes(wiring.store.read_bytes(part.sha256))
    return judge(wiring, IncomingFile(path, part.name, part.size_bytes), store)


def _fetch_all(wiring: Wiring, message: InboundMessage, text: InboundText) -> tuple[KeptPart, ...] | _Lost:
    fetcher = wiring.media_fetcher(message.program_id)
    if fetcher is None:
        raise TransientError("the program has no account to fetch media with: see TILLPOINTS_CHANNELS_FILE")
    kept: list[KeptPart] = []
    lost: _Lost | None = None
    # All at once: one after the other, a few slow ones would outlast the worker, at every try.
    with TemporaryDirectory() as folder, ThreadPoolExecutor(MEDIA_MAX, "media") as pool:
        wanted = _wanted(text)
        fetched = pool.map(lambda item: _fetch(wiring, message, item, Path(folder) / str(item.index)), wanted)
        for item, part in zip(wanted, fetched, strict=True):
            if isinstance(part, _Lost):
                lost, part = part, KeptPart(_name(item), 0, None)  # noqa: PLW2901
            kept.append(part)
    if lost is not None and all(part.is_lost for part in kept):
        return lost
    if not kept and text.media_left_out:
        return _Lost("media_gone", "It announced media, and the provider does not have them.")
    # What was announced and is not in the form is told of, beside what came.
    kept += [KeptPart(f"Photo {len(text.media) + n + 1}", 0, None) for n in range(_left_out(text))]
    if not kept:
        return _Lost("no_picture", "Nothing in it can be a receipt: sound, film or a contact.")
    return tuple(kept)


def _fetch(wiring: Wiring, message: InboundMessage, item: MediaItem, into: Path) -> KeptPart | _Lost:
    fetcher = wiring.media_fetcher(message.program_id)
    if fetcher is None:
        raise TransientError("the program has no account to fetch media with: see TILLPOINTS_CHANNELS_FILE")
    name = _name(item)
    answer = fetcher.fetch(item.url, into=into, attempt=message.attempt)
    match answer:
        case Fetched():
            store = wiring.store.of(message.program_id, message.member_id)
            return KeptPart(name, answer.size_bytes, store.put_file(into))
        case TooLarge():
            return KeptPart(name, answer.max_bytes, None)
        case Gone():
            return _Lost("media_gone", "The provider does not have the picture (any more).")
        case NotAllowed():
            return _Lost("media_refused", f"The picture's address is not one we fetch from: {answer.reason}")


def _name(item: MediaItem) -> str:
    """What its receipt is called until a shop was read from it."""
    return f"{'Photo' if item.content_type.startswith('image/') else 'File'} {item.index + 1}"
