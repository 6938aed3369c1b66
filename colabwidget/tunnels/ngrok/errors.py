"""What the words of ngrok and of its agent mean."""

from __future__ import annotations

import re
from collections.abc import Sequence

from colabwidget.core.errors import ERRORS, ColabWidgetError

#: Codes that mean the same for a user.
SAME = {"121": "120"}

REFUSED = re.compile(r"ERR_NGROK_(\d+)")
NO_NETWORK = re.compile(
    r"no such host|network is unreachable|connection refused|i/o timeout|no route to host"
    r"|temporary failure in name resolution|server misbehaving",
    re.I,
)
_INTERCEPTED = re.compile(r"x509:|certificate signed by unknown authority", re.I)
_PROBLEM = re.compile(r'err="((?:[^"\\]|\\.)+)"')
# What util-linux's setpriv and choom say of a program that the system does not run.
_NOT_EXECUTED = re.compile(r"failed to execute (\S+): (.+)")
_SENTENCE = re.compile(r'(?:"err":\s*"|err="|on start: )([^"\\\n]+)')


def recognised(answer: str, log: Sequence[str]) -> ColabWidgetError | None:
    """Return the error that fits what the agent said; ``None`` where it said nothing of it.

    Parameters
    ----------
    answer
        What its API has answered; empty where it was not asked. Free of secrets.
    log
        Its last lines, free of secrets.
    """
    logged = "\n".join(log)
    if code := REFUSED.search(answer) or REFUSED.search(logged):
        return ngrok_error(code.group(1), _sentence(answer + logged))
    if _INTERCEPTED.search(logged):
        return ColabWidgetError("tls_intercepted", tunnel="ngrok", host="connect.ngrok-agent.com")
    if problem := _PROBLEM.search(logged):
        words = problem.group(1).replace('\\"', '"')[:200]
        if NO_NETWORK.search(words):
            return ColabWidgetError("no_network", reason=f"The ngrok agent says: {words}.")
        return ColabWidgetError("agent_exited", reason=f"It said: {words}.")
    if failed := _NOT_EXECUTED.search(logged):
        path, words = failed.groups()
        return ColabWidgetError("agent_unusable", reason=f"{words}.", path=path)
    return None


def exited(log: Sequence[str]) -> ColabWidgetError:
    """Return the error for an agent that has ended, with its last line."""
    if log:
        return ColabWidgetError("agent_exited", reason=f"It said: {log[-1][:160]}")
    return ColabWidgetError("agent_exited", reason="It ended at once and said nothing.")


def ngrok_error(number: str, said: str = "") -> ColabWidgetError:
    """Return the error for ``ERR_NGROK_<number>``.

    Parameters
    ----------
    number
        The digits behind ``ERR_NGROK_``.
    said
        ngrok's own sentence, free of secrets; shown for codes that are not in the table.
    """
    code = f"ngrok_{SAME.get(number, number)}"
    if code in ERRORS:
        return ColabWidgetError(code)
    reason = f"{said} (ERR_NGROK_{number})".strip()
    return ColabWidgetError("ngrok_other", reason=reason, page=f"err_ngrok_{number}")


def _sentence(said: str) -> str:
    """Return the first sentence of what ngrok said, without its frame."""
    match = _SENTENCE.search(said)
    return match.group(1).strip()[:200] if match else ""
