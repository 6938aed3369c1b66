"""Front ends in which the main story is told."""

from __future__ import annotations

from tests.kit.browser.story import ALL, FrontEndRow

WITHOUT_A_RESTART = tuple(name for name in ALL if name != "restart")
WITHOUT_A_RELOAD = tuple(name for name in ALL if name != "reload")

TOLD = [
    FrontEndRow(
        "vscode8",
        "VS Code, ipywidgets 8",
        WITHOUT_A_RELOAD,
        "its own widget manager (`@vscode/jupyter-ipywidgets8` 1.0.9) in a page of the tests' "
        "that hosts it as its webview does; its notebooks lose their widgets with their window.",
    ),
    FrontEndRow(
        "vscode7",
        "VS Code, ipywidgets 7",
        WITHOUT_A_RELOAD,
        "the same with `@vscode/jupyter-ipywidgets7` 2.0.4 and Colab's packages in the kernel.",
    ),
    FrontEndRow(
        "voila",
        "Voila 0.5.13",
        WITHOUT_A_RESTART,
        "each visit has a kernel of its own, which finds the session again.",
    ),
]
