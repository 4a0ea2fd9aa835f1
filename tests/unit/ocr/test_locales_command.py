"""`tillpoints read` with a locale and with packs of one's own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.support import commands

PACK = """
locale = "en-XQ"
name = "English, Quend"
extends = "en"

[money]
currency = "XTS"
signs = ["Qd"]

[words]
total = 'Tallysum'
"""
RECEIPT = (
    "QUEND CORNER\nMILK  1.20\nBREAD  2.00\nTALLYSUM  Qd 3.20\nCASH  5.00\nCHANGE  1.80\n03/04/2019 10:00\n"
)


def tillpoints(*arguments: str) -> subprocess.CompletedProcess[str]:
    return commands.tillpoints("read", *arguments)


def test_packs_of_ones_own_are_read_and_an_open_date_shows_its_other_reading(tmp_path: Path) -> None:
    receipt, folder = tmp_path / "receipt.txt", tmp_path / "packs"
    folder.mkdir()
    receipt.write_text(RECEIPT)
    (folder / "en-XQ.toml").write_text(PACK)
    done = tillpoints(
        "--json", "--locales", str(folder), "--locale", "en-XQ", "--currency", "XTS", str(receipt)
    )
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)["receipt"]
    assert (read["total"], read["currency"], read["balanced"]) == ("3.20", "XTS", True)
    assert (read["date"], read["date_alternative"]) == ("2019-04-03", "2019-03-04")


def test_wrong_packs_and_locales_are_told_with_the_fix(tmp_path: Path) -> None:
    receipt = tmp_path / "receipt.txt"
    receipt.write_text(RECEIPT)
    (tmp_path / "en-XQ.toml").write_text(PACK.replace("currency", "curency"))
    wrong = tillpoints("--locales", str(tmp_path), str(receipt))
    assert wrong.returncode == 2
    assert "did you mean currency?" in " ".join(wrong.stderr.replace("│", " ").split())
    unknown = tillpoints("--locale", "de-QQ", str(receipt))
    assert unknown.returncode == 2
    assert "de-DE" in unknown.stderr


def test_a_folder_named_like_a_pack_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "packs" / "de-DE.toml").mkdir(parents=True)
    (tmp_path / "receipt.txt").write_text(RECEIPT)
    done = tillpoints("--locales", str(tmp_path / "packs"), str(tmp_path / "receipt.txt"))
    assert done.returncode == 2
    assert "cannot be read" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
