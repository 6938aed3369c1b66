"""A token in what was pasted: a command, a line of code, of a file, or of a page."""

from __future__ import annotations

import re

from colabwidget.core import pasted

_SIZE_MAX = 16_384  # characters in which a token is looked for
_EDGE = re.escape(pasted.QUOTES)
_VALUE = rf"[^\s{_EDGE},;(){{}}\[\]#]+"
# What names the token of a tunnel, and what may stand between that name and the token.
_AUTHTOKEN = rf"(?i)auth[_-]?token[{_EDGE}\])]*(?:\s+is)?[\s:=,({_EDGE}]+(?P<value>{_VALUE})"
_ANY_TOKEN = (
    rf"(?i)(?:token|ngrok\w*)[{_EDGE}\])]*(?:\s+is)?\s*[:=]\s*[({_EDGE}]*(?P<value>{_VALUE})"
)
_NAME_ONLY = rf"(?i)(?:^|[\s_-])auth[_-]?token(?:$|\s*[:=(][:=({_EDGE}\s]*$)"
_COMMENT = r"\s(?:#|//|<-|<=|←).*"
_WORD = r"[A-Za-z0-9_\-.]+"
_TOKEN_MIN = 16  # characters of a token

# Tokens of others by their beginning; what they open must not go to a tunnel's provider.
_OTHERS = {
    r"gh[pousr]_|github_pat_": "GitHub",
    "glpat-": "GitLab",
    r"hf_\w{20}": "Hugging Face",
    r"sk-[\w-]{16}": "OpenAI or Anthropic",
    r"(?:AKIA|ASIA)[A-Z0-9]{12}": "AWS",
    r"AIza[\w-]{20}|ya29\.": "Google",
    r"xox[abprs]-": "Slack",
    "tskey-": "Tailscale",
    "pypi-": "PyPI",
    r"npm_\w{20}": "npm",
    "eyJ": "another service, such as Cloudflare",
}


def value_of(text: str) -> str:
    """Return the token of what was pasted, and what stands beside it where that is unclear.

    Parameters
    ----------
    text
        ``ngrok config add-authtoken TOKEN``, ``authtoken: TOKEN`` in YAML or JSON, a variable of
        the environment, a call of Python, or the token itself, with quotes and a comment.

    Returns
    -------
    str
        Empty where a token is named and none is there.
    """
    text = pasted.clean(text[:_SIZE_MAX]).strip()
    lines = [line for line in text.split("\n") if not line.lstrip().startswith("#")]
    plain = "\n".join(lines) or text
    for pattern in (_AUTHTOKEN, _ANY_TOKEN):
        found = [*re.finditer(pattern, plain)]
        if likely := {each["value"]: each for each in found if _is_likely(each["value"])}:
            values = [*likely]
            following = re.match(rf"\s+({_WORD})(?=\s|$)", plain[likely[values[-1]].end() :])
            if following and len(following[1]) >= 6 and _is_part(following[1]):
                values.append(following[1])
            return " ".join(values)
        if found:
            return found[0]["value"]
    if re.search(_NAME_ONLY, plain) and re.search(r"[\s:=(]", plain) and "://" not in plain:
        return ""
    return re.sub(_COMMENT, "", plain)


def other_service(token: str) -> str:
    """Return whose token that is, for what surely is no tunnel's; empty otherwise."""
    return next((name for start, name in _OTHERS.items() if re.match(start, token)), "")


def _is_likely(value: str) -> bool:
    return len(value) >= _TOKEN_MIN and bool(re.fullmatch(_WORD, value))


def _is_part(word: str) -> bool:
    """Tell whether a word behind a token may be its rest, which a line end has cut off."""
    return bool(re.search(r"(?=.*\d).*[A-Za-z]|[a-z][A-Z]", word))
