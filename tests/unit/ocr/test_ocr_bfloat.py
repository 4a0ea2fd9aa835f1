"""A machine on which OpenVINO does not start reads all the same."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from ocr.engines import bfloat


class _Broken(ModuleType):
    """As an installation whose library is not there, or of another processor."""

    def __init__(self, error: Exception) -> None:
        super().__init__("openvino")
        self.error = error

    @property
    def Core(self) -> object:  # noqa: N802 - the library's own name
        raise self.error


@pytest.mark.parametrize(
    "error", [ImportError("no library"), OSError("a part is missing"), RuntimeError("no plugin")]
)
def test_one_that_does_not_start_is_told_and_left_alone(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(bfloat, "find_spec", lambda _: object())
    monkeypatch.setitem(sys.modules, "openvino", _Broken(error))
    with pytest.warns(RuntimeWarning, match="does not start.*Install it again"):
        assert not bfloat.computes_in_bfloat16.__wrapped__()


def test_one_that_is_not_there_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bfloat, "find_spec", lambda _: None)
    assert not bfloat.computes_in_bfloat16.__wrapped__()
