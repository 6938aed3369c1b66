"""Pages that cannot draw widgets, since their server lacks anywidget's front end."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Route, expect

from colabwidget.kernel.undrawn_note import LACKING
from tests.browser.conftest import COLAB_PYTHON
from tests.kit.browser.environments import ServerEnvironment
from tests.kit.browser.front_ends import Classic, FrontEnd, Lab, Notebook, Notebook7
from tests.kit.browser.notebook_servers import (
    ClassicServer,
    LabServer,
    Notebook7Server,
    Server,
    running,
)

CONNECT = "import colabwidget\ncolabwidget.ConnectWidget()"
TERMINAL = "import colabwidget\ncolabwidget.Terminal()"
INSIDE = "import ipywidgets\nipywidgets.VBox([colabwidget.ConnectWidget()])"
NOTE = ".colabwidget-undrawn"
# A front end of a package that was installed a second ago is drawn within it, on a busy machine.
SOON_MS = 60_000

KINDS: dict[str, tuple[type[Server], type[FrontEnd]]] = {
    "lab": (LabServer, Lab),
    "notebook7": (Notebook7Server, Notebook7),
    "classic": (ClassicServer, Classic),
}


class Apart:
    """A front end whose server runs in an environment without anywidget."""

    def __init__(self, front_end: FrontEnd, environment: ServerEnvironment) -> None:
        self.front_end = front_end
        self.environment = environment


@pytest.fixture
def apart(
    request: pytest.FixtureRequest, context: BrowserContext, tmp_path: Path
) -> Iterator[Apart]:
    """The front end that the test's parameter names."""
    server_type, front_end = KINDS[request.param]
    python = COLAB_PYTHON if request.param == "classic" else Path(sys.executable)
    if not python.exists():
        pytest.skip("Colab's packages are not here")
    environment = ServerEnvironment(python, tmp_path / "server")
    with running(server_type(environment.python, tmp_path / "home")) as server:
        yield Apart(front_end(server, context), environment)


def note_of(notebook: Notebook, cell: int = 0) -> Locator:
    return notebook.cell_locator(cell).locator(NOTE)


def card_of(notebook: Notebook, cell: int = 0) -> Locator:
    return notebook.cell_locator(cell).get_by_test_id("connect")


def save(notebook: Notebook) -> str:
    """The notebook as it is on disk after a save; the classic one's with widgets would not end."""
    if notebook.front_end.name == "classic":
        notebook.page.evaluate("() => Jupyter.notebook.save_notebook()")
    else:
        notebook.save()
    return str(notebook.saved())


@pytest.mark.long
@pytest.mark.parametrize(
    "apart",
    [
        "lab",
        pytest.param("notebook7", marks=pytest.mark.slow),
        pytest.param("classic", marks=pytest.mark.slow),
    ],
    indirect=True,
)
def test_a_cell_says_what_its_server_lacks_until_a_page_can_draw(apart: Apart) -> None:
    notebook = apart.front_end.open_notebook([CONNECT, TERMINAL, INSIDE])
    notebook.run_cell(0)
    shown = time.monotonic()
    note = note_of(notebook)
    expect(note).to_be_visible(timeout=SOON_MS)
    assert time.monotonic() - shown > 2, "a page that can draw has some seconds"
    expect(note).to_contain_text("lacks anywidget's front end")
    expect(note).to_contain_text(str(apart.environment.folder))
    expect(note).to_contain_text(f"{apart.environment.python} -m pip install anywidget")
    expect(note).to_contain_text("colabwidget.connect()")
    expect(note).to_contain_text(f"{apart.environment.kernels_python} -m colabwidget connect")

    notebook.run_cell(2)
    expect(note_of(notebook, 2)).to_contain_text("pip install anywidget", timeout=SOON_MS)

    # An installation into the environment of a server that runs: the page is older.
    apart.environment.install_anywidget()
    notebook.run_cell(1)
    expect(note_of(notebook, 1)).to_contain_text("reload this page", timeout=SOON_MS)
    assert "colabwidget-undrawn" in save(notebook)

    # A page that is loaded later draws the cards, with what the notebook has kept of the notes.
    later = apart.front_end.open_file(notebook.path)
    expect(card_of(later)).to_be_visible(timeout=SOON_MS)
    expect(note_of(later)).to_be_hidden()
    expect(later.cell_locator(1).get_by_test_id("stream")).to_be_visible(timeout=SOON_MS)
    expect(note_of(later, 1)).to_be_hidden()
    # The older page is told.
    for cell in (0, 1, 2):
        expect(note_of(notebook, cell)).to_have_count(0, timeout=SOON_MS)
    assert "colabwidget-undrawn" not in save(notebook)


@pytest.mark.slow
def test_no_note_is_shown_where_the_card_is_only_late(lab: Lab) -> None:
    """The line is slow: what draws widgets takes longer than a cell waits where it is lacking."""
    held: list[Route] = []
    lab.context.route("**/labextensions/anywidget/static/*", lambda route: held.append(route))
    notebook = lab.open_notebook([CONNECT])
    notebook.run_cell(0)
    notebook.page.wait_for_timeout(LACKING * 1000 + 3000)
    expect(note_of(notebook)).to_have_count(0)
    lab.context.unroute("**/labextensions/anywidget/static/*")
    for route in held:
        route.continue_()
    expect(card_of(notebook)).to_be_visible(timeout=SOON_MS)
    expect(note_of(notebook)).to_have_count(0)
