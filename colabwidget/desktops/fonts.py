"""Languages for which a desktop needs fonts that few machines have."""

from __future__ import annotations

from collections.abc import Mapping

from colabwidget.runtime import process
from colabwidget.runtime.apt import program
from colabwidget.runtime.journal import Journal

# Languages whose letters the desktop's own fonts lack.
_LANGUAGES = {"zh": "Chinese", "ja": "Japanese", "ko": "Korean"}
_PACKAGE = "fonts-noto-cjk"


async def spoken(
    environment: Mapping[str, str], journal: Journal, fc_list: str = "fc-list"
) -> dict[str, str]:
    """Return the variable by which programs speak English where no font has the user's letters.

    Parameters
    ----------
    environment
        What the programs have of the notebook's variables.
    journal
        Gets a line that says so, and what to install.
    fc_list
        The program of fontconfig that lists fonts. Without it nothing is known, nor changed.
    """
    names = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    wanted = next((environment[name] for name in names if environment.get(name)), "")
    language = wanted[:2].lower()
    lister = program(fc_list)
    if language not in _LANGUAGES or wanted[2:3] not in ("", "_", ".", "-", ":") or not lister:
        return {}
    status, fonts = await process.output([lister, f":lang={language}", "file"])
    if status or fonts.strip():
        return {}
    journal.add(
        f"No font here has {_LANGUAGES[language]} letters: the desktop speaks English. "
        f"With one (apt-get install {_PACKAGE}), the next desktop speaks {_LANGUAGES[language]}."
    )
    return {"LANGUAGE": "en"}
