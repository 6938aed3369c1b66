"""Files of public keys that options name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from colabwidget.core import key_lines, pasted, public_keys
from colabwidget.core.options import Options


def with_key_files(options: Options) -> Options:
    """Return the options with the keys of the files that ``public_key`` names, read at once.

    Relative paths are those of this process, so it has to be the notebook's.

    Raises
    ------
    ColabWidgetError
        ``public_key_private``, ``public_key_broken``; nothing of a private key is in it.
    """
    found: list[str] = []
    for line in public_keys.checked(options.public_key).splitlines():
        found += read_key_file(Path(line)) if public_keys.is_file(line) else [line]
    return replace(options, public_key="\n".join(dict.fromkeys(found)))


def read_key_file(path: Path) -> list[str]:
    """Return the keys of a file, such as ``id_ed25519.pub`` or ``authorized_keys``.

    Raises
    ------
    ColabWidgetError
        As `with_key_files`.
    """
    text: str | None = None
    try:
        with path.expanduser().open("rb") as file:
            data = file.read(public_keys.SIZE_MAX + 1)
        text = pasted.decode(data)
        reason = "It is not a text file" if text is None else "" if text.strip() else "It is empty"
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "Its name cannot be one"
        if isinstance(error, FileNotFoundError):
            reason += ". Files are looked for on the notebook's machine"
    if reason or text is None:
        raise key_lines.broken(f"{path} cannot be used: {reason}.")
    return public_keys.keys_of_file(text, str(path))
