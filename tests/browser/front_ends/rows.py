"""Front ends, and the steps of the main story that are tried in each."""

from __future__ import annotations

from tests.kit.browser.story import ALL, FrontEndRow


def _but(*left_out: str) -> tuple[str, ...]:
    return tuple(name for name in ALL if name not in left_out)


#: Those of test_story.py, which takes their steps from here.
TOLD = [
    FrontEndRow("lab", "JupyterLab 4", ALL, "the newest of its packages."),
    FrontEndRow(
        "lab3",
        "JupyterLab 3.6.8",
        _but("reload"),
        "with Python 3.12; a page that is loaded again draws no widget, not even a slider of "
        "ipywidgets 8, until the cell is run.",
    ),
    FrontEndRow(
        "collaboration",
        "JupyterLab 4 with jupyter-collaboration 5.0.4",
        ALL,
        "alone, and with two people in one notebook: each page is told the details for itself.",
    ),
    FrontEndRow("notebook7", "Notebook 7", ALL, "the newest of its packages."),
    FrontEndRow(
        "classic",
        "classic Notebook 6.5.7",
        _but("themes"),
        "with Colab's packages; it has no dark theme.",
    ),
    FrontEndRow(
        "frames",
        "Colab's outputs, a double",
        _but("themes", "reload", "restart"),
        "a frame without an origin, with Colab's packages: a page of the tests' in Colab's place.",
    ),
    FrontEndRow(
        "vscode8",
        "VS Code, ipywidgets 8",
        _but("reload"),
        "its own widget manager (`@vscode/jupyter-ipywidgets8` 1.0.9) in a page of the tests' "
        "that hosts it as its webview does; its notebooks lose their widgets with their window.",
    ),
    FrontEndRow(
        "vscode7",
        "VS Code, ipywidgets 7",
        _but("reload"),
        "the same with `@vscode/jupyter-ipywidgets7` 2.0.4 and Colab's packages in the kernel.",
    ),
    FrontEndRow(
        "voila",
        "Voila 0.5.13",
        _but("restart"),
        "each visit has a kernel of its own, which finds the session again.",
    ),
    FrontEndRow(
        "marimo",
        "marimo 0.25.2",
        ALL,
        "`mo.ui.anywidget(colabwidget.ConnectWidget())` where notebooks are edited; a restart of "
        "the kernel loads the page again, which shows the session.",
    ),
    FrontEndRow(
        "marimo_app",
        "marimo 0.25.2, run mode",
        _but("restart"),
        "`marimo run`: each visit has a kernel of its own, which finds the session again.",
    ),
]
#: Those of test_other_browsers.py, which takes their steps from here, in its own order.
OTHER_BROWSERS = [
    FrontEndRow(
        name,
        title,
        ("connect", "terminal", "reload", "desktop", "disconnect"),
        f"in JupyterLab 4{more}.",
    )
    for name, title, more in (
        ("firefox", "Firefox ESR", ""),
        ("webkit", "WebKitGTK", "; the engine of Safari"),
    )
]
#: What cannot be had in a test.
NOT_TRIED = [
    FrontEndRow("colab", "Google Colab itself", says="tried with a double of its outputs, above."),
    FrontEndRow("kaggle", "Kaggle itself", says="only its packages and its secrets, by doubles."),
    FrontEndRow(
        "vscode", "VS Code's window", says="tried with its widget managers in a page, above."
    ),
    FrontEndRow(
        "hub", "JupyterHub behind a proxy", says="only addresses such as a hub's, without one."
    ),
    FrontEndRow("safari", "Safari itself", says="its engine is tried as WebKitGTK."),
]
