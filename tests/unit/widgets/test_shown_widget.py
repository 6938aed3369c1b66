"""What is shown of a widget where no page draws it."""

from __future__ import annotations

from colabwidget import ConnectWidget, Desktop, Terminal
from tests.kit.widgets import Make


def text_of(widget: ConnectWidget | Desktop | Terminal) -> str:
    data, _ = widget._repr_mimebundle_()
    return str(data["text/plain"])


def test_the_text_says_what_needs_no_widget(make: Make) -> None:
    text = text_of(make())
    assert text.startswith("<ConnectWidget ngrok, idle>\n")
    assert "colabwidget.connect()\n" in text
    assert text.endswith("python -m colabwidget connect")


def test_a_view_names_what_opens_the_same() -> None:
    for widget, python, command in (
        (Desktop(), "colabwidget.connect(desktop=True)", "connect --desktop"),
        (Terminal(), "colabwidget.connect()", "connect"),
    ):
        text = text_of(widget)
        assert f"{python}\n" in text
        assert text.endswith(command)
        widget.close()
