"""The environment variables of the package: one table, from which all of them are read."""

from __future__ import annotations

import re

import pytest

from colabwidget.core import settings
from colabwidget.core.settings import SETTINGS
from colabwidget.ipc import launch
from tests.kit.machine.machine import ROOT

#: Variables that sessions get from us; nothing of ours reads its settings from them.
OF_SESSIONS = {
    "COLABWIDGET_FOLDER",
    "COLABWIDGET_PATH",
    "COLABWIDGET_SESSION",
    "COLABWIDGET_TERMINAL",
}
#: Read on the computers of users.
OF_USERS = {"COLABWIDGET_SERVER_TOKEN"}


def test_a_setting_has_its_default_where_the_variable_is_unset_or_empty() -> None:
    for environment in ({}, {"COLABWIDGET_IDLE_LIMIT": ""}, {"COLABWIDGET_IDLE_LIMIT": " "}):
        assert settings.IDLE_LIMIT.value(environment) == 300.0
    assert settings.DRIVE.value({}) == "/content/drive"


def test_a_setting_has_the_type_of_its_default() -> None:
    assert settings.PROBE_EVERY.value({"COLABWIDGET_PROBE_EVERY": "1"}) == 1.0
    assert settings.DRIVE.value({"COLABWIDGET_DRIVE": "/my drive"}) == "/my drive"
    with pytest.raises(ValueError, match="never"):
        settings.PROBE_EVERY.value({"COLABWIDGET_PROBE_EVERY": "never"})


def test_a_setting_that_is_set_is_told_from_one_with_its_default() -> None:
    for environment in ({}, {"COLABWIDGET_PROBE_EVERY": " "}):
        assert not settings.PROBE_EVERY.is_set(environment)
    assert settings.PROBE_EVERY.is_set({"COLABWIDGET_PROBE_EVERY": "60.0"})


def test_a_setting_reads_this_process_s_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLABWIDGET_NAME_WAIT", "2.5")
    assert settings.NAME_WAIT.value() == 2.5


def test_each_variable_in_the_sources_is_in_the_table_and_only_there() -> None:
    table = ROOT / "colabwidget" / "core" / "settings.py"
    names = {setting.name for setting in SETTINGS}
    assert len(names) == len(SETTINGS)
    for path in (ROOT / "colabwidget").rglob("*.py"):
        found = set(re.findall(r"(?<=\")COLABWIDGET_[A-Z_]+(?=\")", path.read_text()))
        assert found - OF_SESSIONS - OF_USERS == (names if path == table else set()), path


def test_the_backend_inherits_each_setting() -> None:
    assert {setting.name for setting in SETTINGS} < set(launch.INHERITED)
