"""Fixtures: real servers and a real browser. kit.browser has what a test does with them."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.kit.browser.front_ends import CHROMIUM_ARGUMENTS, Classic, FrontEnd, Lab, Notebook7
from tests.kit.browser.notebook_servers import (
    ClassicServer,
    LabServer,
    Notebook7Server,
    Server,
    running,
)
from tests.kit.browser.output_frames import Frames
from tests.kit.machine.accounts import new_user
from tests.kit.machine.machine import Machine

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "test-results"
COLAB_PYTHON = Path(
    os.environ.get("COLABWIDGET_COLAB_PYTHON", ROOT / ".venv-colab" / "bin" / "python")
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the distribution."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "no chromium on PATH: scripts/setup-tests.sh installs it"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own; pictures of its pages are kept where the test fails."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(LabServer(Path(sys.executable), tmp_path_factory.mktemp("lab"))) as server:
        yield server


@pytest.fixture(scope="session")
def notebook7_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("notebook7")
    with running(Notebook7Server(Path(sys.executable), home)) as server:
        yield server


@pytest.fixture(scope="session")
def classic_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not COLAB_PYTHON.exists():
        found = subprocess.run([ROOT / "scripts" / "find-python.sh", "3.13"], capture_output=True)
        assert found.returncode, "Python 3.13 is here but .venv-colab is not: run `make test`"
        pytest.skip("Colab's packages need Python 3.13, and there is none on this machine")
    with running(ClassicServer(COLAB_PYTHON, tmp_path_factory.mktemp("classic"))) as server:
        yield server


@pytest.fixture
def lab(lab_server: Server, context: BrowserContext) -> Iterator[Lab]:
    """JupyterLab; kernels and all that they started end after the test."""
    yield Lab(lab_server, context)
    lab_server.clear()


@pytest.fixture
def notebook7(notebook7_server: Server, context: BrowserContext) -> Iterator[Notebook7]:
    """Notebook 7; cleared after the test as `lab` is."""
    yield Notebook7(notebook7_server, context)
    notebook7_server.clear()


@pytest.fixture
def classic(classic_server: Server, context: BrowserContext) -> Iterator[Classic]:
    """The classic Notebook 6.5 with Colab's packages; cleared after the test as `lab` is."""
    yield Classic(classic_server, context)
    classic_server.clear()


@pytest.fixture
def frames(classic_server: Server, context: BrowserContext) -> Iterator[Frames]:
    """Outputs in frames of another origin, kernels with Colab's packages; cleared as `lab` is."""
    yield Frames(classic_server, context)
    classic_server.clear()


@pytest.fixture(params=["lab", "classic"])
def front_end(request: pytest.FixtureRequest) -> FrontEnd:
    """Either front end: a test that takes this runs in both."""
    found: FrontEnd = request.getfixturevalue(request.param)
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    front_ends = [v for v in getattr(item, "funcargs", {}).values() if isinstance(v, FrontEnd)]
    # Now, since no page shows the same once the server has been cleared.
    for front_end in front_ends if report.failed else ():
        name = re.sub(r"[^\w.-]+", "_", item.name)
        for number, page in enumerate(front_end.context.pages):
            page.screenshot(path=RESULTS / f"{name}-{number}.png")
        report.sections.append(("page errors", "\n".join(front_end.errors)))
        report.sections.append(("server log", front_end.server.log_tail()))
    return report


@pytest.fixture
def here(front_end: FrontEnd) -> Iterator[Machine]:
    """The colabwidget of the front end's server: its account, its agent, its backend."""
    if os.geteuid() != 0:
        pytest.skip("makes accounts, which takes root")
    machine = front_end.server.machine(new_user())
    yield machine
    machine.end()


@pytest.fixture
def ends() -> Iterator[list[Machine]]:
    """Ends the desktops that the front ends of a test have started."""
    machines: list[Machine] = []
    yield machines
    for machine in machines:
        machine.end()
