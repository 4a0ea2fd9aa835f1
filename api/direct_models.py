"""Shapes of uploads that go straight to the place of the files."""

from __future__ import annotations

from datetime import datetime

from pydantic import ConfigDict, Field

from api.models import Shape
from api.plain_text import PlainText


class DirectUploadWish(Shape):
    """A file that a client wants to send past our servers."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"file_name": "receipt.jpg", "size_bytes": 812_331}]}
    )
    file_name: PlainText = Field("", max_length=255, examples=["receipt.jpg"])
    size_bytes: int = Field(ge=1, le=2**53, description="Just so many bytes are taken.", examples=[812_331])


class DirectUpload(Shape):
    """Where to send it, as a form."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "upl_...",
                    "url": "https://receipts.s3.amazonaws.com/",
                    "fields": {"key": "originals/quarantine/upl_...", "policy": "..."},
                    "file_field": "file",
                    "form_expires_in_s": 3600,
                    "expires_at": "2026-11-21T10:00:00Z",
                }
            ],
        }
    )
    id: str = Field(description="Named in `uploads` of `POST /v1/submissions` once the file is sent.")
    url: str = Field(description="Takes a POST of multipart/form-data; no `Authorization`.")
    fields: dict[str, str] = Field(description="Sent first, each as it is.")
    file_field: str = Field(description="The file's field, sent last.", examples=["file"])
    form_expires_in_s: int = Field(description="Until when the file may be sent.", examples=[3600])
    expires_at: datetime = Field(description="Until when it may be submitted.")
