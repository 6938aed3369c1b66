"""The tunnels to choose from: this package's own, and those that other packages bring."""

from __future__ import annotations

import importlib.metadata
import itertools
import json
import os
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from colabwidget import ConnectWidget, hosts, tunnels
from colabwidget.core.errors import ERRORS, ColabWidgetError
from colabwidget.core.errors.catalog import GROUPS
from colabwidget.core.options import OPTIONS, Options
from colabwidget.kernel import bridge
from colabwidget.tunnels import registry, validation
from colabwidget.tunnels.cloudflare.spec import SUMS, VERSION
from colabwidget.tunnels.registry import BUILT_IN, ORDER
from colabwidget.tunnels.spec import TunnelForm, TunnelSpec, field
from tests.kit.machine.machine import ROOT
from tests.kit.waiting import eventually

Install = Callable[..., Path]

MODULE = """
from colabwidget.tunnels.spec import TunnelSpec, field
class Boat:
    spec = {spec}
"""
_NUMBERS = itertools.count()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a package that brings one tunnel, of the given names and description."""

    def install(name: str = "boat", spec: str = "", source: str = "", target: str = "Boat") -> Path:
        module = f"boats_{next(_NUMBERS)}"
        folder = tmp_path / module
        information = folder / f"{module}-1.0.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\n")
        point = f"[{registry.GROUP}]\n{name} = {module}:{target}\n"
        (information / "entry_points.txt").write_text(point)
        described = spec or f'TunnelSpec("{name}", "Paper boat", "It floats.")'
        (folder / f"{module}.py").write_text(source or MODULE.format(spec=described))
        monkeypatch.syspath_prepend(folder)
        return folder

    yield install
    monkeypatch.undo()
    assert registry.known() == registry.BUILT_IN
    assert registry.unusable() == {}


def refusal(name: str) -> ColabWidgetError:
    with pytest.raises(ColabWidgetError) as caught:
        registry.find(name)
    return caught.value


# This package's own


@pytest.mark.parametrize("each", BUILT_IN.values(), ids=lambda each: each.name)
def test_each_says_what_a_form_needs(each: TunnelSpec) -> None:
    assert registry.find(each.name) == each
    assert TunnelSpec(**each.as_dict()).as_dict() == each.as_dict()
    assert each.title and each.hint.endswith(".")
    assert bool(each.token_url) == bool(each.token_secret) == each.needs_token
    for asked in each.fields:
        assert asked == field(**asked)
        assert hasattr(Options(), asked["name"]) and asked["label"]


def test_who_connects_through_cloudflare_is_told_how_to_get_its_program() -> None:
    client = BUILT_IN["cloudflare"].client
    assert client and client["name"] == "cloudflared"
    assert urlsplit(client["link"]).netloc == "developers.cloudflare.com"
    ways = {way["title"]: way["value"] for way in client["ways"]}
    assert ways["macOS"] == "brew install cloudflared"
    assert ways["Windows"] == "winget install --id Cloudflare.cloudflared"
    for title, architecture in (("Linux", "amd64"), ("Linux on ARM", "arm64")):
        assert f"/releases/download/{VERSION}/cloudflared-linux-{architecture} " in ways[title]
        assert f"echo '{SUMS[architecture]}  cloudflared' | sha256sum -c" in ways[title]
        assert ways[title].startswith("curl -fsSL https://github.com/cloudflare/cloudflared/")
    assert [name for name, each in BUILT_IN.items() if each.client] == ["cloudflare"]


def test_offers_are_the_others_that_need_no_account() -> None:
    offered = [each["options"]["tunnel"] for each in registry.offers("ngrok")]
    assert offered == ["cloudflare", "relay", "direct", "through"]
    on_colab = {"COLAB_RELEASE_TAG": "1"}
    offered = [each["options"]["tunnel"] for each in registry.offers("ngrok", on_colab)]
    assert offered == ["cloudflare", "relay", "direct"]
    assert registry.offers("relay")[0] == {
        "title": "Use Cloudflare",
        "options": {"tunnel": "cloudflare"},
    }


@pytest.mark.parametrize("name", ["", "Boat", "a boat", "-boat", "b" * 33, "böat"])
def test_a_name_is_one_that_a_command_line_and_a_form_can_hold(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a tunnel"):
        TunnelSpec(name, "Boat", "It floats.")


def test_an_entry_that_a_spec_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="argument 'colour'"):
        TunnelSpec("boat", "Boat", "It floats.", colour="red")  # type: ignore[call-arg]


# Those of other packages


def test_packages_are_read_again_once_one_has_come_or_gone(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, later, reads = importlib.metadata.entry_points, time.time() + 3600, []
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # it would change the folder

    def count(**wanted: str) -> Any:
        reads.append(wanted)
        return read(**wanted)

    monkeypatch.setattr(importlib.metadata, "entry_points", count)
    monkeypatch.setattr(time, "time", lambda: later)
    folder = install()
    for _ in range(3):
        assert [*registry.known()] == [*BUILT_IN, "boat"]
    assert len(reads) == 1
    install("raft")
    for _ in range(3):
        assert {*registry.known()} == {*BUILT_IN, "boat", "raft"}
    assert len(reads) == 2
    shutil.rmtree(next(folder.glob("*.dist-info")))
    assert [*registry.known()] == [*BUILT_IN, "raft"]


def test_one_of_another_package_is_found_at_the_end(install: Install) -> None:
    install()
    assert [*registry.known()] == [*BUILT_IN, "boat"]
    assert registry.find("boat").title == "Paper boat"
    assert registry.load("boat").__name__ == "Boat"
    assert validation.checked(Options(tunnel="boat")).tunnel == "boat"
    assert registry.unusable() == {}


def test_one_that_came_after_the_first_look_is_found_by_its_name(install: Install) -> None:
    assert refusal("boat").code == "tunnel_unknown"
    install()
    assert registry.find("boat").name == "boat"


def test_one_that_was_removed_is_no_longer_among_them(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install()
    assert "boat" in registry.known()
    monkeypatch.undo()
    assert [*registry.known()] == [*BUILT_IN]
    assert refusal("boat").code == "tunnel_unknown"


def test_one_that_is_called_as_one_of_ours_takes_nothing_of_it(install: Install) -> None:
    install("ngrok")
    install("boat")
    assert [*registry.known()] == [*BUILT_IN, "boat"]
    assert registry.find("ngrok") == BUILT_IN["ngrok"]
    assert "a tunnel of colabwidget's own" in registry.unusable()["ngrok"]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"source": "import what_is_not_there"}, "No module named 'what_is_not_there'"),
        ({"source": "raise SystemExit('no boat today')"}, "SystemExit: no boat today"),
        ({"source": "def broken(:"}, "SyntaxError"),
        ({"target": "Ship"}, "has no attribute 'Ship'"),
        ({"source": "class Boat: pass"}, "has no attribute 'spec'"),
        ({"spec": "TunnelSpec(name='boat')"}, "missing"),
        ({"spec": "{'name': 'boat'}"}, "its spec is no TunnelSpec"),
        ({"spec": "None"}, "TypeError"),
        ({"spec": "TunnelSpec('ship', 'S', 'H.')"}, "it calls itself ship, not boat"),
        (
            {"spec": "TunnelSpec('boat', 'B', 'H.', fields=[{'name': 'server'}])"},
            "label",
        ),
        (
            {"spec": "TunnelSpec('boat', 'B', 'H.', fields=[field('user', 'User')])"},
            "there is no option user for a field",
        ),
    ],
)
def test_a_broken_one_is_told_where_it_is_chosen_and_harms_no_other(
    install: Install, more: dict[str, str], reason: str
) -> None:
    install("boat", **more)
    install("raft")
    assert [*registry.known()] == [*BUILT_IN, "raft"]
    error = refusal("boat")
    assert (error.code, error.info["field"]) == ("tunnel_broken", "tunnel")
    assert re.search(re.escape(reason), error.info["cause"])
    assert "\n" not in error.info["cause"] and error.info["cause"].endswith(".")


def test_a_broken_one_that_was_mended_is_used(install: Install) -> None:
    folder = install("boat", source="import what_is_not_there")
    assert refusal("boat").code == "tunnel_broken"
    (module,) = folder.glob("*.py")
    module.write_text(MODULE.format(spec='TunnelSpec("boat", "Boat", "Mended.")'))
    assert "boat" in registry.known()
    assert registry.find("boat").hint == "Mended."


def test_the_form_has_it_a_moment_after_it_was_shown(
    install: Install, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "LOAD_REST", 0.01)
    install()
    seen: list[int] = []
    widget = ConnectWidget()
    widget.observe(lambda change: seen.append(len(change["new"])), "providers")
    try:
        eventually(lambda: [each["name"] for each in widget.providers] == [*BUILT_IN, "boat"])
        widget.tunnel = "boat"
        assert widget.tunnel == "boat"
    finally:
        widget.close()


def test_the_form_stays_as_it_is_where_no_package_brings_any(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "LOAD_REST", 0.01)
    told: list[list[TunnelForm]] = []
    made = bridge.Bridge(
        send=lambda content: None,
        on_snapshot=lambda snapshot: None,
        host=hosts.detect({}),
        add_python_options=lambda options: options,
        clicks_wait=False,
        on_providers=told.append,
    )
    made.start()
    looking = "colabwidget-tunnels"
    eventually(lambda: looking not in [thread.name for thread in threading.enumerate()])
    made.close()
    eventually(lambda: "colabwidget" not in [thread.name for thread in threading.enumerate()])
    assert told == []


def test_the_example_of_the_docs_is_the_package_s() -> None:
    source = (ROOT / "examples" / "tunnel-package" / "colabwidget_bore.py").read_text()
    pyproject = (ROOT / "examples" / "tunnel-package" / "pyproject.toml").read_text()
    text = (ROOT / "docs" / "tunnels.md").read_text()
    assert f"```python\n{source}```" in text
    assert f"```toml\n{pyproject}```" in text
    assert len(source[source.index("class ") :].splitlines()) < 40


# What other packages use


@pytest.mark.parametrize("name", tunnels.__all__)
def test_each_public_name_is_there(name: str) -> None:
    assert getattr(tunnels, name).__name__ == name
    assert name in dir(tunnels)


def test_another_name_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Ship'"):
        tunnels.Ship  # noqa: B018


def test_an_error_text_of_its_own_is_registered(install: Install) -> None:
    text = 'ErrorText("The boat leaks.", "It has a hole.", "Bail.", offers_tunnels=True)'
    errors = f'errors={{"A paper boat": {{"boat_leaks": {text}}}}}'
    install(
        source="from colabwidget.tunnels import ErrorText, TunnelSpec\n"
        f'class Boat:\n    spec = TunnelSpec("boat", "Boat", "It floats.", {errors})\n'
    )
    try:
        assert "boat" in registry.known()
        error = ColabWidgetError("boat_leaks")
        assert error.info["title"] == "The boat leaks." and error.text.offers_tunnels
        assert [*GROUPS["A paper boat"]] == ["boat_leaks"]
    finally:
        GROUPS.pop("A paper boat", None)
        ERRORS.pop("boat_leaks", None)


def test_an_error_text_of_ours_stays(install: Install) -> None:
    errors = 'errors={"B": {"internal": ErrorText("Nothing.", "No.", "None.")}}'
    install(
        source="from colabwidget.tunnels import ErrorText, TunnelSpec\n"
        f'class Boat:\n    spec = TunnelSpec("boat", "B", "H.", {errors})\n'
    )
    assert "there is an error internal already" in refusal("boat").info["cause"]


# Which options they ask for


def test_an_option_s_help_names_the_tunnels_that_ask_for_it() -> None:
    fields = {name: {field["name"] for field in BUILT_IN[name].fields} for name in ORDER}
    named = " and ".join(f"``{name}``" for name in ORDER if "server" in fields[name])
    assert registry.option_help(OPTIONS["server"]) == f"For {named}: the server."
    assert registry.option_help(OPTIONS["address"]).startswith("For ``direct``: the address")
    assert registry.option_help(OPTIONS["user"]) == OPTIONS["user"].help


def test_the_notebook_s_own_server_comes_first_where_its_address_is_known(tmp_path: Path) -> None:
    def first(**environment: str) -> str:
        return registry.in_order(BUILT_IN.values(), environment)[0].name

    nowhere = str(tmp_path)
    assert first(JUPYTER_RUNTIME_DIR=nowhere) == "ngrok"
    hub = {"JUPYTERHUB_SERVICE_PREFIX": "/user/me/", "JUPYTERHUB_API_URL": "http://hub/"}
    assert first(JUPYTER_RUNTIME_DIR=nowhere, **hub) == "through"
    file = tmp_path / "jpserver-1.json"
    file.write_text(json.dumps({"url": "http://host:8888/", "token": "t", "pid": os.getpid()}))
    assert first(JUPYTER_RUNTIME_DIR=nowhere) == "through"
    kaggle = {"KAGGLE_KERNEL_RUN_TYPE": "Interactive"}
    assert first(JUPYTER_RUNTIME_DIR=nowhere, **kaggle) == "ngrok"
    every = registry.in_order(BUILT_IN.values(), {**hub, "JUPYTER_RUNTIME_DIR": nowhere})
    assert [each.name for each in every] == sorted(ORDER, key="through".__ne__)
