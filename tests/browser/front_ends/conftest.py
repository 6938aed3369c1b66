"""Front ends that only `make browsers` sets up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests.kit.browser.front_ends import Collaboration, Lab3
from tests.kit.browser.marimo import Marimo, MarimoApp, MarimoAppServer, MarimoServer
from tests.kit.browser.notebook_servers import (
    CollaborationServer,
    Lab3Server,
    Server,
    running,
)
from tests.kit.browser.voila import Voila, VoilaServer
from tests.kit.browser.vscode import PACKAGES, VSCode, VSCode7, VSCode8
from tests.kit.machine.machine import ROOT


def _needs(made: bool, what: str) -> None:
    if not made:
        pytest.skip(f"no {what}, which scripts/setup-browsers.sh makes")


@pytest.fixture
def vscode8(lab_server: Server, context: BrowserContext) -> Iterator[VSCode]:
    """VS Code's notebook; its kernels have the newest packages."""
    _needs((PACKAGES / "kernel.js").exists(), "managers of VS Code")
    yield VSCode8(lab_server, context)
    lab_server.clear()


@pytest.fixture
def vscode7(classic_server: Server, context: BrowserContext) -> Iterator[VSCode]:
    """VS Code's notebook; its kernels have Colab's packages."""
    _needs((PACKAGES / "kernel.js").exists(), "managers of VS Code")
    yield VSCode7(classic_server, context)
    classic_server.clear()


@pytest.fixture(scope="session")
def lab3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    python = ROOT / ".venv-lab3/bin/python"
    _needs(python.exists(), "JupyterLab 3.6, which needs Python 3.12")
    with running(Lab3Server(python, tmp_path_factory.mktemp("lab3"))) as server:
        yield server


@pytest.fixture
def lab3(lab3_server: Server, context: BrowserContext) -> Iterator[Lab3]:
    """JupyterLab 3.6."""
    yield Lab3(lab3_server, context)
    lab3_server.clear()


@pytest.fixture(scope="session")
def collaboration_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    python = ROOT / ".venv-collaboration/bin/python"
    _needs(python.exists(), "jupyter-collaboration")
    home = tmp_path_factory.mktemp("collaboration")
    with running(CollaborationServer(python, home)) as server:
        yield server


@pytest.fixture
def collaboration(collaboration_server: Server, context: BrowserContext) -> Iterator[Collaboration]:
    """JupyterLab 4 with jupyter-collaboration."""
    yield Collaboration(collaboration_server, context)
    collaboration_server.clear()


@pytest.fixture(scope="session")
def voila_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    python = ROOT / ".venv-voila/bin/python"
    _needs(python.exists(), "Voila")
    with running(VoilaServer(python, tmp_path_factory.mktemp("voila"))) as server:
        yield server


@pytest.fixture
def voila(voila_server: Server, context: BrowserContext) -> Iterator[Voila]:
    """Voila with the newest packages."""
    yield Voila(voila_server, context)
    voila_server.clear()


@pytest.fixture(scope="session")
def marimo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    python = ROOT / ".venv-marimo/bin/python"
    _needs(python.exists(), "marimo")
    with running(MarimoServer(python, tmp_path_factory.mktemp("marimo"))) as server:
        yield server


@pytest.fixture
def marimo(marimo_server: Server, context: BrowserContext) -> Iterator[Marimo]:
    """marimo with the newest packages."""
    yield Marimo(marimo_server, context)
    marimo_server.clear()


@pytest.fixture(scope="session")
def marimo_app_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    python = ROOT / ".venv-marimo/bin/python"
    _needs(python.exists(), "marimo")
    with running(MarimoAppServer(python, tmp_path_factory.mktemp("marimo-app"))) as server:
        yield server


@pytest.fixture
def marimo_app(marimo_app_server: Server, context: BrowserContext) -> Iterator[MarimoApp]:
    """marimo's run mode."""
    yield MarimoApp(marimo_app_server, context)
    marimo_app_server.clear()
