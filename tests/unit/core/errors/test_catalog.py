"""Every failure that a user can meet is explained in whole sentences with no gaps."""

from __future__ import annotations

import ast
import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

import colabwidget.tunnels.registry  # noqa: F401  registers the texts of the tunnels
from colabwidget.core.errors import ERRORS, ColabWidgetError
from colabwidget.core.errors.catalog.access import DRIVE, KEYS
from colabwidget.core.errors.catalog.desktop import DESKTOP
from colabwidget.core.errors.catalog.machine import MACHINE
from colabwidget.core.errors.catalog.options import OPTIONS
from colabwidget.core.errors.catalog.session import SESSION
from colabwidget.core.errors.catalog.tunnels import TUNNEL
from colabwidget.core.errors.text import ErrorText
from colabwidget.core.options import Options
from colabwidget.core.printable import spelled_out
from colabwidget.tunnels.ngrok.errors import ngrok_error
from tests.kit.sources import ROOT, tree

SOURCES = sorted((ROOT / "colabwidget").rglob("*.py"))
#: The texts that no tunnel brings.
OURS = (DRIVE, KEYS, DESKTOP, MACHINE, OPTIONS, SESSION, TUNNEL)
GAP = re.compile(r"\{(\w+)\}")
# Programs and makers that write their own names small.
SMALL = ("ngrok", "openssh-server", "apt-get", "colabwidget")
# Codes of ngrok are looked up by their number.
LOOKED_UP = {code for code in ERRORS if code.startswith("ngrok_")}
# Raised for a service that ends again and again, which brings its code along.
SUPERVISOR = "colabwidget/runtime/supervisor.py"
GONE = {code for code in ERRORS if code.endswith("_gone")}


def gaps(text: ErrorText) -> set[str]:
    return set(GAP.findall(text.title + text.cause + text.remedy + text.link + text.field))


