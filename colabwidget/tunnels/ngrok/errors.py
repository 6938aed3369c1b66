"""What the words of ngrok and of its agent mean."""

from __future__ import annotations

import re
from collections.abc import Sequence

from colabwidget.core.errors import ERRORS, ColabWidgetError

REFUSED = re.compile(r"ERR_NGROK_(\d+)")
NO_NETWORK = re.compile(
    r"no such host|network is unreachable|connection refused|connection reset|i/o timeout|\bEOF\b"
    r"|no route to host|temporary failure in name resolution|server misbehaving|deadline exceeded",
    re.I,
)
_INTERCEPTED = re.compile(r"x509:|certificate signed by unknown authority", re.I)
# A value of a line of the log (logfmt), or of the API's answer (JSON): quoted, with escapes.
_PROBLEM = re.compile(r'(?:err=|"err":\s*)"((?:[^"\\]|\\.)+)"', re.S)
_AT_START = re.compile(r"on start: (.+)", re.S)
_ESCAPE = re.compile(r"\\(.)", re.S)
_BREAKS = {"n": "\n", "r": "\n", "t": " "}
# What follows ngrok's sentences: the token that was given, and the code.
_APPENDIX = re.compile(r"\s*(?:Your authtoken:|ERR_NGROK_\d).*", re.S)
_SAID_MAX = 300  # characters
# What util-linux's setpriv and choom say of a program that the system does not run.
_NOT_EXECUTED = re.compile(r"failed to execute (\S+): (.+)")
# Of an agent before 3.16, which knows no version 3 of the configuration.
_OUTDATED = re.compile(r"(?:reading|parsing|invalid).*config.*(?:version|agent)", re.I)
_VERSIONS = re.compile(r'version "?([\w.+-]+?)"? is (?:too old|no longer supported)', re.I)
_LOWEST = re.compile(r'minimum supported agent version[^"]*"([\w.+-]+)"', re.I)


def recognised(answer: str, log: Sequence[str], agent: str = "") -> ColabWidgetError | None:
    """Return the error that fits what the agent said; ``None`` where it said nothing of it.

    Parameters
    ----------
    answer
        What its API has answered; empty where it was not asked. Free of secrets.
    log
        Its last lines, free of secrets.
    agent
        Path of its program.
    """
    logged = "\n".join(log)
    for words in (answer, logged):
        if codes := REFUSED.findall(words):
            return ngrok_error(codes[-1], sentences(words, codes[-1]), agent)
    if _INTERCEPTED.search(logged):
        return ColabWidgetError("tls_intercepted", tunnel="ngrok", host="connect.ngrok-agent.com")
    if problem := _PROBLEM.search(logged):
        words = _unescaped(problem.group(1))[:200]
        if NO_NETWORK.search(words):
            return ColabWidgetError("no_network", reason=f"The ngrok agent says: {words}.")
        return ColabWidgetError("agent_exited", reason=f"It said: {words}.")
    if failed := _NOT_EXECUTED.search(logged):
        path, words = failed.groups()
        return ColabWidgetError("agent_unusable", reason=f"{words}.", path=path)
    if _OUTDATED.search(logged):
        return ColabWidgetError("agent_outdated", agent=_taken(agent))
    return None


def exited(log: Sequence[str]) -> ColabWidgetError:
    """Return the error for an agent that has ended, with its last line."""
    if log:
        return ColabWidgetError("agent_exited", reason=f"It said: {log[-1][:160]}")
    return ColabWidgetError("agent_exited", reason="It ended at once and said nothing.")


def ngrok_error(number: str, said: str = "", agent: str = "") -> ColabWidgetError:
    """Return the error for ``ERR_NGROK_<number>``.

    Parameters
    ----------
    number
        The digits behind ``ERR_NGROK_``.
    said
        ngrok's own sentences, free of secrets; shown for codes that are not in the table.
    agent
        Path of the agent's program.
    """
    code = f"ngrok_{number}"
    if code in ERRORS:
        version, lowest = _VERSIONS.search(said), _LOWEST.search(said)
        return ColabWidgetError(
            code,
            agent=_taken(agent, version.group(1) if version else ""),
            lowest=lowest.group(1) if lowest else "that ngrok's page names",
            reason="it was not tried.",
        )
    reason = f"{said} (ERR_NGROK_{number})".strip()
    return ColabWidgetError("ngrok_other", reason=reason, page=f"err_ngrok_{number}")


def sentences(words: str, number: str = "") -> str:
    """Return what ngrok said, in one line, without the token and the code that follow.

    Parameters
    ----------
    words
        Lines of the agent's log, or an answer of its API: quoted values with escapes.
    number
        Digits of the code that it is about; empty for the first that says anything.
    """
    told = [match.group(1) for match in (*_PROBLEM.finditer(words), *_AT_START.finditer(words))]
    about = [each for each in told if f"ERR_NGROK_{number}" in each] if number else told
    for each in about or told:
        plain = _APPENDIX.sub("", _unescaped(each))
        return _shortened(" ".join(plain.split()))
    return ""


def _unescaped(value: str) -> str:
    return _ESCAPE.sub(lambda escape: _BREAKS.get(escape.group(1), escape.group(1)), value)


def _shortened(text: str) -> str:
    """Return whole sentences of a text, as far as there is room for them."""
    if len(text) <= _SAID_MAX:
        return text
    end = text.rfind(". ", 0, _SAID_MAX)
    return text[: end + 1] if end > 0 else text[:_SAID_MAX]


def _taken(path: str, version: str = "") -> str:
    """Return which agent was taken, as a sentence."""
    known = f"version {version}" if version else "of an unknown version"
    return f"The program {path or 'ngrok'} was taken, {known}."
