"""The table of options, and that every face takes its own from it."""

from __future__ import annotations

import runpy
import traceback
from pathlib import Path
from typing import Any

import pytest

import colabwidget
from colabwidget.core.options import OPTIONS, TEXTS, Options
from tests.kit.machine.machine import ROOT


def test_what_the_table_makes_is_what_is_there() -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "options.py"))["made"]()
    assert len(made) == 6
    for path, text in made.items():
        assert (ROOT / path).read_text() == text, "run make generate"


def test_each_option_says_in_one_sentence_what_it_is() -> None:
    for name, each in OPTIONS.items():
        assert each.name == name
        assert each.help[0].isupper() and each.help.endswith(".") and ". " not in each.help


@pytest.mark.parametrize("name", ["connect", "ConnectWidget", "Desktop"])
def test_a_misspelt_option_is_refused_with_the_nearest_name(name: str, runtime: Path) -> None:
    with pytest.raises(TypeError, match=r"no option geometri\. Did you mean geometry\?") as refused:
        getattr(colabwidget, name)(geometri="s3cret")
    assert isinstance(refused.value, colabwidget.ColabWidgetError)
    assert "s3cret" not in str(refused.value.info)


def test_a_name_that_is_near_none_is_told_the_options(runtime: Path) -> None:
    with pytest.raises(TypeError, match=r"The options are tunnel, region, .*token_secret"):
        unchecked: Any = colabwidget.connect
        unchecked(xyzzy=1)


def test_the_widget_says_how_a_token_is_given_and_repeats_none(runtime: Path) -> None:
    unchecked: Any = colabwidget.ConnectWidget
    with pytest.raises(TypeError) as refused:
        unchecked(token="".join(["2s3cret", "t0ken"]))
    error = refused.value
    assert isinstance(error, colabwidget.ColabWidgetError)
    for way in ("into the form", "token_secret=", "connect(token=...)"):
        assert way in error.info["remedy"]
    chain = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert "2s3crett0ken" not in "".join(chain.format()) + str(error.info)


def test_what_every_widget_takes_is_taken(runtime: Path) -> None:
    widget = colabwidget.ConnectWidget(layout={"width": "50%"})
    try:
        assert widget.layout.width == "50%"
    finally:
        widget.close()


def test_every_text_is_one_line() -> None:
    texts = {name for name, each in OPTIONS.items() if isinstance(each.default, str)}
    assert set(TEXTS) == texts - {"tunnel", "region", "public_key", "user", "geometry", "vnc"}
    for name in TEXTS:
        field: dict[str, Any] = {name: "a\nb"}
        with pytest.raises(colabwidget.ColabWidgetError, match="cannot be used"):
            Options(**field).checked()
