"""What clients may know of a session."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from colabwidget.backend.session_state import SessionState
from colabwidget.core.details import DesktopFacts, Details, ssh_details
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.core.snapshot import Snapshot
from tests.kit.backend.fake_backend import HOST_KEY

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKmQmIYjZSLkLMcUUYQ5vpJf8Wq0gMrQ3kEEBjJ5Tq2v me"
OPTIONS = Options(tunnel="relay", server="me@example.org", public_key=KEY)
DESKTOP = DesktopFacts(
    ":1", 5901, Secret("password"), Secret("lookonly"), "Toy VNC 1.0", "Mesa", ""
)


@pytest.fixture
def changes() -> list[str]:
    return []


@pytest.fixture
def state(changes: list[str]) -> SessionState:
    made = SessionState(lambda: changes.append(made.phase))
    return made


def details_at(port: int) -> Details:
    endpoint = Endpoint("example.org", port)
    ssh = ssh_details(endpoint, "colab", "/work", [HOST_KEY], None, verified=True)
    return Details("connected", "relay", endpoint, ssh)


def filled(state: SessionState) -> Snapshot:
    snapshot = Snapshot()
    state.fill(snapshot)
    return snapshot


def test_a_snapshot_has_the_options_but_no_pasted_key(state: SessionState) -> None:
    state.begin(OPTIONS)
    options = filled(state).options
    assert options and options["server"] == "me@example.org"
    assert "public_key" not in options
    assert state.options == OPTIONS


def test_the_phase_follows_the_table_and_each_change_is_announced(
    state: SessionState, changes: list[str]
) -> None:
    state.begin(OPTIONS)
    state.go("connect")
    state.show_details(details_at(2222))
    state.go("done")
    assert changes == ["working", "connected"]
    assert state.details and state.details.phase == "connected"
    with pytest.raises(KeyError):
        state.go("connect")


def test_other_options_are_refused_while_a_session_is_there(state: SessionState) -> None:
    other = replace(OPTIONS, user="somebody")
    state.check_connect(other)
    state.begin(OPTIONS)
    state.go("connect")
    state.check_connect(OPTIONS)
    with pytest.raises(ColabWidgetError) as caught:
        state.check_connect(other)
    assert caught.value.code == "session_running"
    assert "user colab" in caught.value.info["cause"]


def test_no_session_begins_while_another_is_being_closed(state: SessionState) -> None:
    state.begin(OPTIONS)
    state.go("connect")
    state.go("close")
    with pytest.raises(ColabWidgetError) as caught:
        state.check_connect(OPTIONS)
    assert caught.value.code == "session_closing"


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        ({"tunnel": "ngrok"}, True),
        ({"server": "me@example.net"}, True),
        ({"geometry": "1024x768"}, True),
        ({"user": "root"}, False),
        ({"public_key": ""}, False),
        ({"tunnel": "none"}, True),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else str(value),
)
def test_what_is_kept_fits_other_tunnels_and_desktops_only(
    state: SessionState, change: dict[str, Any], fits: bool
) -> None:
    state.begin(OPTIONS)
    assert state.fits_what_is_kept(replace(OPTIONS, **change)) is fits


def test_details_have_a_new_revision_with_each_change(state: SessionState) -> None:
    assert filled(state).details_revision == 0
    state.show_details(details_at(2222))
    assert not state.has_moved(details_at(2222))
    assert state.has_moved(details_at(2223))
    state.show_desktop(DESKTOP)
    state.show_desktop(DESKTOP)
    assert filled(state).details_revision == 2
    assert state.details and state.details.desktop and state.details.desktop.port == 5901
    state.show_desktop(None)
    assert filled(state).details_revision == 3
    assert state.details.desktop is None
    assert filled(state).endpoint == {**Endpoint("example.org", 2222).as_dict()}


def test_a_desktop_without_details_is_in_none(state: SessionState) -> None:
    state.show_desktop(DESKTOP)
    assert state.details is None and filled(state).details_revision == 0


def test_the_time_stands_still_once_connecting_has_ended() -> None:
    now = [100.0]
    state = SessionState(lambda: None, lambda: now[0])
    assert state.elapsed() == 0.0
    state.begin(OPTIONS)
    now[0] = 102.5
    assert state.elapsed() == 2.5
    state.stop_clock()
    now[0] = 110.0
    assert state.elapsed() == filled(state).elapsed == 2.5
    state.begin(OPTIONS)
    assert state.elapsed() == 0.0
    now[0] = 111.0
    assert state.elapsed() == 1.0
    state.clear()
    assert (state.elapsed(), state.options, state.error) == (0.0, None, None)
