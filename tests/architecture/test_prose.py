"""Pages, errors and the card read as plain English: forms that a reader stumbles over stay away.

Words that were replaced are those of test_words.py.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.architecture.test_words import SAID_PLAINLY
from tests.kit.prose import CODE, paragraphs, sentences, texts
from tests.kit.sources import ROOT, tracked

#: Forms, and what is written instead.
FORMS = {
    **SAID_PLAINLY,
    r"\b(?:is|are|was|were) there(?! (?:a|an|any|no)\b)(?=$|[ .,;:)])": "exists, is shown, is open",
    r"\b(?:can(?:not)?|to|could) be had\b": "is available",
    r"\bthat which\b": "what",
    r"\bof which there\b": "with",
}
#: The verb before its subject, where the subject could come first.
INVERTED = (
    r"(?:^|[.:;] )(?:Nor|Never|Rarely|Seldom|Hardly|Not only|Only then)"
    r" (?:is|are|does|do|can|has|have|may|will)\b",
    r"(?:^|[.:;] )[A-Z][a-z]+ed (?:is|are) (?:the|an?|only|what)\b",
    r"(?:^|[.:;] )(?:With|From|In|On|To|Beside|Below|Behind|Between|Of)"
    r" (?:it|them|this|that|these|those) (?:comes?|goes|belongs?|stands?|lies?|are|is)\b",
)
_FORMS = {re.compile(form): said for form, said in FORMS.items()}
_FORMS |= {re.compile(form): "the subject first" for form in INVERTED}
#: Words of a sentence; one that has more is two sentences.
WORDS_MAX = 45
#: Names that headings have.
NAMES = {
    "Android",
    "Chromium",
    "CODE",
    "Classic",
    "Cloudflare",
    "Code",
    "Colab",
    "Connect",
    "DES",
    "Debian",
    "Desktop",
    "Docker",
    "Drive",
    "Firefox",
    "GPU",
    "GitHub",
    "Google",
    "HTTPS",
    "I",
    "JetBrains",
    "Jupyter",
    "JupyterHub",
    "JupyterLab",
    "Kaggle",
    "Linux",
    "Notebook",
    "OpenSSH",
    "PATH",
    "PuTTY",
    "Python",
    "SSH",
    "TCP",
    "TurboVNC",
    "VNC",
    "VS",
    "WebSocket",
    "WebKitGTK",
    "Windows",
    "XFCE",
}
PAGES = tracked("*.md")
CODE_WITH_TEXTS = [
    path
    for path in tracked("colabwidget/**.py", "js/src/**.ts", "js/src/**.tsx")
    if "static" not in path.parts
]


def stumbles(text: str) -> list[str]:
    """The forms in a text, each with what is written instead."""
    return [
        f"{found.group().strip()}: say {said}: {text[max(0, found.start() - 40) :][:90]}"
        for form, said in _FORMS.items()
        for found in form.finditer(text)
    ]


def capitals(heading: str) -> list[str]:
    """The words of a heading that have a capital, begin no sentence and are no names."""
    words = re.sub(r"^#+ (?:\d+\. )?|(?<=[.?!:] )\w+", "", heading).split()[1:]
    bare = [word.strip(".,;:?!()\"'").removesuffix("'s") for word in words]
    return [word for word in bare if word[:1].isupper() and word not in NAMES]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_has_none_of_the_forms(page: Path) -> None:
    found = [
        f"{page.relative_to(ROOT)}:{line}: {stumble}"
        for line, paragraph in paragraphs(page.read_text())
        for stumble in stumbles(paragraph)
    ]
    assert not found, "\n".join(found)


def test_errors_and_the_card_have_none_of_the_forms() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {stumble}"
        for path in CODE_WITH_TEXTS
        for line, text in texts(path)
        for stumble in stumbles(text)
    ]
    assert not found, "\n".join(found)


def test_the_examples_have_none_of_the_forms() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {stumble}"
        for path in tracked("examples/*.ipynb")
        for cell in json.loads(path.read_text())["cells"]
        if cell["cell_type"] == "markdown"
        for _, paragraph in paragraphs("".join(cell["source"]))
        for stumble in stumbles(paragraph)
    ]
    assert not found, "\n".join(found)


def test_headings_are_written_as_sentences() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {capitals(paragraph)}"
        for path in PAGES
        if path.name != "troubleshooting.md"  # made of errors, with names of their own
        for line, paragraph in paragraphs(path.read_text())
        if paragraph.startswith("#") and capitals(paragraph)
    ]
    assert not found, "\n".join(found)


def test_no_sentence_is_out_of_breath() -> None:
    counted = [
        (len(sentence.split()), f"{path.relative_to(ROOT)}:{line}", sentence[:60])
        for path in PAGES
        for line, paragraph in paragraphs(path.read_text())
        for sentence in sentences(paragraph)
    ]
    assert not [each for each in counted if each[0] > WORDS_MAX]


@pytest.mark.parametrize(
    ("markdown", "read"),
    [
        ("# A\ntext\nof two\n", ["# A", "text of two"]),
        ("- one\n  more\n- two\n", ["- one more", "- two"]),
        ("| a | b |\n| --- | --- |\n| `x y` | [c](d.md) |\n", ["a", "b", CODE, "c"]),
        ("```\ncode\n```\n> said\n> twice\n", ["said twice"]),
    ],
)
def test_a_page_is_read_as_paragraphs(markdown: str, read: list[str]) -> None:
    assert [text for _, text in paragraphs(markdown)] == read


@pytest.mark.parametrize(
    "text",
    [
        "A session that is\nthere.",
        "It cannot be had.",
        "Trusted are the system's keys.",
        "It works. Nor is it slow.",
        "An SSH session is not use of the notebook.",
    ],
)
def test_a_form_is_found_also_across_lines(text: str) -> None:
    ((_, paragraph),) = paragraphs(text)
    assert stumbles(paragraph)


@pytest.mark.parametrize("text", ["There is one.", "Is there a key?", "It is therefore so."])
def test_plain_sentences_pass(text: str) -> None:
    assert not stumbles(text)


def test_a_capital_in_a_heading_is_found() -> None:
    assert capitals("## Two Words") == ["Words"]
    assert not capitals("## 1. From Windows: A key")
