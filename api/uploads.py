"""Takes a multipart upload off the wire: each file straight to a temporary file, nothing whole in memory.

The starting point of every limit at the door: a file that runs over its limit is counted and dropped while
it streams, and a body that runs over the whole limit is refused as soon as that is known, by its declared
length or by counting.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import IO

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api.errors import ApiError
from api.plain_text import NOT_PLAIN, is_plain

FIELD_MAX_BYTES = 8 * 1024
FIELDS_MAX = 20
NAME_MAX_CHARS = 255
_INTRODUCTION_BYTES = 64 * 1024
"""The fields of our forms stand before the files, well within this."""
_MULTIPART = b"multipart/form-data"


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What a request may hold.

    Attributes:
        file_max_bytes: of one file; a longer one is counted on and dropped.
        body_max_bytes: of the whole body; a longer one is refused whole.
        files_max: files in one request.
    """

    file_max_bytes: int
    body_max_bytes: int
    files_max: int


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file as sent.

    Attributes:
        path: the temporary file; None when it ran over its limit and was dropped.
        sha256: of all bytes sent.
    """

    path: Path | None
    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Upload:
    """What came over the wire.

    Attributes:
        whole: False when the body ran over its limit: then `files` is one, dropped, that stands for all.
    """

    fields: Mapping[str, str]
    files: tuple[ReceivedFile, ...]
    whole: bool

    def without(self, fields: Sequence[str]) -> Upload:
        """The same upload less these fields."""
        kept = {name: value for name, value in self.fields.items() if name not in fields}
        return replace(self, fields=kept)

    def fingerprint(self, *context: str) -> str:
        """Names the request's meaning: the same fields and files, whatever the multipart boundary was."""
        parts = [*context, *(f"{name}={self.fields[name]}" for name in sorted(self.fields))]
        parts += [f"{file.name}:{file.size_bytes}:{file.sha256}" for file in self.files]
        return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@asynccontextmanager
async def receive_upload(request: Request, limits: UploadLimits) -> AsyncIterator[Upload]:
    """The request's fields and files; the temporary files are gone when the context ends.

    Raises:
        ApiError: 415 when the body is not multipart, 400 when it is broken, 413 for too many files or fields,
            422 for a field given twice or with characters that are no text.
    """
    content_type, options = parse_options_header(request.headers.get("content-type"))
    if content_type != _MULTIPART or not options.get(b"boundary"):
        raise ApiError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "not_multipart",
            "Send the files as multipart/form-data, each in a part named 'files'.",
        )
    with tempfile.TemporaryDirectory(prefix="tillpoints-upload-") as folder:
        try:
            reader = _Reader(Path(folder), limits, options[b"boundary"])
        except FormParserError as error:  # a boundary longer than any client makes
            raise _malformed() from error
        yield await _read(request, reader, limits)


async def _read(request: Request, reader: _Reader, limits: UploadLimits) -> Upload:
    declared = _declared_bytes(request)
    refused = declared is not None and declared > limits.body_max_bytes
    received = 0
    try:
        async for chunk in request.stream():
            received += len(chunk)
            # Off the event loop: the reader writes to disk.
            await run_in_threadpool(reader.feed, chunk)
            # What says itself too long is read only as far as it says what and whose it is.
            if refused and (reader.has_met_file or received > _INTRODUCTION_BYTES):
                return reader.ran_over(max(received, declared or 0))
            if received > limits.body_max_bytes:
                return reader.ran_over(received)
        return await run_in_threadpool(reader.finish)
    except FormParserError as error:
        raise _malformed() from error
    except ClientDisconnect as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, "cut_short", "The connection broke before the end.") from error
    finally:
        reader.close()


def _declared_bytes(request: Request) -> int | None:
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isascii() and declared.isdigit() else None


def _malformed() -> ApiError:
    return ApiError(
        HTTPStatus.BAD_REQUEST,
        "malformed_body",
        "The multipart body is broken or cut short. Send it again; most HTTP libraries build it for you.",
    )


