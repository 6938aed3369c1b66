"""What a tunnel says of itself: for the form, for checking options, and for what goes wrong.

A spec is loaded in every kernel, so it imports nothing but `colabwidget.core`, this module, and
a module ``texts`` beside it that holds to the same.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from colabwidget.core.choices import Choice, ClientProgram
from colabwidget.core.errors import ErrorText
from colabwidget.core.options import FIELD_OPTIONS
from colabwidget.core.secrets import Secret

#: Names of options that a field can be for.
FIELDS = FIELD_OPTIONS


class Field(TypedDict):
    """An option that a tunnel asks for.

    ``name`` is that of the option: ``"server"``, ``"server_key"``, ``"identity"`` or
    ``"address"``. ``suggestions`` are values that many people use.
    """

    name: str
    label: str
    hint: str
    placeholder: str
    required: bool
    suggestions: list[Choice]


class Metered(TypedDict):
    """What the provider of a tunnel counts.

    ``limits`` is what plans have, in a sentence; ``month`` the bytes that the free plan has a
    month, in both directions, and 0 where there is no such limit; ``usage_url`` a page with what an
    account has used.
    """

    limits: str
    month: int
    usage_url: str


class TunnelForm(TypedDict):
    """The part of a `TunnelSpec` that a page gets."""

    name: str
    title: str
    cost: str
    hint: str
    needs_token: bool
    token_url: str
    token_secret: str
    metered: Metered | None
    regions: list[Choice]
    region_hint: str
    fields: list[Field]
    client: ClientProgram | None


def _is_name(name: str) -> bool:
    """Tell whether a name has a lower-case letter, then at most 31 of ``a-z0-9_-``."""
    # An expression would be compiled in every kernel.
    plain = name.isascii() and name.replace("-", "_").isidentifier()
    return plain and name[0].isalpha() and name.islower() and len(name) <= 32


def _accept_field(name: str, text: str) -> None:
    """Accept any text for any field."""


# A spec is not changed once it is made. frozen=True would enforce that, and cost every notebook
# 0.4 ms before its form is there; a repr costs 0.2 ms.
@dataclass(repr=False, eq=False)
class TunnelSpec:
    """What a tunnel says of itself; what is not given is what a plain tunnel has.

    Parameters
    ----------
    name
        Lower-case letters, digits, ``-`` and ``_``.
    title, hint
        What people read: its name, and one or two sentences on when to use it.
    cost
        What it takes, in a few words beside the name: an account, a payment card, a program on the
        user's computer. The form shows it before the tunnel is chosen.
    needs_token
        Whether it needs a token of an account.
    token_url
        Page on which people find their token.
    token_secret
        Name under which people keep the token in a store of secrets.
    regions
        Regions to choose from, each with its ``value`` and ``title``; the empty value stands for
        the nearest.
    region_hint
        What people read below the regions.
    metered
        What a connection costs: for a provider that counts them, what plans have. The backend then
        looks through the tunnel on occasion only, not every minute. ``None`` where none is counted.
    fields
        Options that it asks for, each made by `field`.
    client
        Program that the user's computer needs; ``None`` where ``ssh`` is enough.
    pairs
        Whether a client pairs with the session before it signs in: it brings its key, so that none
        has to be given before, and the details have a pairing string.
    parse_token
        Returns the token out of what was pasted, or raises `ColabWidgetError`, never with what was
        pasted.
    check_field
        Gets the name of a field and its text, which is not empty; raises `ColabWidgetError` for a
        text that cannot be used.
    errors
        Texts of its own errors by code, under the headings that the page on troubleshooting has
        for them.

    Raises
    ------
    ValueError
        For a name that cannot be one, and for a field that no option is for.
    """

    name: str
    title: str
    hint: str
    cost: str = ""
    needs_token: bool = False
    token_url: str = ""
    token_secret: str = ""
    regions: Sequence[Choice] = ()
    region_hint: str = ""
    metered: Metered | None = None
    fields: Sequence[Field] = ()
    client: ClientProgram | None = None
    pairs: bool = False
    parse_token: Callable[[str], Secret] = Secret
    check_field: Callable[[str, str], None] = _accept_field
    errors: Mapping[str, Mapping[str, ErrorText]] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _is_name(self.name):
            raise ValueError(f"{self.name!r} cannot name a tunnel")
        for each in self.fields:
            if field(**each)["name"] not in FIELDS:
                raise ValueError(f"there is no option {each['name']} for a field")

    def as_dict(self) -> TunnelForm:
        """Return what a page gets."""
        return {
            "name": self.name,
            "title": self.title,
            "cost": self.cost,
            "hint": self.hint,
            "needs_token": self.needs_token,
            "token_url": self.token_url,
            "token_secret": self.token_secret,
            "metered": self.metered,
            "regions": [*self.regions],
            "region_hint": self.region_hint,
            "fields": [*self.fields],
            "client": self.client,
        }


def field(
    name: str,
    label: str,
    hint: str = "",
    placeholder: str = "",
    required: bool = False,
    suggestions: list[Choice] | None = None,
) -> Field:
    """Return a field of a spec; see `Field`."""
    return {
        "name": name,
        "label": label,
        "hint": hint,
        "placeholder": placeholder,
        "required": required,
        "suggestions": suggestions or [],
    }


def words_of(pasted: str) -> list[str]:
    """Return the words of what was pasted, without quotes, brackets and options around them."""
    words = [word.strip("\"'`“”‘’<>;,") for word in pasted.split()]
    return [word for word in words if word and not word.startswith("--")]
