"""A file sent to the session's folder, against JupyterLab's own upload of the same file.

Both in one JupyterLab, one browser and one run, in turns. Meanwhile a cell prints lines, and all of
them have to be on the page in the end.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from common import ROUNDS, Table, medians
from playwright.sync_api import Page, sync_playwright

from tests.kit.browser.files_view import FilesInCard
from tests.kit.browser.front_ends import CHROMIUM_ARGUMENTS, Lab
from tests.kit.browser.notebook_servers import LabServer, running
from tests.kit.waiting import eventually

SIZE = int(os.environ.get("SIZE", "200000000"))  # bytes
LINES = 6000
AGAINST_LAB = 1 / 0.6  # times its seconds

CARD = "import colabwidget\ncolabwidget.ConnectWidget(tunnel=None)"
# What JupyterLab's own button does with the files that it is given.
GIVEN = """() => {
  const input = document.body.appendChild(document.createElement("input"));
  Object.assign(input, { type: "file", id: "given", hidden: true });
}"""
UPLOAD = """() => {
  const files = [...jupyterapp.shell.widgets("left")].find(({ id }) => id === "filebrowser");
  // No dialogue about the size, which would wait for a click.
  files.model._shouldUploadLarge = async () => true;
  files.model.upload(document.getElementById("given").files[0]);
}"""
PRINT = f"""
import time
for number in range({LINES}):
    print(f"line {{number:05d}}")
    if number % 10 == 0:
        time.sleep(0.015)
"""


def main() -> int:
    table = Table(f"A file of {SIZE // 10**6} MB, medians of {ROUNDS} rounds")
    with (
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory() as folder,
        running(LabServer(Path(sys.executable), Path(folder, "lab"))) as server,
    ):
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS
        )
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        lab = Lab(server, context)
        notebook = lab.open_notebook([CARD, PRINT])
        notebook.run_cell(0)
        files = FilesInCard(notebook).open()
        notebook.page.evaluate(GIVEN)
        file = Path(folder, "file")
        rounds = []
        for number in range(ROUNDS):
            file = file.rename(Path(folder, f"file-{number}")) if number else file
            write(file)
            rounds.append(
                {
                    "theirs": by_lab(notebook.page, file, server.notebooks),
                    "ours": by_card(files, file, server.notebooks),
                }
            )
        values = medians(rounds)
        times = values["ours"] / values["theirs"]
        table.add("JupyterLab's own upload", SIZE / 1e6 / values["theirs"], "MB/s")
        table.add("from the card", SIZE / 1e6 / values["ours"], "MB/s")
        table.add("seconds against JupyterLab's", times, "times", AGAINST_LAB)
        lost = lost_lines(files, file, server.notebooks)
        table.add(f"lines of {LINES} that a cell printed meanwhile and the page lacks", lost, "", 0)
        browser.close()
    return table.end()


def write(file: Path) -> None:
    """Write what no round before had."""
    file.write_bytes(os.urandom(1_000_000) * (SIZE // 1_000_000))


def by_lab(page: Page, file: Path, folder: Path) -> float:
    """Return the seconds of an upload by JupyterLab's file browser."""
    place = folder / file.name
    page.set_input_files("#given", file)
    began = time.monotonic()
    page.evaluate(UPLOAD)
    eventually(lambda: place.exists() and place.stat().st_size == SIZE, seconds=120)
    took = time.monotonic() - began
    place.unlink()
    return took


def by_card(files: FilesInCard, file: Path, folder: Path) -> float:
    """Return the seconds of an upload from the card."""
    with files.page.expect_file_chooser() as chooser:
        files.root.get_by_test_id("choose-files").click()
    began = time.monotonic()
    chooser.value.set_files(file)
    eventually((folder / file.name).exists, seconds=120)
    took = time.monotonic() - began
    files.wait("done")
    (folder / file.name).unlink()
    return took


def lost_lines(files: FilesInCard, file: Path, folder: Path) -> int:
    """Return how many lines a page lacks that a cell has printed while a file was sent."""
    files.notebook.run_cell(1, wait=False)
    by_card(files, file, folder)
    files.notebook.wait_idle()
    printed = files.notebook.cell_output_text(1)
    return LINES - sum(f"line {number:05d}" in printed for number in range(LINES))


if __name__ == "__main__":
    sys.exit(main())
