"""Files that clients send straight to a bucket, by a form that we signed (presigned POST)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from receipts.files import MissingFileError
from receipts.files.quarantine import Invitation, Quarantine
from receipts.files.s3 import client_for, place_of, service_trouble

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_FOLDER = "quarantine/"
_ENCRYPTION = "x-amz-server-side-encryption"


class S3Quarantine(Quarantine):
    """One object for each upload, beside the files that are kept."""

    def __init__(
        self, client: S3Client, signing: S3Client, *, bucket: str, prefix: str, encryption: str = ""
    ) -> None:
        self._client = client
        self._signing = signing
        self._bucket = bucket
        self._prefix = prefix + _FOLDER
        self._fields = {_ENCRYPTION: encryption} if encryption else {}

    @classmethod
    def from_url(
        cls, url: str, *, endpoint_url: str | None, public_url: str | None, encryption: str = ""
    ) -> S3Quarantine:
        """Beside the store at ``s3://BUCKET/PREFIX``.

        Args:
            url: the store's.
            endpoint_url: where we reach the service; None for Amazon's own.
            public_url: where clients reach it; None for the same.
            encryption: ``AES256`` or ``aws:kms``, without which the service takes no form; empty: as the
                bucket is set.

        Raises:
            ValueError: the URL is not of that form.
        """
        bucket, prefix = place_of(url)
        client = client_for(endpoint_url)
        signing = client if public_url in (None, endpoint_url) else client_for(public_url)
        return cls(client, signing, bucket=bucket, prefix=prefix, encryption=encryption)

    def invite(self, upload_id: str, *, size_bytes: int, life_s: int) -> Invitation:
        """By a policy that S3 itself holds the form against."""
        conditions = [{name: value} for name, value in self._fields.items()]
        with service_trouble(upload_id):
            made = self._signing.generate_presigned_post(
                Bucket=self._bucket,
                Key=self._prefix + upload_id,
                Fields=dict(self._fields),
                Conditions=[["content-length-range", size_bytes, size_bytes], *conditions],
                ExpiresIn=life_s,
            )
        return Invitation(made["url"], made["fields"])

    def fetch(self, upload_id: str, path: Path) -> bool:
        """Download it to `path`."""
        try:
            with service_trouble(upload_id):
                answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + upload_id)
                with path.open("wb") as file:
                    for block in answer["Body"].iter_chunks():
                        file.write(block)
        except MissingFileError:
            return False
        return True

    def remove(self, upload_id: str) -> None:
        """Remove it, if it is there."""
        with service_trouble(upload_id):
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + upload_id)

    def ids(self) -> Iterator[str]:
        """Of all that lies there."""
        pages = self._client.get_paginator("list_objects_v2")
        with service_trouble(_FOLDER):
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for each in page.get("Contents", ()):
                    yield each["Key"].removeprefix(self._prefix)
