"""The widget from Python: its traits, what it shows itself in, its end."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import re
import threading
from pathlib import Path
from typing import Any

import ipywidgets
import pytest
import traitlets

from colabwidget import ColabWidgetError, ConnectWidget
from colabwidget.core.options import TEXTS, Options
from colabwidget.ipc import messages
from colabwidget.tunnels.registry import BUILT_IN
from colabwidget.widgets.option_traits import OptionTraits
from tests.kit.backend.fake_backend import PASSWORD, FakeBackend
from tests.kit.backend.widget_page import TOKEN
from tests.kit.waiting import eventually
from tests.kit.widgets import Make, page_sets, settled, threads

CHOICES = {
    "address": ("127.0.0.1", "two\nlines"),
    "server": ("ada@example.org:2222", "two\nlines"),
    "server_key": ("SHA256:abc", "two\nlines"),
    "identity": ("~/.ssh/id_ed25519", "two\nlines"),
    "mount_gdrive_to": ("drive", "two\nlines"),
    "mount_gdrive_from": ("My Drive/data", "two\nlines"),
    "tunnel": ("direct", "carrier pigeon"),
    "region": ("eu", "moon"),
    "user": ("ada", "Ada Lovelace"),
    "geometry": ("800x600", "800 by 600"),
    "depth": (16, 15),
    "idle_timeout": (0, -1),
    "session_timeout": (120, 50_000),
    "vnc": ("tigervnc", "ultravnc"),
    "ssh": (False, "perhaps"),
    "desktop": (True, None),
}
FOLLOWED = ("phase", "steps", "error", "host", "providers")

# Traits


@pytest.mark.parametrize("name", CHOICES)
def test_what_is_chosen_is_set_and_observed(make: Make, name: str) -> None:
    widget = make()
    news: list[Any] = []
    widget.observe(news.append, name)
    good, bad = CHOICES[name]

    setattr(widget, name, good)
    with pytest.raises(traitlets.TraitError):
        setattr(widget, name, bad)

    assert getattr(widget, name) == good
    assert [(change["name"], change["new"]) for change in news] == [(name, good)]
    assert getattr(make(**{"ssh": True, "desktop": False, name: good}), name) == good


@pytest.mark.parametrize(
    "name", [n for n, (_, bad) in CHOICES.items() if n not in ("ssh", "desktop")]
)
def test_what_cannot_be_is_refused_with_what_to_do(make: Make, name: str) -> None:
    widget = make()
    with pytest.raises(ColabWidgetError) as refused:
        setattr(widget, name, CHOICES[name][1])
    info = refused.value.info
    assert repr(CHOICES[name][1]) in str(refused.value) or name == "depth" or name in TEXTS
    assert info["title"] and info["remedy"]
    # IPython shows these lines and no traceback.
    assert info["remedy"] in refused.value._render_traceback_()
    with pytest.raises(ColabWidgetError) as at_once:
        make(**{name: CHOICES[name][1]})
    assert at_once.value.code == refused.value.code


@pytest.mark.parametrize("name", CHOICES)
def test_a_page_that_sets_what_cannot_be_changes_nothing(make: Make, name: str) -> None:
    widget = make()
    before = getattr(widget, name)
    other = "user" if name != "user" else "geometry"

    page_sets(widget, **{name: CHOICES[name][1], other: CHOICES[other][0]})

    assert (getattr(widget, name), getattr(widget, other)) == (before, CHOICES[other][0])
    page_sets(widget, **{name: CHOICES[name][0]})
    assert getattr(widget, name) == CHOICES[name][0]


@pytest.mark.parametrize("name", FOLLOWED)
def test_what_follows_the_backend_is_set_by_nobody_else(make: Make, name: str) -> None:
    widget = make()
    before = copy.deepcopy(getattr(widget, name))
    other: Any = {"phase": "connected", "error": {"code": "x"}, "host": {}}.get(name, [{}])

    with pytest.raises(traitlets.TraitError, match="read-only"):
        setattr(widget, name, other)
    with pytest.raises(traitlets.TraitError, match="read-only"):
        make(**{name: other})
    page_sets(widget, **{name: other})

    assert getattr(widget, name) == before


def test_a_region_stays_with_a_tunnel_that_has_it(make: Make) -> None:
    widget = make(region="eu")
    widget.tunnel = "direct"
    assert widget.region == "eu", "it is there again when ngrok is"
    widget.tunnel = "ngrok"
    assert widget.region == "eu"
    widget.tunnel = "direct"
    widget.region = "a place that ngrok does not know"
    widget.tunnel = "ngrok"
    assert widget.region == ""
    with pytest.raises(ColabWidgetError), widget.hold_trait_notifications():
        widget.region, widget.user = "moon", "ada"
    assert (widget.region, widget.user) == ("", "colab"), "both as they were"


def test_every_trait_is_documented() -> None:
    names = {*CHOICES, *FOLLOWED, "token_secret"}
    synced = {
        **OptionTraits.class_own_traits(sync=True),
        **ConnectWidget.class_own_traits(sync=True),
    }
    assert names == {name for name in synced if not name.startswith("_")}
    for name in names:
        assert synced[name].help.endswith("."), name
        described = rf"^ *(\w+, )*{name}(, \w+)* : "
        assert re.search(described, str(ConnectWidget.__doc__), re.MULTILINE), name


def test_the_traits_follow_a_session(make: Make, fake: FakeBackend) -> None:
    widget, phases = make(), []
    widget.observe(lambda change: phases.append((change["new"], widget.steps)), "phase")
    step = {"name": "check", "title": "Check", "status": "running"}
    options = {**Options().as_dict(), "tunnel": "direct", "user": "ada"}
    fake.change(phase="working", steps=[step], options=options)
    eventually(lambda: widget.phase == "working")
    fake.change(phase="failed", error=ColabWidgetError("no_network").info)
    eventually(lambda: widget.phase == "failed")

    assert widget.error["code"] == "no_network"
    assert (widget.tunnel, widget.user) == ("direct", "ada")
    assert [phase for phase, _ in phases] == ["working", "failed"]
    assert all(steps[0]["name"] == "check" for _, steps in phases), "they are there before"


def test_an_observer_that_fails_keeps_nobody_from_the_news(make: Make, fake: FakeBackend) -> None:
    widget = make()
    widget.observe(lambda change: 1 / 0, ["steps", "error"])
    fake.change(steps=[{"name": "check", "status": "done"}], phase="working")
    eventually(lambda: widget.phase == "working")
    fake.change(phase="failed", error=ColabWidgetError("no_network").info)
    eventually(lambda: widget.phase == "failed")


# Secrets


def test_neither_repr_nor_state_has_a_secret(make: Make, fake: FakeBackend) -> None:
    widget = make()
    fake.connected()
    eventually(lambda: widget.phase == "connected")
    assert repr(widget) == "<ConnectWidget ngrok, connected>"
    assert "<ConnectWidget ngrok" in repr(ipywidgets.VBox([widget]))
    connection = widget.connection
    assert connection and connection.ssh
    for text in (repr(widget), str(widget.get_state()), repr(connection), repr(connection.ssh)):
        assert PASSWORD not in text
    assert connection.ssh.password and connection.ssh.password.reveal() == PASSWORD


def test_it_is_not_copied(make: Make) -> None:
    widget = make()
    for way in (copy.copy, copy.deepcopy, pickle.dumps):
        # ipywidgets 8 has an answer of its own to the first two.
        with pytest.raises((TypeError, NotImplementedError)):
            way(widget)
    with pytest.raises(TypeError, match="not copied or pickled"):
        pickle.dumps(widget)
    widget.user = "ada"  # and is none the worse for it


# The connection, and waiting for it


def test_where_nothing_is_open_there_is_no_connection(make: Make, fake: FakeBackend) -> None:
    assert make().connection is None


def test_waiting_ends_with_the_connection(make: Make, fake: FakeBackend) -> None:
    widget = make()
    soon = threading.Timer(0.2, fake.connected)
    soon.start()
    connection = widget.wait(timeout=20)
    assert connection and connection.phase == "connected"
    assert widget.wait("connected", timeout=0) == connection


def test_waiting_ends_with_a_failure_and_with_its_time(make: Make, fake: FakeBackend) -> None:
    widget = make()
    with pytest.raises(TimeoutError, match="'idle', not 'connected'"):
        widget.wait(timeout=0.01)
    with pytest.raises(TimeoutError, match=r"'idle', not 'connected', after 0\.01 s"):
        widget.wait(0.01)
    with pytest.raises(ValueError, match="no phase 'up'"):
        widget.wait("up")
    for twice in (30, True):
        with pytest.raises(ValueError, match=f"no phase {twice}"):
            widget.wait(twice, timeout=30)
    fake.change(phase="failed", error=ColabWidgetError("no_network").info)
    with pytest.raises(ColabWidgetError) as failed:
        widget.wait(timeout=20)
    assert failed.value.code == "no_network"
    assert widget.wait("failed", timeout=20) is None


def test_waiting_ends_with_the_widget(make: Make) -> None:
    widget = make()
    threading.Timer(0.2, widget.close).start()
    with pytest.raises(RuntimeError, match="closed"):
        widget.wait(timeout=20)


def test_a_token_where_its_name_belongs_is_refused_and_not_repeated(make: Make) -> None:
    widget = make(token_secret="NGROK_AUTHTOKEN")
    assert widget.token_secret == "NGROK_AUTHTOKEN"
    for token in (TOKEN, f"cr_{TOKEN}", "ngrok config add-authtoken", "a" * 65):
        with pytest.raises(ColabWidgetError) as refused:
            widget.token_secret = token
        with pytest.raises(ColabWidgetError) as at_once:
            make(token_secret=token)
        page_sets(widget, token_secret=token)
        for error in (refused, at_once):
            assert error.value.code == "secret_name_invalid"
            assert token not in f"{error.value}{error.value.info}"
    assert widget.token_secret == "NGROK_AUTHTOKEN"
    widget.token_secret = ""


# Connecting without a click


def test_closing_ends_thread_and_socket_and_nothing_else(make: Make, fake: FakeBackend) -> None:
    fake.connected()
    widget = make()
    eventually(lambda: widget.phase == "connected")
    widget._handle_custom_msg({"type": "ready"}, [])  # so that nothing is sent unasked any more
    # The bridge, and what reads from the backend; the look for other packages' tunnels has ended.
    eventually(lambda: len(threads()) == 2)

    widget.close()
    widget.close()
    eventually(lambda: not threads())
    assert widget.comm is None
    assert repr(widget) == "<ConnectWidget ngrok, closed>"
    assert fake.snapshot.phase == "connected" and not fake.asked(messages.Disconnect)
    widget.user = "ada"
    show_nothing = widget._repr_mimebundle_
    assert show_nothing is None


def test_widgets_that_were_closed_leave_no_thread_and_no_file(
    make: Make, fake: FakeBackend
) -> None:
    before = len([*Path("/proc/self/fd").iterdir()])
    for _ in range(10):
        ConnectWidget().close()
    eventually(lambda: not threads())
    gc.collect()
    eventually(lambda: len([*Path("/proc/self/fd").iterdir()]) <= before)


def test_options_that_cannot_be_start_nothing(make: Make) -> None:
    wrong: list[dict[str, Any]] = [{"region": "moon"}, {"ssh": "perhaps"}, {"phase": "connected"}]
    for options in wrong:
        with pytest.raises((ColabWidgetError, traitlets.TraitError)):
            ConnectWidget(**options)
    gc.collect()
    assert not threads()


# Among others


def test_it_goes_along_with_other_widgets(make: Make, fake: FakeBackend) -> None:
    widget = make()
    region, label = ipywidgets.Dropdown(options=["", "eu", "us"]), ipywidgets.Label()
    traitlets.link((region, "value"), (widget, "region"))
    traitlets.dlink((widget, "phase"), (label, "value"))
    box = ipywidgets.VBox([region, widget, label])
    assert box.children[1] is widget

    region.value = "eu"
    assert widget.region == "eu"
    page_sets(widget, region="us")
    assert region.value == "us"
    fake.connected()
    eventually(lambda: label.value == "connected")


def test_the_tunnel_alone_needs_no_name(make: Make) -> None:
    assert make("cloudflare").tunnel == "cloudflare"
    with pytest.raises(TypeError):
        make("ngrok", "eu")


def test_providers_and_host_are_what_they_say(make: Make) -> None:
    widget = make()
    assert widget.providers == [each.as_dict() for each in BUILT_IN.values()]
    assert {"kind", "name", "root"} <= set(widget.host)


def test_what_a_page_takes_for_granted_is_neither_sent_nor_saved(make: Make) -> None:
    widget = make()
    synced = widget.get_state()["providers"]
    empty: dict[str, Any] = {
        "needs_token": False,
        "metered": None,
        "regions": [],
        "fields": [],
        "client": None,
    }
    for whole, part in zip(widget.providers, synced, strict=True):
        missing = {name: empty.get(name, "") for name in whole.keys() - part.keys()}
        read = {name: value for name, value in whole.items() if name in missing}
        assert missing == {**read, "client": None}
        assert [each.get("title") for each in part.get("regions", [])] == [
            each["title"] for each in whole["regions"]
        ]
    assert not {"architecture", "notice"} & set(widget.get_state()["host"])
    assert len(json.dumps(synced, indent=1)) < 3_200


def test_a_kernel_that_hears_pages_late_sends_what_shows_a_session_unasked(
    fake: FakeBackend, runtime: Path
) -> None:
    sent: list[dict[str, Any]] = []

    class Widget(ConnectWidget):
        def send(self, content: Any, buffers: Any = None) -> None:
            sent.append(content)

    def parts() -> list[object]:
        return [each["content"]["type"] for each in sent if each.get("kind") == "session"]

    widget = Widget()
    try:
        settled(widget)
        assert parts() == []
        fake.change(phase="connected")
        assert set(eventually(parts)) == {"bundle"}
    finally:
        widget.close()
    eventually(lambda: not threads())