def raises() -> Iterator[tuple[str, ast.Call]]:
    """Every place that makes an error, with where it is."""
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("ColabWidgetError", "UnknownOption")
            ):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def strings(node: ast.expr) -> Iterator[str]:
    """The sentences that an argument may be, as far as they stand there."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from strings(node.body)
        yield from strings(node.orelse)
    elif isinstance(node, ast.JoinedStr) and isinstance(node.values[-1], ast.Constant):
        yield f"X{node.values[-1].value!s}"


CALLS = list(raises())
NAMED = [
    (place, call) for place, call in CALLS if call.args and isinstance(call.args[0], ast.Constant)
]


def words(path: Path) -> set[str]:
    """The strings that stand in a file."""
    nodes = ast.walk(tree(path))
    return {str(node.value) for node in nodes if isinstance(node, ast.Constant)}


def code_of(call: ast.Call) -> str:
    assert isinstance(call.args[0], ast.Constant)
    return str(call.args[0].value)


@pytest.mark.parametrize("code", ERRORS)
def test_each_error_says_what_happened_why_and_what_to_do(code: str) -> None:
    text = ERRORS[code]
    for sentence in (text.title, text.cause, text.remedy):
        assert sentence == sentence.strip() != ""
        assert "!" not in sentence and "\n" not in sentence and "  " not in sentence
        assert sentence[0].isupper() or sentence.startswith(("{", *SMALL)), sentence
        assert sentence.endswith((".", "{reason}")), sentence
    assert len(text.title) <= 60
    assert not text.title.isupper() and not text.title.istitle()


@pytest.mark.parametrize(("code", "text"), [each for group in OURS for each in group.items()])
def test_each_sentence_has_a_subject_that_a_reader_knows(code: str, text: ErrorText) -> None:
    for sentence in (text.title, text.cause, text.remedy, text.usual):
        assert not re.search(r"\b(whoever|nobody|somebody|anybody|foresaw)\b", sentence.lower())


@pytest.mark.parametrize("code", ERRORS)
def test_a_cause_that_is_told_where_it_happens_is_explained_in_the_docs(code: str) -> None:
    text = ERRORS[code]
    assert bool(text.usual) == (text.cause == "{reason}")
    assert not GAP.search(text.usual) and text.usual[-1:] in ("", ".")


def test_the_page_on_troubleshooting_is_the_table() -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "troubleshooting.py"))
    written = (ROOT / "docs" / "troubleshooting.md").read_text()
    assert written == made["page"](), "run make generate"
    assert [code for code in ERRORS if f'<a id="{code}"></a>' not in written] == []
    assert not GAP.search(written)


@pytest.mark.parametrize("code", ERRORS)
def test_each_link_leads_to_a_page_and_each_field_to_an_option(code: str) -> None:
    text = ERRORS[code]
    if text.link and not GAP.fullmatch(text.link):
        link = urlsplit(text.link)
        assert link.scheme == "https" and link.netloc
    assert text.field in ("", "token", "{field}", *Options().as_dict())


@pytest.mark.parametrize(("place", "call"), NAMED, ids=[place for place, _ in NAMED])
def test_each_place_fills_exactly_the_gaps_of_its_texts(place: str, call: ast.Call) -> None:
    code = code_of(call)
    assert code in ERRORS
    given = {keyword.arg for keyword in call.keywords} - {"copy", "offers"}
    assert given == gaps(ERRORS[code])


@pytest.mark.parametrize(("place", "call"), NAMED, ids=[place for place, _ in NAMED])
def test_each_reason_is_a_sentence_too(place: str, call: ast.Call) -> None:
    if ERRORS[code_of(call)].cause != "{reason}":
        return
    for keyword in call.keywords:
        if keyword.arg == "reason":
            for sentence in strings(keyword.value):
                assert not sentence or (sentence[0].isupper() and sentence.endswith(".")), sentence
                assert "!" not in sentence


def test_all_places_name_their_code_themselves() -> None:
    assert [place for place, call in CALLS if not call.args] == []
    unnamed = {place.partition(":")[0] for place, _ in CALLS} - {
        place.partition(":")[0] for place, _ in NAMED
    }
    assert unnamed <= {SUPERVISOR}
    for place, call in CALLS:
        if place.startswith(SUPERVISOR):
            fields = {keyword.arg for keyword in call.keywords}
            assert all(gaps(ERRORS[code]) == fields for code in GONE)


def test_no_text_stands_there_for_nothing() -> None:
    texts = [path for path in SOURCES if path.parent.name == "catalog"]
    brought = set().union(*(words(path) for path in SOURCES if path not in texts)) & GONE
    raised = {code_of(call) for _, call in NAMED} | brought
    assert set(ERRORS) - LOOKED_UP - raised == set()


@pytest.mark.parametrize("code", ERRORS)
def test_an_error_with_all_its_fields_has_no_gap_left(code: str) -> None:
    fields: dict[str, Any] = dict.fromkeys(gaps(ERRORS[code]), "Word")
    error = ColabWidgetError(code, **fields)
    assert not GAP.search(json.dumps(error.info))
    assert error.code == error.info["code"] == code
    assert str(error) == " ".join(error.info[name] for name in ("title", "cause", "remedy"))


@given(st.text(), st.text())
def test_fields_stand_there_as_they_are(path: str, reason: str) -> None:
    error = ColabWidgetError("runtime_directory", path=path, reason=reason)
    assert error.info["title"] == spelled_out(f"The private directory {path} cannot be used.")
    assert error.info["cause"] == spelled_out(reason)


def test_braces_in_what_programs_say_are_not_filled_in_turn() -> None:
    error = ColabWidgetError("agent_unusable", reason="no {path} in {here}", path="/bin/ngrok")
    assert error.info["cause"] == "no {path} in {here}"


@pytest.mark.parametrize(
    "number", sorted(code.removeprefix("ngrok_") for code in LOOKED_UP - {"ngrok_other"})
)
def test_ngrok_s_codes_of_the_table_are_explained(number: str) -> None:
    error = ngrok_error(number, "what ngrok said")
    assert error.code == f"ngrok_{number}"
    assert f"ERR_NGROK_{number}" in error.info["cause"]
    assert "what ngrok said" not in str(error)


def test_an_unknown_code_of_ngrok_shows_its_sentence_and_its_page() -> None:
    error = ngrok_error("9999", "Your account is on holiday.")
    assert error.code == "ngrok_other"
    assert error.info["cause"] == "Your account is on holiday. (ERR_NGROK_9999)"
    assert error.info["link"] == "https://ngrok.com/docs/errors/err_ngrok_9999"
    assert ngrok_error("9999").info["cause"] == "(ERR_NGROK_9999)"


def test_a_notebook_shows_the_sentences_and_no_traceback() -> None:
    shown = ColabWidgetError("token_missing")._render_traceback_()
    info = ColabWidgetError("token_missing").info
    assert shown == [info["title"], info["cause"], info["remedy"], info["link"]]
    assert len(ColabWidgetError("cancelled")._render_traceback_()) == 3


def test_the_sources_were_found() -> None:
    assert len(SOURCES) > 20 and len(NAMED) > 50
    assert Path("colabwidget/core/options.py") in [path.relative_to(ROOT) for path in SOURCES]
