"""Files in a bucket of Amazon S3, or of a server that speaks its protocol."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from receipts.errors import TransientError
from receipts.files import MissingFileError, Store, key_of
from receipts.identity import Sha256

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CONNECT_TIMEOUT_S = 5
_READ_TIMEOUT_S = 30
_ATTEMPTS = 3
_OLD_S = 1800.0
"""Well below the day that a file must have lain untouched before it is removed (`pipeline.privacy`)."""
_NOTHING = Sha256("")
_MISSING_CODES = frozenset({"404", "NoSuchKey"})


class S3Store(Store):
    """One object for each file. The server checks the content against the hash before it keeps it."""

    def __init__(self, client: S3Client, *, bucket: str, prefix: str = "", encryption: str = "") -> None:
        self._client = client
        self._encryption = encryption_asked(encryption)
        self._bucket = bucket
        self._prefix = prefix

    @classmethod
    def from_url(cls, url: str, *, endpoint_url: str | None = None, encryption: str = "") -> S3Store:
        """A store at ``s3://BUCKET/PREFIX``; credentials and region as boto3 finds them.

        `encryption`: ``AES256`` or ``aws:kms``, which the service is asked for; empty: as the bucket is set.

        Raises:
            ValueError: the URL is not of that form.
        """
        bucket, prefix = place_of(url)
        return cls(client_for(endpoint_url), bucket=bucket, prefix=prefix, encryption=encryption)

    def exists(self, sha256: Sha256) -> bool:
        """Whether a file is stored under the hash."""
        try:
            with service_trouble(sha256):
                self._client.head_object(Bucket=self._bucket, Key=self._key(sha256))
        except MissingFileError:
            return False
        return True

    def open(self, sha256: Sha256) -> IO[bytes]:
        """The file from its first byte, in memory: originals have at most some ten megabytes."""
        with service_trouble(sha256):
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key(sha256))
            return io.BytesIO(answer["Body"].read())

    def names(self) -> Iterator[Sha256]:
        """Every stored file."""
        pages = self._client.get_paginator("list_objects_v2")
        with service_trouble(_NOTHING):
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for each in page.get("Contents", ()):
                    name = each["Key"].rpartition("/")[2]
                    if each["Key"] == self._prefix + _key_or_nothing(name):
                        yield Sha256(name)

    def remove(self, sha256: Sha256, *, untouched_s: float) -> bool:
        """Remove the file unless it was put within so many seconds."""
        age_s = self._age_s(sha256)
        if age_s is None:
            return True
        if age_s < untouched_s:
            return False
        with service_trouble(sha256):
            self._client.delete_object(Bucket=self._bucket, Key=self._key(sha256))
        return True

    def put_as(self, sha256: Sha256, data: bytes) -> None:
        """Put the object, whatever was there."""
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode("ascii")
        with service_trouble(sha256):
            self._client.put_object(
                Bucket=self._bucket,
                Key=self._key(sha256),
                Body=data,
                ChecksumSHA256=digest,
                **self._encryption,
            )

    def _age_s(self, sha256: Sha256) -> float | None:
        try:
            with service_trouble(sha256):
                head = self._client.head_object(Bucket=self._bucket, Key=self._key(sha256))
        except MissingFileError:
            return None
        return (datetime.now(UTC) - head["LastModified"]).total_seconds()

    def _key(self, sha256: Sha256) -> str:
        return self._prefix + key_of(sha256)

    def _put(self, source: io.BufferedReader | io.BytesIO) -> Sha256:
        digest = hashlib.file_digest(source, "sha256")
        sha256 = Sha256(digest.hexdigest())
        age_s = self._age_s(sha256)
        # An old one is put again, so that nobody who removes what has long been there takes it from us.
        if age_s is None or age_s > _OLD_S:
            source.seek(0)
            with service_trouble(sha256):
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=self._key(sha256),
                    Body=source,
                    ChecksumSHA256=base64.b64encode(digest.digest()).decode("ascii"),
                    **self._encryption,
                )
        return sha256


def encryption_asked(kind: str) -> Mapping[str, Any]:
    """What a request to put an object says of it; nothing where the bucket's own setting holds."""
    return {"ServerSideEncryption": kind} if kind else {}


def place_of(url: str) -> tuple[str, str]:
    """Bucket and prefix of ``s3://BUCKET/PREFIX``; the prefix is empty or ends in a slash.

    Raises:
        ValueError: the URL is not of that form.
    """
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise ValueError("not an S3 address; write it as s3://BUCKET or s3://BUCKET/PREFIX")
    prefix = parts.path.strip("/")
    return parts.netloc, f"{prefix}/" if prefix else ""


def client_for(endpoint_url: str | None) -> S3Client:
    """A client of the service there, or of Amazon's own; credentials and region as boto3 finds them."""
    config = Config(
        signature_version="s3v4",  # of forms, too, for which it would be an older one
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
    )
    # A session of its own: boto3's default one is shared by the process and keeps its first credentials.
    return boto3.Session().client("s3", endpoint_url=endpoint_url, config=config)


def _key_or_nothing(name: str) -> str:
    try:
        return key_of(Sha256(name))
    except ValueError:
        return ""


@contextlib.contextmanager
def service_trouble(name: str) -> Iterator[None]:
    """What boto3 raises, as the store's errors.

    Raises:
        MissingFileError: there is no such object.
        TransientError: the service refused, or does not answer.
    """
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _MISSING_CODES:
            raise MissingFileError(f"no stored file {name}") from None
        raise TransientError(f"the S3 service refused: {error}") from error
    except BotoCoreError as error:
        raise TransientError(f"the S3 service does not answer: {error}") from error
