"""A desktop whose fonts lack the letters of its language speaks English, and no boxes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from colabwidget.desktops import fonts
from colabwidget.runtime.journal import Journal


def lister(folder: Path, said: str) -> str:
    """A program like fontconfig's, which has one answer to a question of a language."""
    path = folder / "fc-list"
    path.write_text(f'#!/bin/sh\ncase $1 in :lang=??) printf "%s" "{said}" ;; *) exit 1 ;; esac\n')
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    "environment",
    [
        {"LANG": "ja_JP.UTF-8"},
        {"LANG": "en_GB.UTF-8", "LC_ALL": "zh_CN.UTF-8"},
        {"LC_ALL": "", "LANG": "ko_KR"},
        {"LANG": "C.UTF-8", "LANGUAGE": "zh_TW:zh"},
    ],
)
def test_without_a_font_it_speaks_english(
    environment: dict[str, str], journal: Journal, tmp_path: Path
) -> None:
    assert asyncio.run(fonts.spoken(environment, journal, lister(tmp_path, ""))) == {
        "LANGUAGE": "en"
    }
    assert "fonts-noto-cjk" in (tmp_path / "journal.log").read_text()


@pytest.mark.parametrize("language", ["", "C.UTF-8", "de_DE.UTF-8", "kok_IN", "zhx"])
def test_other_languages_stay(language: str, journal: Journal, tmp_path: Path) -> None:
    assert asyncio.run(fonts.spoken({"LANG": language}, journal, lister(tmp_path, ""))) == {}


def test_with_a_font_its_language_stays(journal: Journal, tmp_path: Path) -> None:
    found = lister(tmp_path, "/usr/share/fonts/a.ttc")
    assert asyncio.run(fonts.spoken({"LANG": "ja_JP.UTF-8"}, journal, found)) == {}
    assert asyncio.run(fonts.spoken({"LANG": "ja_JP.UTF-8"}, journal, "/no/fc-list")) == {}
