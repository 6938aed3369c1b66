"""Locales that the machine has, as its own programs find them."""

from __future__ import annotations

import os
import subprocess

import pytest

from colabwidget.hosts.environment import session_environment
from colabwidget.system.locales import is_locale


@pytest.mark.parametrize("name", ["C", "POSIX", "C.UTF-8", "xx_XX.UTF-8", "en_US.UTF-8", "", "ä/b"])
def test_a_locale_is_one_where_the_system_s_shell_takes_it(name: str) -> None:
    said = subprocess.run(
        ["bash", "-c", ":"],
        env={"LC_ALL": name, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    ).stderr
    assert is_locale(name) is not ("cannot change locale" in said)


def test_a_session_has_no_locale_that_shells_complain_of() -> None:
    taken = session_environment(
        {"LANG": "xx_XX.UTF-8", "LC_ALL": "yy_YY", "LC_CTYPE": "C", "LANGUAGE": "de"}
    )
    assert (taken["LANG"], taken["LC_ALL"], taken["LC_CTYPE"]) == ("C.UTF-8", "C.UTF-8", "C")
    assert taken["LANGUAGE"] == "de"
