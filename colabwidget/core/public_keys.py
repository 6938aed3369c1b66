"""The public keys that people sign in with: as lines, as a person's name, or as a file.

Nothing here opens a file, asks the network or starts a program: `system.key_files` and
`backend.keys` do.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from typing import NamedTuple

from colabwidget.core.errors import ColabWidgetError

#: Where people's keys can be had by name.
SITES = {"github": "github.com", "gitlab": "gitlab.com"}
#: Bits of the shortest RSA key that OpenSSH takes (its SSH_RSA_MINIMUM_MODULUS_SIZE).
RSA_BITS_MIN = 1024

SIZE_MAX = 65_536  #: characters of what is pasted, bytes of a file
_COMMENT_MAX = 100  # characters
# The expressions are compiled at their first use: a kernel that shows a form needs one of them.
_PRIVATE_KEY = (
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY|PuTTY-User-Key-File|openssh-key-v1|b3BlbnNzaC1rZXktdjE"
)
# The fields of a key behind its type, by their length in bytes; None is any length but 0.
# RFC 4253, 5656, 8709 and OpenSSH's PROTOCOL.u2f.
_KEY_TYPES: dict[str, tuple[int | None, ...]] = {
    "ssh-ed25519": (32,),
    "ssh-rsa": (None, None),
    "ecdsa-sha2-nistp256": (8, 65),
    "ecdsa-sha2-nistp384": (8, 97),
    "ecdsa-sha2-nistp521": (8, 133),
    "sk-ssh-ed25519@openssh.com": (32, None),
    "sk-ecdsa-sha2-nistp256@openssh.com": (8, 65, None),
}
_ANY_KEY = rf"(?:{'|'.join(map(re.escape, _KEY_TYPES))})\s+AAAA"
_PERSON = (
    rf"(?i)(?P<site>{'|'.join(SITES)}):\s*"
    r"@?(?P<name>[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,98}[A-Za-z0-9_-])?)"
)
_SITE = rf"(?i)(?:{'|'.join(SITES)}):"
_PATH = r"(?:[~/]|\.{1,2}/).*|\S.*\.pub"
# A line of a pasted private key may begin with a slash: it must not be taken for a path and named.
_BASE64 = r"[A-Za-z0-9+/=]{60,}"


class Person(NamedTuple):
    """A person whose keys a site has; ``str`` gives the form in which people write it."""

    site: str
    name: str

    @classmethod
    def parse(cls, line: str) -> Person | None:
        """Take ``github:NAME`` apart; ``None`` for anything else."""
        match = re.fullmatch(_PERSON, line)
        return cls(match["site"].lower(), match["name"]) if match else None

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
    if text.strip() and not lines:
        raise broken("It has only comments.")
    found: list[str] = []
    for number, line in lines:
        if is_file(line):
            found.append(line)
        elif re.match(_SITE, line):
            found.append(str(_person(line)))
        else:
            found += _keys(line, f"Line {number}" if len(lines) > 1 else "It")
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
    found: list[str] = []
    for number, line in _lines(text):
        found += _keys(line, f"Line {number} of {path}")
    if not found:
        raise broken(f"{path} cannot be used: It has only comments.")
    return found


def keys_in(text: str) -> tuple[list[str], int]:
    """Return the keys of what a site has answered, and how many lines cannot be used."""
    found: list[str] = []
    unusable = 0
    for _, line in _lines(text):
        try:
            found += _keys(line, "It")
        except ColabWidgetError:
            unusable += 1
    return found, unusable


def is_file(line: str) -> bool:
    """Tell whether a line is the path of a file: absolute, from home, from here, or ``….pub``."""
    if re.match(_SITE, line) or re.search(_ANY_KEY, line) or re.fullmatch(_BASE64, line):
        return False
    named = line.isprintable() and re.fullmatch(_PATH, line)
    return bool(named) and line.split()[0] not in _KEY_TYPES


def is_inline(text: str) -> bool:
    """Tell whether a text has keys or names whose they are, and is not the name of a file."""
    return bool(re.search(f"{_ANY_KEY}|{_PRIVATE_KEY}", text) or re.match(_SITE, text.strip()))


def _lines(text: str) -> list[tuple[int, str]]:
    """Return the lines that are no comments, with their numbers; a private key is refused."""
    if re.search(_PRIVATE_KEY, text):
        raise ColabWidgetError("public_key_private")
    if len(text) > SIZE_MAX:
        raise broken(f"It has more than {SIZE_MAX >> 10} KiB.")
    lines = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
    return [(number, line) for number, line in lines if line and not line.startswith("#")]


def _person(line: str) -> Person:
    person = Person.parse(line)
    if person is None:
        site = line.partition(":")[0].lower()
        raise broken(f"{SITES[site]} can have nobody of that name; write {site}:NAME.")
    return person


def _keys(line: str, which: str) -> list[str]:
    """Return the clean line of a key; several where their line ends were lost."""
    kind, _, rest = line.partition(" ")
    if kind not in _KEY_TYPES:
        raise broken(f"{which} {_why_not(line)}")
    body, _, comment = rest.strip().partition(" ")
    more: list[str] = []
    if another := re.search(rf"(?:^|\s){_ANY_KEY}", comment):
        more = _keys(comment[another.start() :].strip(), which)
        comment = comment[: another.start()]
    try:
        data = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    parts = _fields(data)
    if not _holds_fields(parts, kind):
        part = "Its middle part" if which == "It" else f"The middle part of l{which[1:]}"
        raise broken(f"{part} is damaged or cut off.")
    if kind == "ssh-rsa" and (bits := int.from_bytes(parts[2], "big").bit_length()) < RSA_BITS_MIN:
        raise broken(f"{which} is an RSA key of {bits} bits; SSH takes none below {RSA_BITS_MIN}.")
    comment = "".join(c for c in comment.strip() if c.isprintable())[:_COMMENT_MAX]
    return [f"{kind} {body} {comment}".strip(), *more]


def _why_not(line: str) -> str:
    """Say of a line what it is instead of a key, without repeating it."""
    kind = line.split()[0]
    if re.search(rf"\s{_ANY_KEY}", line):
        return (
            "has options in front of the key. They are not taken, as nobody would see that they "
            "do not hold here: leave only the key, which begins with its type such as ssh-ed25519."
        )
    if "-cert-v0" in kind:
        return "is a certificate. The key itself is in the file whose name has no -cert in it."
    if kind == "ssh-dss":
        return "is a DSA key, which OpenSSH takes no more. Make one with ssh-keygen -t ed25519."
    if line.startswith("----"):
        return "is in another format. ssh-keygen -i -f FILE prints the line that is needed."
    return "does not begin with a key type such as ssh-ed25519."


def _fields(data: bytes) -> list[bytes]:
    """Take a blob apart: length-prefixed fields (RFC 4253); nothing for one that is not whole."""
    parts = []
    while data:
        if len(data) < 4:
            return []
        (size,) = struct.unpack(">I", data[:4])
        if len(data) < 4 + size:
            return []
        parts.append(data[4 : 4 + size])
        data = data[4 + size :]
    return parts


def _holds_fields(parts: list[bytes], kind: str) -> bool:
    """Tell whether these are the fields of such a key, the first of them its type."""
    sizes = _KEY_TYPES[kind]
    return (
        len(parts) == 1 + len(sizes)
        and parts[0] == kind.encode()
        and all(
            part and size in (None, len(part)) for part, size in zip(parts[1:], sizes, strict=True)
        )
    )


def broken(reason: str) -> ColabWidgetError:
    """Return the error for a key, or a file of keys, that cannot be used."""
    return ColabWidgetError("public_key_broken", reason=reason)
