"""Files in a bucket of Amazon S3, or of a server that speaks its protocol."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING
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
_MISSING_CODES = frozenset({"404", "NoSuchKey"})


class S3Store(Store):
    """One object for each file. The server checks the content against the hash before it keeps it."""

    def __init__(self, client: S3Client, *, bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    @classmethod
    def from_url(cls, url: str, *, endpoint_url: str | None = None) -> S3Store:
        """A store at ``s3://BUCKET/PREFIX``; credentials and region as boto3 finds them.

        Raises:
            ValueError: the URL is not of that form.
        """
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc:
            raise ValueError("not an S3 address; write it as s3://BUCKET or s3://BUCKET/PREFIX")
        config = Config(
            connect_timeout=_CONNECT_TIMEOUT_S,
            read_timeout=_READ_TIMEOUT_S,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        )
        # A session of its own: boto3's default one is shared by the process and keeps its first credentials.
        client = boto3.Session().client("s3", endpoint_url=endpoint_url, config=config)
        prefix = parts.path.strip("/")
        return cls(client, bucket=parts.netloc, prefix=f"{prefix}/" if prefix else "")

    def exists(self, sha256: Sha256) -> bool:
        """Whether a file is stored under the hash."""
        try:
            with _service_trouble(sha256):
                self._client.head_object(Bucket=self._bucket, Key=self._key(sha256))
        except MissingFileError:
            return False
        return True

    def open(self, sha256: Sha256) -> IO[bytes]:
        """The file from its first byte, in memory: originals have at most some ten megabytes."""
        with _service_trouble(sha256):
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key(sha256))
            return io.BytesIO(answer["Body"].read())

    def _key(self, sha256: Sha256) -> str:
        return self._prefix + key_of(sha256)

    def _put(self, source: io.BufferedReader | io.BytesIO) -> Sha256:
        digest = hashlib.file_digest(source, "sha256")
        sha256 = Sha256(digest.hexdigest())
        if not self.exists(sha256):
            source.seek(0)
            with _service_trouble(sha256):
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=self._key(sha256),
                    Body=source,
                    ChecksumSHA256=base64.b64encode(digest.digest()).decode("ascii"),
                )
        return sha256


@contextlib.contextmanager
def _service_trouble(sha256: Sha256) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _MISSING_CODES:
            raise MissingFileError(f"no stored file {sha256}") from None
        raise TransientError(f"the S3 service refused: {error}") from error
    except BotoCoreError as error:
        raise TransientError(f"the S3 service does not answer: {error}") from error
