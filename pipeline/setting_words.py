"""Settings that are one of a few words."""

from __future__ import annotations

from enum import Enum


class EngineName(Enum):
    """The OCR engines that `TILLPOINTS_OCR_ENGINE` may name."""

    RAPIDOCR = "rapidocr"
    TESSERACT = "tesseract"


class LogLevel(Enum):
    """How much is logged: lines of this weight and above."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class WorkerRole(Enum):
    """What a worker takes up."""

    ALL = "all"
    PICTURES = "pictures"
    LIGHT = "light"


class S3Encryption(Enum):
    """How the bucket's service itself encrypts what is put there."""

    BUCKETS = ""
    S3 = "AES256"
    KMS = "aws:kms"
