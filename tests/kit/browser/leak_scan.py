"""The search for secrets in all places that a session could have put them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.kit.browser.card import Card, cell
from tests.kit.browser.front_ends import FrontEnd, Notebook
from tests.kit.machine.machine import Machine
from tests.kit.machine.tokens import find_in_files, find_in_processes

TMP = Path("/tmp")
#: All that is searched; docs/security.md has their number.
SINKS = (
    "notebook with widget state",
    "notebook as HTML",
    "home: IPython's history, workspaces, settings, logs of the server",
    "runtime and state directories",
    "/tmp",
    "command lines of all processes",
    "environments of all processes",
    "outputs of cells, in which every logger prints at DEBUG",
    "document of the page",
    "its fields",
    "localStorage and sessionStorage",
    "IndexedDB",
    "history of the tab",
    "address and state of the window",
    "cookies",
    "console of the page",
    "what the kernel sends to all of its clients",
)
# Every logger, and each that comes later, says all that it can.
LOUD = """
import io, logging
import colabwidget
import ipykernel.comm
heard = io.StringIO()
handlers = [logging.StreamHandler(heard), logging.StreamHandler()]
logging.basicConfig(level=logging.DEBUG, force=True, handlers=handlers)
loud = map(logging.getLogger, [*logging.root.manager.loggerDict])
for log in (*loud, get_ipython().kernel.log):
    log.setLevel(logging.DEBUG)
    if not log.propagate:
        log.addHandler(handlers[0])
"""
HEARD = 2  # the cell whose output is all that was logged
PRINT_HEARD = "print(heard.getvalue())"
KEPT = """
async () => {
  // A frame without an origin has no storage, and says so.
  const allowed = async (use) => {
    try {
      return await use();
    } catch {
      return null;
    }
  };
  const wait = (request) =>
    new Promise((resolve) => (request.onsuccess = request.onerror = () => resolve(request.result)));
  const databases = [];
  for (const { name } of (await allowed(() => indexedDB.databases())) ?? []) {
    const database = await wait(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const rows = database.transaction(store).objectStore(store);
      databases.push([await wait(rows.getAllKeys()), await wait(rows.getAll())]);
    }
    database.close();
  }
  const fields = [...document.querySelectorAll("input, textarea")].map(({ value }) => value);
  return {
    document: document.documentElement.outerHTML,
    fields: JSON.stringify(fields),
    storage: JSON.stringify(await allowed(() => [{ ...localStorage }, { ...sessionStorage }])),
    databases: JSON.stringify(databases),
    history: JSON.stringify(navigation.entries().map((entry) => [entry.url, entry.getState()])),
    state: JSON.stringify([history.state, location.href, window.name]),
  };
}
"""


def loud_card(front_end: FrontEnd, machine: Machine, *cells: str) -> Card:
    """The widget in a notebook whose kernel logs all that it can; the cells come below it."""
    front_end.grant_clipboard()
    notebook = front_end.open_notebook([LOUD, cell(machine), PRINT_HEARD, *cells])
    notebook.run_cell(0)
    notebook.run_cell(1)
    return Card(notebook, cell=1)


def places(machine: Machine) -> list[Path]:
    """Where anything could have been written: home (notebook, IPython's history, workspaces,
    settings and logs among it), the runtime directory, and /tmp."""
    return [machine.folder, Path(machine.environment["XDG_RUNTIME_DIR"]), TMP]


def leaks(
    machine: Machine, notebook: Notebook, secrets: list[str], *, whole: bool = True
) -> list[str]:
    """Where any of the secrets stands.

    Parameters
    ----------
    machine, notebook
        Those of the session.
    secrets
        What must be nowhere.
    whole
        Whether the notebook is saved, and written as HTML, before files are searched.
    """
    notebook.run_cell(HEARD)
    outputs = "".join(map(notebook.cell_output_text, range(HEARD + 1)))
    assert "handle_msg" in outputs, "messages must be logged for this to be a test"
    if whole:
        outputs += json.dumps(notebook.save())
        assert notebook.saved_widget_state(), "widget state must be saved for this to be a test"
        write_as_html(notebook.path)
    found = [str(path) for path in find_in_files(secrets, *places(machine))]
    found += find_in_processes(secrets)
    kept = kept_by_the_page(notebook)
    kept |= {"output": outputs, "console": "\n".join(notebook.front_end.errors)}
    for place, text in kept.items():
        found += [f"{place}: {secret[:4]}" for secret in secrets if secret in text]
    return found


def write_as_html(notebook: Path) -> None:
    """Write a notebook as `jupyter nbconvert` does, without the program's start each time."""
    from nbconvert import HTMLExporter  # it takes a second, and few tests search

    html, _ = HTMLExporter().from_filename(str(notebook))
    assert "handle_msg" in html, "the cells' outputs must be in it for this to be a test"
    notebook.with_suffix(".html").write_text(html)


def kept_by_the_page(notebook: Notebook) -> dict[str, str]:
    """All that the page holds for longer than it needs: what is drawn, filled in and stored."""
    kept: dict[str, str] = notebook.page.evaluate(KEPT)
    for frame in notebook.page.frames[1:]:
        for place, text in frame.evaluate(KEPT).items():
            kept[place] += text
    return kept | {"cookies": json.dumps(notebook.page.context.cookies(), default=str)}
