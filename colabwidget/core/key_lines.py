"""The line of a public key: what it says, what stands around it, and what else it may be."""

from __future__ import annotations

import re
from collections.abc import Sequence

from colabwidget.core import key_blob, pasted
from colabwidget.core.errors import ColabWidgetError

_COMMENT_MAX = 100  # characters
KINDS = "|".join(map(re.escape, key_blob.KEY_TYPES))
# Where a key begins: its type, or its middle part without one.
START = (
    rf"(?i:(?<![\w@.-])(?:{KINDS}))(?=\s*AAAA|\s*$)|^(?i:{KINDS})(?=\s)"
    r"|(?<![\w+/=-])AAAA(?=[A-Za-z0-9+/]{24})"
)
ANY_KEY = rf"(?i:{KINDS})\s*AAAA"
FINGERPRINT = (
    r"\bSHA256:[A-Za-z0-9+/]{43}|(?:\bMD5:|(?<![\w:]))(?:[0-9A-Fa-f]{2}:){15}[0-9A-Fa-f]{2}\b"
)
# What may stand in front of a key: a name for it, a command that writes it into a file.
AROUND = f" {pasted.QUOTES}{pasted.SEPARATORS}{pasted.BULLETS}{{[(,"
_LABEL = r"(?:\d+[.):]?|echo|printf|(?:export |set )?[\w .()/&\"'-]{1,60}\s?(?:[:=]|:=))"
LABEL_LINE = r"[\w .()/&\"'-]{1,60}:\s*(?:\||>-?)?"
# sshd(8), AUTHORIZED_KEYS FILE FORMAT.
_OPTION = (
    r"(?i)(?:no-)?(?:agent-forwarding|port-forwarding|pty|user-rc|x11-forwarding|touch-required)\b"
    r"|(?:cert-authority|restrict|verify-required)(?![\w-])"
    r"|(?:command|environment|expiry-time|from|permitlisten|permitopen|principals|tunnel)\s*="
    r"|[\w-]+=\S|[\w-]+,"
)
_HOST = r"(?:@[\w-]+\s+)?(?:\|?1\|\S+|\[?\S+\]:\d+|[\w*?-]+(?:\.[\w*?-]+)+|\S+,\S+|localhost)"


def read_key(line: str, more: Sequence[str], which: str) -> tuple[str, int]:
    """Return the clean line of a key, and how many of the next lines belong to it."""
    start = re.search(START, line)
    assert start
    before = line[: start.start()].rstrip()
    if reason := _in_front(before.strip(AROUND)):
        raise broken(f"{which} {reason}")
    named = start.group().lower() if start.group() != "AAAA" else ""
    rest = line[start.end() if named else start.start() :]
    if before and before[-1] in pasted.QUOTES:
        end = min(filter(lambda at: at >= 0, map(rest.find, _closing(before[-1]))), default=None)
        rest = rest[:end]
    body, comment, used = _body(rest, more)
    kind = key_blob.kind_of(body) if body else None
    if kind is None or named not in ("", kind):
        part = "Its middle part" if which == "It" else f"The middle part of l{which[1:]}"
        raise broken(f"{part} is damaged or cut off.")
    if kind == "ssh-rsa" and (bits := key_blob.rsa_bits(body)) < key_blob.RSA_BITS_MIN:
        least = key_blob.RSA_BITS_MIN
        raise broken(f"{which} is an RSA key of {bits} bits; SSH takes none below {least}.")
    return _line(kind, body, comment), used


def _line(kind: str, body: str, comment: str) -> str:
    comment = "".join(c for c in comment.strip() if c.isprintable())[:_COMMENT_MAX]
    return f"{kind} {key_blob.padded(body)} {comment}".strip()


def _body(rest: str, more: Sequence[str]) -> tuple[str, str, int]:
    """Put the middle part of a key together, which a mail or a terminal may have wrapped.

    Returns
    -------
    tuple[str, str, int]
        The part, or nothing where it is not whole; the comment; and how many of the next lines
        belong to it.
    """
    body = ""
    for used, text in enumerate([rest, *more]):
        words = text.strip(AROUND if used else None).split()
        for number, word in enumerate(words, 1):
            part = word.strip(pasted.QUOTES + pasted.SEPARATORS)
            # What is no longer than that is the comment of a key that is cut off.
            if not re.fullmatch(r"[A-Za-z0-9+/]+=*", part) or (number > 1 and len(part) < 8):
                return "", "", 0
            body = body.rstrip("=") + part
            if key_blob.kind_of(body):
                comment = words[number:]
                # The comment of a wrapped key may be the next line.
                if used and not comment and len(left := " ".join(more[used:][:1]).split()) == 1:
                    return body, left[0], used + 1
                return body, " ".join(comment), used
    return "", "", 0


