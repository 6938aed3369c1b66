"""What the command line says of a failure."""

from __future__ import annotations

import json

import pytest

from colabwidget.cli import main


def failure(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
    """The error that a command ends with, as programs and as people get it."""
    assert main([*arguments, "--json"]) == 1
    said = capsys.readouterr()
    printed = json.loads(said.out)
    assert printed["phase"] == "failed"
    error = printed["error"]
    sentences = [error[name] for name in ("title", "cause", "remedy", "link") if error[name]]
    assert said.err.splitlines()[-len(sentences) :] == sentences
    assert "Traceback" not in said.err
    return dict(error)
