"""Which receipts of a mail its proof may not speak for, since it may hold another's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ingest.email.answers import may_hold_anothers_words
from ingest.email.forward_lines import Prefix, split_subject
from ingest.email.unwrap import ForwardKind, Unwrapped
from receipts.proof import quoted_in


def not_lent(originals: Iterable[int], mails: Sequence[Unwrapped], data: bytes) -> Mapping[int, int]:
    """Of these originals the ones whose proof is not lent, each with its number by `quoted_in`.

    Args:
        originals: numbers in `mails`; those by `quoted_in` are passed over.
        mails: all that `unwrap_mail` found in the mail.
        data: the raw mail itself.
    """
    seen: dict[int, bool] = {}  # several originals may lie in the same bytes
    found = {}
    for number in sorted(set(originals)):
        if number < 0 or mails[number].kind is ForwardKind.INLINE:  # typed into a mail: proves nothing anyway
            continue
        raw = mails[number].original or data
        if id(raw) not in seen:
            seen[id(raw)] = _passed_on(mails[number]) or may_hold_anothers_words(raw)
        if seen[id(raw)]:
            found[number] = quoted_in(number)
    return found


def _passed_on(mail: Unwrapped) -> bool:
    """Whether its own signer forwarded another's words; a member who forwards files to us signs those."""
    forwards = split_subject(mail.layer.subject)[0] is Prefix.FORWARD
    return forwards and mail.kind is ForwardKind.ATTACHED