def _closing(quote: str) -> str:
    """Return the characters that end what a quote has begun."""
    return {"“": "”", "„": "“”", "‘": "’", "‚": "‘’", "«": "»", "‹": "›", "<": ">"}.get(
        quote, quote
    )


def read_ssh2(lines: Sequence[str], which: str) -> str:
    """Return the line of a key in the format of RFC 4716, which PuTTY and others write."""
    body, comment, in_header = "", "", False
    for line in lines:
        is_header = in_header or re.match(r"[\w-]+:\s", line)
        if is_header and line.lower().startswith("comment:"):
            comment = line.partition(":")[2].strip(AROUND + "\\")
        elif not is_header:
            body += line
        in_header = bool(is_header) and line.endswith("\\")
    kind = key_blob.kind_of(body)
    if kind is None:
        raise broken(f"{which} begins a key that is damaged or cut off.")
    return _line(kind, body, comment)


def _in_front(text: str) -> str:
    """Say why what stands in front of a key keeps it from being taken; empty where nothing does."""
    if not text:
        return ""
    if re.match(_OPTION, text):
        return (
            "has options in front of the key. They do not hold here, which is not to be seen "
            "later: leave only the key, which begins with its type such as ssh-ed25519."
        )
    for pattern, what in _TYPES.items():
        if re.fullmatch(pattern, text):
            return what
    if re.fullmatch(_LABEL, text):
        return ""
    if re.fullmatch(_HOST, text):
        return (
            "names a host in front of the key, as known_hosts does: that is the key of a server, "
            "and not one that you sign in with."
        )
    return (
        "has something else in front of the key: leave only the key, which begins with its type "
        "such as ssh-ed25519."
    )


# Types that are not taken.
_TYPES = {
    r"\S+-cert-v0\S*": "is a certificate. The key itself is in the file whose name has no -cert in "
    "it.",
    "ssh-dss": "is a DSA key, which OpenSSH takes no more. Make one with ssh-keygen -t ed25519.",
    r"(?:ssh|ecdsa|sk|webauthn)-[\w.@-]+": "is a key of a type that is not known here.",
}
# What is pasted instead of a key, and what is said of it; the first that fits.
_OTHERS = {
    FINGERPRINT: "is a fingerprint, as ssh-keygen -l prints it: it tells keys apart, and is none. "
    "The key itself is in the file whose name ends in .pub.",
    r"-*\s*BEGIN PGP|mQ[A-Z]NB": "is a PGP key, which SSH does not take.",
    r"-+\s*BEGIN CERTIFICATE": "is a certificate of TLS, and no key of SSH.",
    "-{4}": "is in another format. ssh-keygen -i -m PKCS8 -f FILE (PEM for BEGIN RSA PUBLIC KEY) "
    "prints the line that is needed.",
    r"age1[a-z0-9]{20}": "is a key of age, which encrypts files. SSH does not take it.",
    r"\+-+\[|\|[ .o+=*BOX@%&#/^SE]{10,}\|": "is ssh-keygen's picture of a key. The key "
    "itself is in the file whose name ends in .pub.",
    r"(?i).*no such file or directory": "is what a program said that did not find the file.",
    r"(?:[$!%>] *)?ssh-(?:keygen|copy-id|add)\b|(?i:generating public/private)": "is not the key: "
    "it is in the file that ssh-keygen has written, whose name ends in .pub.",
    r"\w+://": "is the address of a page. Write github:NAME or gitlab:NAME, or paste the key.",
    r"[A-Za-z0-9+/=]{40,}$": "is not a whole key: its type, such as ssh-ed25519, and its beginning "
    "are missing.",
}


def why_not(line: str) -> str:
    """Say of a line what it is instead of a key, without repeating it."""
    kind, _, body = line.partition(" ")
    for pattern, what in _TYPES.items():
        if body.lstrip().startswith("AAAA") and re.fullmatch(pattern, kind):
            return what
    for pattern, what in _OTHERS.items():
        search = re.search if pattern is FINGERPRINT else re.match
        if search(pattern, line):
            return what
    return "does not begin with a key type such as ssh-ed25519."


def broken(reason: str) -> ColabWidgetError:
    """Return the error for a key, or a file of keys, that cannot be used."""
    return ColabWidgetError("public_key_broken", reason=reason)
