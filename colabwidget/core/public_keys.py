"""The public keys that people sign in with: as lines, as a person's name, or as a file.

Keys come as people paste them: out of mails, chats, tables, commands, Markdown. What stands around
a key is left out where there is no doubt; the rest is refused with what it is. Nothing here opens
a file, asks the network or starts a program: `system.key_files` and `access.authorized_keys` do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from colabwidget.core import key_blob, key_lines, pasted
from colabwidget.core.errors import ColabWidgetError

#: Where people's keys can be had by name.
SITES = {"github": "github.com", "gitlab": "gitlab.com"}

SIZE_MAX = 65_536  #: characters of what is pasted, bytes of a file
_LINES_MAX = 100  # that a single key is wrapped into
# The expressions are compiled at their first use: a kernel that shows a form needs one of them.
_PRIVATE_KEY = (
    r"BEGIN [A-Z0-9 ]*PRIVATE KEY|PuTTY-User-Key-File|openssh-key-v1|b3BlbnNzaC1rZXktdjE"
    r"|AGE-SECRET-KEY-1"
)
_NAME = r"@?(?P<name>[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,98}[A-Za-z0-9_-])?)"
_SITE = rf"(?i)(?:{'|'.join(SITES)}):(?!//)"
_PERSON = rf"(?i)(?P<site>{'|'.join(SITES)}):\s*{_NAME}"
_PERSON_PAGE = rf"(?i)(?:https?://)?(?P<site>{'|'.join(SITES)})\.com/{_NAME}/?"
_PATH = r"(?:[~/]|\.{1,2}/).*|\S.*\.pub"
_SHOW = r"file://(?=/)|(?:[$!%>] *)?(?:cat|type|less|more|Get-Content|pbcopy)(?: *< *| +)"
# A line of a pasted private key may begin with a slash: it must not be taken for a path and named.
_BASE64 = r"[A-Za-z0-9+/=]{60,}"
# The line's end as a program writes it between quotes.
_ESCAPED_END = rf"(?m)(?:\\r)?\\n(?=[\"'\s]*(?:$|{key_lines.ANY_KEY}))"


class Person(NamedTuple):
    """A person whose keys a site has; ``str`` gives the form in which people write it."""

    site: str
    name: str

    @classmethod
    def parse(cls, line: str) -> Person | None:
        """Take ``github:NAME``, or the address of that page, apart; ``None`` for anything else."""
        if match := re.fullmatch(_PERSON, line):
            return cls(match["site"].lower(), match["name"])
        if match := re.fullmatch(_PERSON_PAGE, line):
            return cls(match["site"].lower(), match["name"].removesuffix(".keys"))
        return None

    def __str__(self) -> str:
        return f"{self.site}:{self.name}"


def checked(text: str) -> str:
    """Return clean lines, each a key, ``github:NAME``, ``gitlab:NAME`` or the path of a file.

    Parameters
    ----------
    text
        What was pasted; empty lines and comments are left out.

    Returns
    -------
    str
        Empty for an empty text.

    Raises
    ------
    ColabWidgetError
        ``public_key_private``, ``public_key_broken``.
    """
    lines = _lines(text)
    if not lines and pasted.visible(text).strip():
        raise key_lines.broken("It has only comments.")
    named = len(lines) > 1
    found = _read(lines, lambda number: f"Line {number}" if named else "It", whole=True)
    return "\n".join(dict.fromkeys(found))


def keys_of_file(text: str, path: str) -> list[str]:
    """Return the keys in the text of a file, such as ``id_ed25519.pub`` or ``authorized_keys``.

    Parameters
    ----------
    text
        All of it.
    path
        How an error names the file.

    Raises
    ------
    ColabWidgetError
        ``public_key_private``, ``public_key_broken``; nothing of a private key is in it.
    """
    lines = _lines(text)
    if not lines:
        raise key_lines.broken(f"{path} cannot be used: It has only comments.")
    return [*_read(lines, lambda number: f"Line {number} of {path}")]


def keys_in(text: str) -> tuple[list[str], int]:
    """Return the keys of what a site has answered, and how many lines cannot be used."""
    found: list[str] = []
    unusable = 0
    for line in _lines(text):
        try:
            found += _read([line], lambda _: "It")
        except ColabWidgetError:
            unusable += 1
    return found, unusable


def is_file(line: str) -> bool:
    """Tell whether a line is the path of a file: absolute, from home, from here, or ``….pub``."""
    if re.match(_SITE, line) or re.search(key_lines.ANY_KEY, line) or re.fullmatch(_BASE64, line):
        return False
    if re.match(r"\w+://", line) or not line.isprintable():
        return False
    return bool(re.fullmatch(_PATH, line)) and line.split()[0].lower() not in key_blob.KEY_TYPES


def is_inline(text: str) -> bool:
    """Tell whether a text has keys or names whose they are, and is not the name of a file."""
    text = pasted.clean(text).strip()
    return bool(
        re.search(f"{key_lines.ANY_KEY}|{_PRIVATE_KEY}|{key_lines.FINGERPRINT}", text)
        or re.match(_SITE, text)
        or re.fullmatch(f"{_PERSON_PAGE}|{_BASE64}", text)
    )


def _lines(text: str) -> list[tuple[int, str]]:
    """Return the lines that are no comments, with their numbers; a private key is refused."""
    small = text[: SIZE_MAX + 1]
    if re.search(_PRIVATE_KEY, text) or re.search(_PRIVATE_KEY, small := pasted.clean(small)):
        raise ColabWidgetError("public_key_private")
    if len(text) > SIZE_MAX:
        raise key_lines.broken(f"It has more than {SIZE_MAX >> 10} KiB.")
    found: list[tuple[int, str]] = []
    for number, line in enumerate(small.splitlines(), 1):
        if not line.strip().startswith("#"):
            # Keys whose line ends were lost are told apart.
            split = re.sub(_ESCAPED_END, "\n", line)
            split = re.sub(rf"(?<=\S)[\s,;]+(?={key_lines.ANY_KEY})", _new_line, split)
            for each in split.split("\n"):
                # A key's type that a line ends with belongs to the next line.
                if found and re.search(rf"(?i:(?:^|\s)(?:{key_lines.KINDS}))$", found[-1][1]):
                    number, each = found[-1][0], f"{found.pop()[1]} {each}"
                found.append((number, each.strip()))
    return [(number, line) for number, line in found if line.strip(key_lines.AROUND)]


def _new_line(gap: re.Match[str]) -> str:
    return "\n" if re.search(key_lines.ANY_KEY, gap.string[: gap.start()]) else gap.group()


def _read(
    lines: Sequence[tuple[int, str]], which: Callable[[int], str], whole: bool = False
) -> Iterator[str]:
    """Yield what lines say, in its final form.

    Parameters
    ----------
    lines
        Each with its number.
    which
        Names a line of that number at the beginning of a sentence.
    whole
        Whether names of people and of files may be among them.
    """
    keys = [bool(re.search(key_lines.START, line)) for _, line in lines]
    if not any(keys):
        for number, line in lines:
            if re.search(key_lines.FINGERPRINT, line):
                raise key_lines.broken(f"{which(number)} {key_lines.why_not(line)}")
    at = 0
    while at < len(lines):
        number, line = lines[at]
        at += 1
        bare = line.strip(key_lines.AROUND) if line[0] in pasted.QUOTES else line
        path = re.sub(rf"^(?:{_SHOW})\s*", "", bare).strip(f" {pasted.QUOTES}")
        if whole and (re.match(_SITE, bare) or Person.parse(bare)):
            yield str(_person(bare))
        elif whole and is_file(path):
            yield path
        elif re.match("-+ *BEGIN SSH2 PUBLIC KEY", line):
            rest = [text for _, text in lines[at:]]
            size = next((n for n, text in enumerate(rest) if text.startswith("--")), len(rest))
            yield key_lines.read_ssh2(rest[:size], which(number))
            at += size + 1
        elif keys[at - 1]:
            more = []
            for (_, text), begins in zip(lines[at : at + _LINES_MAX], keys[at:], strict=False):
                if begins:
                    break
                more.append(text)
            key, used = key_lines.read_key(line, more, which(number))
            at += used
            yield key
        elif not (any(keys) and re.fullmatch(key_lines.LABEL_LINE, line)):
            raise key_lines.broken(f"{which(number)} {key_lines.why_not(line)}")


def _person(line: str) -> Person:
    person = Person.parse(line)
    if person is None:
        site = line.partition(":")[0].lower()
        raise key_lines.broken(
            f"{SITES[site]} cannot have an account of that name; write {site}:NAME."
        )
    return person
