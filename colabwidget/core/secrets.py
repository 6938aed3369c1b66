"""Secrets: how they are held, and how texts are freed of them."""

from __future__ import annotations

import base64
import json
import re
import weakref
from collections.abc import Iterable
from urllib.parse import quote

MASK = "••••••••"
# No look-alikes (0 O, 1 l I) and nothing at which a double click would end the selection.
_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
# Secrets that are no longer in use are known until there are more than that.
_SECRETS_MAX = 32
# What an unknown secret may look like: a private key, complete or not, a password in a URL, a value
# behind a telling name, and a random word. The expressions are compiled at their first use.
_KEY_BLOCK = r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)"
_IN_URL = r"(?<=://)([^\s:/@]*):[^\s/@]+(?=@)"
_NAMED = (
    r"(?i)((?:password|passwd|passphrase|secret|token|api[_-]?key|authorization)[\"']?\s*[:=]\s*"
    r"(?:bearer\s+|basic\s+)?)(\"[^\"\n]*\"|'[^'\n]*'|[^\s,;&]+)"
)
_WORD = r"[A-Za-z0-9_+/=\-]{16,}"
_KINDS = ("a-z", "A-Z", "0-9")
_KIND_CHANGE = "|".join(
    f"(?<=[{one}])(?=[{other}])" for one in _KINDS for other in _KINDS if one != other
)
_DIGIT_CHANGE = r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])"
_NGROK_SHAPE = r"\d[A-Za-z0-9]{20,}_[A-Za-z0-9]{15,}"
_HUMP = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+"  # a word of CamelCase
_HUMP_MAX = 24  # characters


class Secret:
    """A string that never prints itself.

    ``str()``, ``repr()``, formatting and pickling give nothing away; `reveal` gives the value.
    """

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled")


def new_password(length: int = 22) -> Secret:
    """Return a fresh random password.

    Parameters
    ----------
    length
        Number of characters; 22 of this alphabet carry 127 bits.
    """
    import secrets  # the kernel's side makes no passwords, and need not load it

    return Secret("".join(secrets.choice(_ALPHABET) for _ in range(length)))


class Redactor:
    """Replaces every known secret in texts.

    A secret is found as it is, URL-encoded, JSON-escaped, and in base64 at any of the three
    offsets that it can have inside a longer encoded text.

    It is known for as long as the `Secret` is in use, and longer: what is no longer in use
    is forgotten when many others have come. Each session has new passwords, and a backend may
    see thousands of sessions.
    """

    def __init__(self) -> None:
        # The oldest first; a plain string counts as no longer in use.
        self._known: dict[str, weakref.ref[Secret] | None] = {}
        self._forms: list[str] = []  # the longest first

    def add(self, values: Iterable[Secret | str]) -> None:
        """Learn more secrets. Values of fewer than 6 characters would hide ordinary words."""
        for value in values:
            plain = value.reveal() if isinstance(value, Secret) else value
            if len(plain) >= 6:
                held = self._known.pop(plain, None)
                self._known[plain] = weakref.ref(value) if isinstance(value, Secret) else held
        for plain in [plain for plain, held in self._known.items() if not (held and held())]:
            if len(self._known) <= _SECRETS_MAX:
                break
            del self._known[plain]
        self._forms = sorted(set().union(*map(_forms, self._known)), key=len, reverse=True)

    @property
    def longest(self) -> int:
        """Length in characters of the longest form of any secret."""
        return len(self._forms[0]) if self._forms else 0

    def redact(self, text: str) -> str:
        """Return the text with every secret replaced by dots."""
        # Quicker than a regular expression of them all, of which Python would keep hundreds.
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text

    def pending(self, text: str) -> int:
        """Return how many characters at the end of a text may be the start of a secret.

        Code that cuts a stream into pieces keeps that many back until more has come.
        """
        start = len(text)
        for size in range(min(self.longest - 1, len(text)), 0, -1):
            tail = text[-size:]
            if any(form.startswith(tail) for form in self._forms):
                start -= size
                break
        # A whole secret that reaches over that place is not to be cut in two either.
        moved = True
        while moved:
            moved = False
            for form in self._forms:
                reach = len(form) - 1
                found = text.find(form, max(start - reach, 0), start + reach)
                if 0 <= found < start:
                    start, moved = found, True
        return len(text) - start


def masked(text: str) -> str:
    """Return the text without anything that looks like a secret, known or not.

    It errs on the safe side: hashes and public keys are hidden as well.
    """
    text = re.sub(_KEY_BLOCK, MASK, text)
    text = re.sub(_IN_URL, rf"\1:{MASK}", text)
    text = re.sub(_NAMED, rf"\1{MASK}", text)
    return re.sub(_WORD, lambda word: MASK if looks_random(word.group()) else word.group(), text)


def looks_random(word: str) -> bool:
    """Tell whether a word is more likely a token or a password than a name.

    js/src/wire/looks-random.ts has the same rule, and tests/vectors/looks_random.json the words on
    which both agree. Names of packages change between lower case, upper case and digits up to 2
    times, NotImplementedErrorInfo 7 times, 22 random characters some 13 times, and 22 digits of a
    hexadecimal number 10 times.

    Parameters
    ----------
    word
        Letters, digits, and ``_+/=-`` between its parts.
    """
    return bool(re.search(_NGROK_SHAPE, word)) or any(
        map(_is_random_part, re.split(r"[_+/=\-]", word))
    )


def _is_random_part(part: str) -> bool:
    size = len(part)
    if size >= 12 and len(re.findall(_DIGIT_CHANGE, part)) >= 4:
        return True
    changes = len(re.findall(_KIND_CHANGE, part))
    is_mixed = size >= 16 and changes >= (8 if part.isalpha() else 5)
    is_long = size > _HUMP_MAX and len(set(part)) >= 10
    return (is_mixed or is_long) and not _reads_like_words(part)


def _reads_like_words(part: str) -> bool:
    """Tell whether a part is CamelCase of words that can be spoken, with a number at its end."""
    letters = re.sub(r"\d{1,4}$", "", part)
    humps = re.findall(_HUMP, letters)
    return (
        letters.isalpha()
        and len(letters) >= 3 * len(humps)
        and all(
            2 <= len(hump) <= _HUMP_MAX and (len(hump) == 2 or re.search("(?i)[aeiouy]", hump))
            for hump in humps
        )
    )


def _forms(value: str) -> set[str]:
    data = value.encode()
    forms = {value, quote(value, safe=""), quote(value), json.dumps(value)[1:-1]}
    forms.add(json.dumps(value, ensure_ascii=False)[1:-1])
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for offset in range(3):
            # The characters at both ends also depend on the neighbours; the middle does not.
            text = encode(b"\0" * offset + data).decode().rstrip("=")
            start = (0, 2, 3)[offset]
            whole = (offset + len(data)) * 8 // 6
            if len(middle := text[start:whole]) >= 6:
                forms.add(middle)
    return forms