@dataclass(slots=True)
class _Part:
    """The part now streaming in."""

    disposition: bytes = b""
    name: str = ""
    file_name: str | None = None
    text: bytearray = field(default_factory=bytearray)
    file: IO[bytes] | None = None
    path: Path | None = None
    size_bytes: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)


class _Reader:
    """Callbacks of the multipart parser. Not thread-safe: fed one chunk after the other."""

    def __init__(self, folder: Path, limits: UploadLimits, boundary: bytes) -> None:
        self._folder = folder
        self._limits = limits
        self._part = _Part()
        self._header_name = b""
        self._header_value = b""
        self._ended = False
        self._parts = 0
        self._fields: dict[str, str] = {}
        self._files: list[ReceivedFile] = []
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begin,
                "on_part_data": self._part_data,
                "on_part_end": self._part_end,
                "on_header_field": self._header_field,
                "on_header_value": self._header_text,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_end": self._end,
            },
        )

    def feed(self, chunk: bytes) -> None:
        self._parser.write(chunk)

    def finish(self) -> Upload:
        self._parser.finalize()
        if not self._ended:
            raise _malformed()
        return Upload(self._fields, tuple(self._files), whole=True)

    @property
    def has_met_file(self) -> bool:
        return bool(self._files) or self._part.file_name is not None

    def ran_over(self, size_bytes: int) -> Upload:
        name = self._files[0].name if self._files else self._part.file_name or ""
        return Upload(self._fields, (ReceivedFile(None, name, size_bytes, ""),), whole=False)

    def close(self) -> None:
        if self._part.file is not None:
            self._part.file.close()
            self._part.file = None

    def _part_begin(self) -> None:
        # Counted before anything is known of the part: nameless empty ones leave no field and no file behind.
        self._parts += 1
        if self._parts > FIELDS_MAX + self._limits.files_max:
            raise ApiError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_many_parts", "The form has too many parts."
            )
        self._part = _Part()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _header_text(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._part.disposition = self._header_value
        self._header_name = self._header_value = b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._part.disposition)
        if b"name" not in options:
            raise _malformed()
        self._part.name = options[b"name"].decode("utf-8", "replace")
        if b"filename" not in options:
            if len(self._fields) >= FIELDS_MAX:
                raise ApiError(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_many_fields", "The form has too many fields."
                )
            return
        if len(self._files) >= self._limits.files_max:
            raise ApiError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "too_many_files",
                f"Please send at most {self._limits.files_max} files at a time.",
            )
        self._part.file_name = _clean_name(options[b"filename"].decode("utf-8", "replace"))
        self._part.path = self._folder / f"file-{len(self._files)}"
        self._part.file = self._part.path.open("wb")

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        part.size_bytes += end - start
        if part.file_name is None:
            if part.size_bytes > FIELD_MAX_BYTES:
                raise ApiError(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    "field_too_large",
                    f"The field '{part.name[:50]}' is too long.",
                )
            part.text += data[start:end]
            return
        part.digest.update(data[start:end])
        if part.size_bytes > self._limits.file_max_bytes:
            self._drop(part)
        elif part.file is not None:
            part.file.write(data[start:end])

    def _drop(self, part: _Part) -> None:
        self.close()
        if part.path is not None:
            part.path.unlink()
            part.path = None

    def _part_end(self) -> None:
        part = self._part
        if part.file_name is None:
            self._keep_field(part.name, part.text.decode("utf-8", "replace"))
            return
        self.close()
        # A form sent with no file chosen holds one part with neither name nor bytes.
        if part.file_name or part.size_bytes:
            self._files.append(
                ReceivedFile(part.path, part.file_name, part.size_bytes, part.digest.hexdigest())
            )

    def _keep_field(self, name: str, text: str) -> None:
        if name in self._fields:
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "field_twice",
                f"The form gives the field '{name[:50]}' more than once. Send it once.",
            )
        if not is_plain(name + text):
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "not_plain_text",
                f"The form field '{name[:50]}': {NOT_PLAIN}",
            )
        self._fields[name] = text

    def _end(self) -> None:
        self._ended = True


def _clean_name(name: str) -> str:
    """The last path component without control characters: shown to people, never used as a path."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[:NAME_MAX_CHARS]
