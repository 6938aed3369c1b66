"""One word for one thing: words that were replaced do not come back, and prose names its subject.

The glossary is in docs/architecture.md.
"""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

import pytest

from tests.kit.sources import ROOT, tracked

#: Names that were replaced, and what is said now; patterns of regular expressions.
RETIRED = {
    r"\w*twin\w*": "login_environment",
    r"\w*knock\w*": "port_probe",
    r"\w*hand_over\w*": "client_commands",
    r"entrance": "loopback_command",
    r"ailing": "health_problem",
    r"broken(?=\(self)": "wait_failed",
    r"hope": "retry_now",
    r"keeper": "subreaper",
    r"kept(?=\()": "with_subreaper",
    r"tied_to_us": "die_with_backend",
    r"disown": "register_child",
    r"spared": "oom_protected",
    r"let_go_on": "procfs.resume_if_stopped",
    r"is_us": "peer_is_same_user",
    r"Surroundings|surroundings": "TunnelContext",
    r"\w*is_dice": "looks_random",
    r"undone_by_ctrl_c": "rollback_on_interrupt",
    r"UNASKED|\w*connect_unasked": "AUTO_CONNECT, auto_connect",
    r"\w*take_back": "restore_after_crash",
    r"_Calm": "AlwaysHealthy",
    r"lent|LENT_A_SECOND": "extra_credit",
    r"behind_answers|wait_for_quiet": "ipykernel_patches.delay_busy_status",
    r"keep_off_the_busy_shell": "route_replies_to_subshell",
    r"_OF_THE_WAY": "TUNNEL_OPTIONS",
    r"pause_longer": "back_off",
    r"_HERE|HERE": "NO_TUNNEL",
    r"Asides|LineUp|wishes": "Notices, Row, actions",
    r"TELL_BYTES|TELL_LATE|TYPED_MAX": "ACKNOWLEDGE_BYTES, ACKNOWLEDGE_DELAY, INPUT_WINDOW",
    r"take(?:Click|State|Details|Trait)": "applyClick, applyState, applyDetails, applyTrait",
    r"takeAlong|uncover": "keepInFullScreen, setOpen",
}
_NAMES = {re.compile(rf"\b(?:{name})\b"): said for name, said in RETIRED.items()}
_NO_SUBJECT = re.compile(r"\b(?:whoever|somebody|nobody|anybody|everybody)\b", re.IGNORECASE)
#: Sentences and terms that a user read once, and what they read now.
SAID_PLAINLY = {
    r"SSH and a desktop on the machine behind": "Open a terminal, VS Code or a Linux desktop on",
    r"that you will get in": "tests the connection before showing it",
    r"get into the notebook": "are never saved in the notebook",
    r"(?:goes|go) on over kernel": "survives kernel restarts",
    r"no password exists": "Password sign-in is then off",
    r"[Ww]here you are\b": "Choose your platform",
    r"What to click first": "Quick start",
    r"is not use of the notebook": "does not keep the runtime alive",
    r"\bruns the hub\b": "your hub admin",
    r"More ways in": "More apps",
    r"somebody else": "ngrok reuses addresses",
    r"[Nn]othing is opened to the outside": "entirely inside the notebook",
    r"Lands in": "Starts in folder",
    r"known_hosts line": "Trust this machine (known_hosts)",
    r"No word from": "Kernel not responding",
    r"not what you asked for": "You already have a session",
    r"no address for": "Cannot find (DNS failed)",
    r"foresaw|mistake of ours": "This is a bug in colabwidget",
    r"bits a pixel": "bits per pixel",
    r"A notebook's port": "Forward a port",
    r"(?:that|which) can be had": "that is available",
    r"is there afterwards": "has one",
}
_SENTENCES = {re.compile(words): said for words, said in SAID_PLAINLY.items()}
#: Said of a condition, which *if* says.
_WHERE = re.compile(
    r"(?:^\s*(?:- )?|[.;:] |\()Where (?![^.]*\?)|; where (?:a|it|no|that|there|they|your) "
)
#: Made from other files, or about the very words.
GENERATED = {"python.md", "test_words.py", "troubleshooting.md", "package-lock.json"}


def written(*patterns: str) -> list[Path]:
    """Return the files of the project that match, but for what is generated."""
    return [path for path in tracked(*patterns) if path.name not in GENERATED]


def code_of(path: Path) -> str:
    """Return a Python file's names and operators, without its strings and comments."""
    kept = []
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type in (tokenize.NAME, tokenize.OP):
            kept.append(token.string)
        elif token.type == tokenize.NEWLINE:
            kept.append("\n")
    return " ".join(kept).replace(" (", "(").replace("( ", "(")


def prose_of(path: Path) -> list[tuple[int, str]]:
    """Return a Python file's comments and docstrings, with the numbers of their lines."""
    found = []
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type == tokenize.COMMENT:
            found.append((token.start[0], token.string))
            continue
        starts = before in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
        if token.type == tokenize.STRING and starts:
            first = token.start[0]
            found += [(first + n, line) for n, line in enumerate(token.string.split("\n"))]
        if token.type != tokenize.NL:
            before = token.type
    return found


def names_of(text: str) -> list[str]:
    """Return the retired names in a text, each with what is said now."""
    return [
        f"{match.group()}: say {said}"
        for pattern, said in _NAMES.items()
        for match in pattern.finditer(text)
    ]


def test_no_retired_name_is_in_the_package() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in written("colabwidget/**.py", "colabwidget/*.py")
        for name in names_of(code_of(path))
    }
    assert not found


def test_no_retired_name_is_in_the_front_end() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in written("js/src/**.ts", "js/src/**.tsx")
        for name in names_of(path.read_text())
    }
    assert not found


def test_prose_in_the_code_names_its_subject() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in written("*.py")
        for number, line in prose_of(path)
        if _NO_SUBJECT.search(line)
    ]
    assert not found


def test_the_docs_name_their_subjects() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in written("*.md")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if _NO_SUBJECT.search(line)
    ]
    assert not found


def test_no_retired_sentence_is_where_a_user_reads_it() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match.group()}: say {said}"
        for path in tracked("*.md", "*.ipynb", "colabwidget/**.py", "js/src/**.ts", "js/src/**.tsx")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for words, said in _SENTENCES.items()
        if (match := words.search(line))
    ]
    assert not found


def test_a_condition_in_the_docs_begins_with_if() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in written("*.md")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if not line.startswith("#") and _WHERE.search(line)
    ]
    assert not found


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("- Where it fails, it says so.", True),
        ("It is tried; where that fails, too.", True),
        ("Where is it kept? Below.", False),
        ("It says where it is.", False),
    ],
)
def test_a_condition_is_found(line: str, is_found: bool) -> None:
    assert bool(_WHERE.search(line)) == is_found


@pytest.mark.parametrize(
    "text", ["def ensure_twin(", "port . knock(", "async def broken(self)", "HERE"]
)
def test_a_retired_name_is_found(text: str) -> None:
    assert names_of(text)


@pytest.mark.parametrize("text", ["broken(reason)", "keepers", "kept: bool", "there"])
def test_other_names_are_not(text: str) -> None:
    assert not names_of(text)


def test_prose_is_told_from_code(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        '"""Nobody."""\nname = "whoever"  # somebody\n\n\ndef f():\n    """Anybody."""\n'
    )
    assert [line for _, line in prose_of(path)] == ['"""Nobody."""', "# somebody", '"""Anybody."""']
    assert "whoever" not in code_of(path) and "name" in code_of(path)
