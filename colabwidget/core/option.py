"""A row of the table of options; see `colabwidget.core.options`."""

from dataclasses import field
from typing import Any, NamedTuple, TypeVar

#: What an option is about.
OPEN, TUNNEL, ACCESS, DESKTOP, TOKEN = "open", "tunnel", "access", "desktop", "token"

_T = TypeVar("_T", str, bool, int)


class Option(NamedTuple):
    """One option.

    Parameters
    ----------
    name
        As a parameter and a trait; on the command line with dashes.
    default
        Its value unless given; its type is the option's.
    scope
        What the option is about: `OPEN`, what a session has; `TUNNEL`, how clients get in;
        `ACCESS`, what a client finds; `DESKTOP`, how the desktop is made; `TOKEN`, what the tunnel
        is paid with.
    help
        One sentence for docstrings, the command line, traits and the documentation. Words in
        double backticks are typed as they are.
    metavar
        Stands for the value on the command line.
    choices
        The values that there are, where they are few.
    trait
        Whether `ConnectWidget` has a trait of that name: a page can set it, and it is saved with
        the notebook.
    own_rule
        Whether `Options.checked` has a rule for this text; else any single line is accepted.
    field
        Whether a tunnel can ask for it with a field of its own in the form.
    """

    name: str
    default: str | bool | int
    scope: str
    help: str
    metavar: str = ""
    choices: tuple[str, ...] | tuple[int, ...] = ()
    trait: bool = True
    own_rule: bool = False
    field: bool = False


def option(default: _T, scope: str, help: str, **more: Any) -> _T:
    """Return a field of `Options`; the parameters are those of `Option`."""
    return field(default=default, metadata={"scope": scope, "help": help, **more})
