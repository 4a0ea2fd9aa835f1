"""Settings: documented in one table, and a wrong one is named with what to set."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from ocr.engines import rapid
from pipeline.commands.care import doctor
from pipeline.commands.read import _load_engine
from pipeline.settings import SettingsError, load_settings
from pipeline.wiring import build

ROOT = Path(__file__).resolve().parents[2]


def test_the_table_of_settings_is_in_step() -> None:
    spec = importlib.util.spec_from_file_location("settings_page", ROOT / "tools" / "settings_page.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    said = (ROOT / "docs" / "settings.md").read_text()
    assert said == tool.page(), "run: python tools/settings_page.py"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TILLPOINTS_PORT", "0"),
        ("TILLPOINTS_SECRET_KEY", "short"),
        ("TILLPOINTS_OCR_ENGINE", "abacus"),
        ("TILLPOINTS_LEASE_S", "soon"),
        ("TILLPOINTS_LOG_LEVEL", "LOUD"),
        ("TILLPOINTS_DATABASE_URL", "mysql://host/name"),
        ("TILLPOINTS_DATABASE_URL", "foo"),
        ("TILLPOINTS_FILES_URL", "ftp://host"),
        ("TILLPOINTS_PUBLIC_URL", "example"),
        ("TILLPOINTS_STAGE_TIMEOUT_S", "500"),
        ("TILLPOINTS_PROT", "9"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load_settings()


def test_a_misspelt_setting_is_told_the_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLPOINTS_PROT", "9")
    with pytest.raises(SettingsError, match="did you mean TILLPOINTS_PORT"):
        load_settings()


@pytest.mark.parametrize("wished", ["true", "false"])
def test_files_are_read_in_what_is_set(monkeypatch: pytest.MonkeyPatch, wished: str) -> None:
    """Also by `tillpoints read`, which needs no other setting and so does not mind a wrong one."""
    monkeypatch.setattr(rapid, "computes_in_bfloat16", lambda: True)
    monkeypatch.setenv("TILLPOINTS_PORT", "0")
    monkeypatch.setenv("TILLPOINTS_OCR_BFLOAT16", wished)
    engine = _load_engine.__wrapped__("rapidocr")
    assert engine.version.endswith("+bf16") is (wished == "true")


def test_a_wrong_switch_is_named_where_files_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLPOINTS_OCR_BFLOAT16", "perhaps")
    with pytest.raises(SettingsError, match="TILLPOINTS_OCR_BFLOAT16"):
        _load_engine.__wrapped__("rapidocr")


def test_a_folder_that_cannot_be_made_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TILLPOINTS_DATA_DIR", str(tmp_path / "file" / "below"))
    with pytest.raises(SettingsError, match="TILLPOINTS_DATA_DIR"):
        build(load_settings())


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("TILLPOINTS_CHAINS_FILE", ""),
        ("TILLPOINTS_CHAINS_FILE", "chain = 5"),
        ("TILLPOINTS_CHAINS_FILE", "[["),
        ("TILLPOINTS_LOCALES_DIR", ""),
        ("TILLPOINTS_LOCALES_DIR", "locale ="),
    ],
)
@pytest.mark.parametrize("start", ["build", "doctor"])
def test_files_that_every_receipt_needs_are_tried_at_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, made: str, start: str
) -> None:
    path = tmp_path / "own"
    if made and name == "TILLPOINTS_LOCALES_DIR":
        path.mkdir()
        (path / "de-XX.toml").write_text(made)
    elif made:
        path.write_text(made)
    monkeypatch.setenv("TILLPOINTS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv(name, str(path))
    with pytest.raises(SettingsError, match=f"{name}=.*set no"):
        if start == "doctor":
            doctor()
        build(load_settings())


def test_the_secret_is_made_once_and_readable_by_its_owner_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TILLPOINTS_DATA_DIR", str(tmp_path))
    first, second = build(load_settings()).secret_key, build(load_settings()).secret_key
    assert first == second
    assert len(first) >= 32
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_settings_that_would_let_strangers_in_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {"ISSUER": "https://login.example.com", "CLIENT_ID": "x", "PROGRAMS": "sunny"}
    for change in (
        {"CLIENT_ID": ""},
        {"PROGRAMS": ""},
        {"ISSUER": "http://login.example.com"},
        {"ISSUER": "http://localhost:80"},
        {"ISSUER": "", "ONLY": "true"},
    ):
        with monkeypatch.context() as patch:
            for name, value in {**whole, **change}.items():
                patch.setenv(f"TILLPOINTS_OIDC_{name}", value)
            with pytest.raises(SettingsError, match="TILLPOINTS_OIDC"):
                load_settings()
