"""What goes wrong between us and a mail server, each kind with its own name.

Every message says what happened and what to do next, in a sentence for whoever runs the program. What a
server said is quoted in it, cut short and freed of control characters.
"""

from __future__ import annotations

from receipts.errors import TransientError

_SAID_CHARS = 200


class MailboxError(TransientError):
    """A mail server did not do what was asked."""


class UnreachableError(MailboxError):
    """No connection, or it broke: the server is away, slow or busy. Worth another try soon."""


class TlsError(MailboxError):
    """The connection cannot be made safe: a certificate, a name, a port that speaks something else."""


class WrongPasswordError(MailboxError):
    """The server refuses the name, password or token."""


class NoSuchFolderError(MailboxError):
    """The account has no such folder, or it may not be written."""


class NoIdleError(MailboxError):
    """The server cannot tell us of new mail by itself; it has to be asked from time to time."""


class ServerError(MailboxError):
    """The server refuses a command, or answers with what no mail server should say."""


def said(words: object) -> str:
    """What a server said, fit for a log line."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    text = text.removeprefix("b'").removesuffix("'")
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= _SAID_CHARS else plain[:_SAID_CHARS] + "..."
