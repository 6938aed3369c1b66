"""How soon a cell that is run shows a form that can be used, and what a saved notebook grows by.

The time is compared with that of a widget of one button, by anywidget as ours, in the same run:
in a new kernel, imports included, and in one that has shown the same before. Of each, the least
time of all rounds counts: what else the machine has to do only ever adds to it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from common import ROOT, Table, must_be_root
from playwright.sync_api import sync_playwright

from tests.kit.browser.card import Card
from tests.kit.browser.front_ends import CHROMIUM_ARGUMENTS, Classic, FrontEnd, Lab, Notebook
from tests.kit.browser.notebook_servers import ClassicServer, LabServer, running
from tests.kit.machine.accounts import new_user

ROUNDS = 8
AGAIN = 5  # times in each round
# Seconds until nothing is left of the run before: the page has painted the empty cell, and has the
# kernel's answers. Else the next run pays for them, and a form leaves more of both than a button.
REST = 0.4
RATIO = 1.3  # times the button
GROWTH = 12.0  # KB of 1,024 bytes
COLAB_PYTHON = ROOT / ".venv-colab" / "bin" / "python"

BUTTON = '''
import anywidget

class Button(anywidget.AnyWidget):
    _esm = """
    export default {
      render({ el }) {
        const button = document.createElement("button");
        button.dataset.testid = "button";
        button.textContent = "Press";
        el.append(button);
      },
    };
    """

Button()
'''
OURS = "import colabwidget\ncolabwidget.ConnectWidget()"
CONNECTED = """
import colabwidget
colabwidget.ConnectWidget(
    user={user!r}, tunnel="direct", address="127.0.0.1", auto_connect=True
)
"""
# Milliseconds from the command to run cell `index` until the button `wanted` is on the screen.
RUN = """([cell, index, wanted]) => new Promise((done) => {
  const began = performance.now();
  const place = document.querySelectorAll(cell)[index];
  const look = () => {
    const button = place.querySelector(`[data-testid="${wanted}"]`);
    if (button?.getBoundingClientRect().height && !button.disabled) done(performance.now() - began);
    else requestAnimationFrame(look);
  };
  void rig.run(index);
  requestAnimationFrame(look);
})"""


def main() -> int:
    must_be_root()
    table = Table(f"A form that can be used, least of {ROUNDS}; a notebook that is saved")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS
        )
        with running(LabServer(Path(sys.executable), Path(folder, "lab"))) as server:
            lab = Lab(server, browser.new_context(viewport={"width": 1280, "height": 900}))
            add_times(table, lab)
            add_growth(table, lab)
        if COLAB_PYTHON.exists():
            with running(ClassicServer(COLAB_PYTHON, Path(folder, "classic"))) as server:
                add_growth(table, Classic(server, browser.new_context()))
        browser.close()
    return table.end()


def add_times(table: Table, lab: Lab) -> None:
    notebook = lab.open_notebook([BUTTON, BUTTON, OURS, OURS])
    run(notebook, 0, "button")  # what the page loads once is loaded by now
    rounds = [times(notebook) for _ in range(ROUNDS)]
    least = {name: min(found[name] for found in rounds) for name in rounds[0]}
    for kernel in ("new kernel", "the same again"):
        button, form = least[f"button, {kernel}"], least[f"form, {kernel}"]
        table.add(f"one button, {kernel}", button, "s")
        table.add(f"the form, {kernel}", form, "s")
        table.add(f"... {kernel}: ratio", form / button, "times the button", RATIO)


def times(notebook: Notebook) -> dict[str, float]:
    """Time both in a new kernel each, and more times in it."""
    found: dict[str, float] = {}
    for name, first, wanted in (("button", 0, "button"), ("form", 2, "connect")):
        notebook.restart_kernel()
        found[f"{name}, new kernel"] = run(notebook, first, wanted)
        again = [run(notebook, first + 1, wanted) for _ in range(AGAIN)]
        found[f"{name}, the same again"] = min(again)
    return found


def run(notebook: Notebook, index: int, wanted: str) -> float:
    """Return the seconds until a cell that is run shows its button."""
    notebook.page.evaluate("i => rig.panel().content.widgets[i].outputArea.model.clear()", index)
    notebook.wait_idle()
    time.sleep(REST)
    cell = notebook.front_end.cell
    return float(notebook.page.evaluate(RUN, [cell, index, wanted])) / 1000


def add_growth(table: Table, front_end: FrontEnd) -> None:
    """Compare the files of a notebook that shows a connection and of one that was never run."""
    server = front_end.server
    machine = server.machine(new_user())
    try:
        notebook = front_end.open_notebook([CONNECTED.format(user=machine.user)])
        notebook.save()
        before = notebook.path.stat().st_size
        notebook.run_cell(0)
        Card(notebook).wait_phase("connected")
        notebook.save()
        assert notebook.saved_widget_state(), "nothing of the widget was saved"
        grown = (notebook.path.stat().st_size - before) / 1024
        table.add(f"{server.name}: a saved notebook grows by", grown, "KB", GROWTH)
    finally:
        machine.end()


if __name__ == "__main__":
    sys.exit(main())
