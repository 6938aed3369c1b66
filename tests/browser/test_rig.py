"""The rig itself: a small widget works in both front ends, and so does what surrounds it."""

import pytest
from playwright.sync_api import expect

from tests.kit.browser.front_ends import FrontEnd, Lab, Notebook

# All other tests here fail as well where the rig does; these say which part of it.
pytestmark = pytest.mark.slow

WIDGET = '''
import anywidget
import traitlets


class Echo(anywidget.AnyWidget):
    """Sends each click back with a number, and counts them in a synced trait."""

    _esm = """
    export function render({ model, el }) {
      const button = document.createElement("button");
      button.textContent = "Knock";
      button.addEventListener("click", () => model.send({ knock: 1 }));
      const answer = document.createElement("output");
      answer.textContent = `before: ${model.get("knocks")}`;
      model.on("msg:custom", ({ reply }) => (answer.textContent = reply));
      el.append(button, answer);
    }
    """
    knocks = traitlets.Int(0).tag(sync=True)

    def __init__(self):
        super().__init__()
        self.on_msg(self._knocked)

    def _knocked(self, _widget, content, _buffers):
        self.knocks += content["knock"]
        self.send({"reply": f"reply {self.knocks}"})


echo = Echo()
echo
'''


def knock(notebook: Notebook, answer: str) -> None:
    widget = notebook.widget_locator(0)
    widget.get_by_role("button", name="Knock").click()
    expect(widget.locator("output")).to_have_text(answer)


def test_a_widget_talks_with_its_kernel(front_end: FrontEnd) -> None:
    notebook = front_end.open_notebook([WIDGET, "print('knocks:', echo.knocks)\nprint(1 / 0)"])
    notebook.run_cell(0)
    knock(notebook, "reply 1")
    knock(notebook, "reply 2")
    notebook.run_cell(1)
    text = notebook.cell_output_text(1)
    assert text.startswith("knocks: 2\n")
    assert "ZeroDivisionError: division by zero" in text
    assert front_end.foreign_requests == []


def test_widget_state_is_saved_and_shown_again(front_end: FrontEnd) -> None:
    notebook = front_end.open_notebook([WIDGET])
    notebook.run_all()
    knock(notebook, "reply 1")
    assert notebook.save()["cells"][0]["outputs"]
    states = [model["state"] for model in notebook.saved_widget_state().values()]
    assert [state["knocks"] for state in states if "_esm" in state] == [1]

    notebook.reload()
    expect(notebook.widget_locator(0).locator("output")).to_have_text("before: 1")
    html = front_end.server.nbconvert(notebook.path, "--to", "html", "--stdout")
    assert "application/vnd.jupyter.widget-state+json" in html


def test_a_restarted_kernel_has_forgotten(front_end: FrontEnd) -> None:
    notebook = front_end.open_notebook([WIDGET, "'echo' in globals()"])
    notebook.run_all()
    assert notebook.cell_output_text(1) == "True"
    notebook.restart_kernel()
    notebook.run_cell(1)
    assert notebook.cell_output_text(1) == "False"
    notebook.run_cell(0)
    knock(notebook, "reply 1")


def test_a_page_may_use_the_clipboard_once_it_is_granted(lab: Lab) -> None:
    lab.grant_clipboard()
    page = lab.open_notebook([]).page
    page.evaluate("navigator.clipboard.writeText('copied')")
    assert page.evaluate("navigator.clipboard.readText()") == "copied"


DETACHED = """
import subprocess
child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
child.pid
"""


def test_children_that_detach_themselves_end_with_the_test(lab: Lab) -> None:
    notebook = lab.open_notebook([DETACHED])
    notebook.run_cell(0)
    child = int(notebook.cell_output_text(0))
    assert child in lab.server.processes()
    lab.server.clear()
    assert len(lab.server.processes()) == 1
    assert list(lab.server.runtime.iterdir()) == []
