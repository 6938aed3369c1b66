"""The options as traits of a widget, and what widgets take beside them."""

from typing import Any, TypedDict, cast

import traitlets

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import (
    NO_TUNNEL,
    OPTIONS,
    TOKEN_GIVEN,
    TOKEN_SECRET,
    TRAIT_OPTIONS,
    Options,
    UnknownOption,
    check_names,
)
from colabwidget.tunnels import validation
from colabwidget.widgets.shown_widget import ShownWidget


class OptionRefused(ColabWidgetError, traitlets.TraitError):
    """A value that an option cannot have; to traitlets, one that a trait does not take."""


class WidgetTraits(TypedDict, total=False):
    """What every widget of ipywidgets takes."""

    layout: Any
    tabbable: bool | None
    tooltip: str | None


class TunnelName(traitlets.Unicode):  # type: ignore[type-arg]
    """The name of a tunnel; ``None`` stands for the tunnel ``"none"``."""

    def validate(self, obj: Any, value: Any) -> str:
        """Return the name."""
        return str(super().validate(obj, NO_TUNNEL if value is None else value))


class OptionTraits(ShownWidget):
    """A widget that has the options as traits; each value is checked when it is set."""

    # <made by scripts/options.py: widget traits>
    tunnel = TunnelName(
        "ngrok",
        help="What makes the machine reachable.",
    ).tag(sync=True)
    region = traitlets.Unicode(
        "",
        help="One of the tunnel's regions; empty for the nearest.",
    ).tag(sync=True)
    ssh = traitlets.Bool(
        True,
        help="Whether SSH is opened.",
    ).tag(sync=True)
    desktop = traitlets.Bool(
        False,
        help="Whether a desktop is opened, which clients reach through SSH.",
    ).tag(sync=True)
    token_secret = traitlets.Unicode(
        "",
        help="Name of the secret that holds the tunnel's authtoken: one of Colab's or Kaggle's "
        "secrets, or an environment variable.",
    ).tag(sync=True)
    user = traitlets.Unicode(
        "colab",
        help="The account to sign in to; without root, empty and colab mean the notebook's own.",
    ).tag(sync=True)
    address = traitlets.Unicode(
        "",
        help="For direct: the address to listen on; empty for the machine's own.",
    ).tag(sync=True)
    server = traitlets.Unicode(
        "",
        help="For relay: the server.",
    ).tag(sync=True)
    server_key = traitlets.Unicode(
        "",
        help="For relay: fingerprint of the server's host key; empty for a server that is known.",
    ).tag(sync=True)
    identity = traitlets.Unicode(
        "",
        help="For relay: path of the private key that the server accepts; empty for a new key.",
    ).tag(sync=True)
    idle_timeout = traitlets.Int(
        60,
        help="Minutes without a client until the tunnel is closed; 0 for never.",
    ).tag(sync=True)
    session_timeout = traitlets.Int(
        0,
        help="Minutes until the session ends, whatever goes on in it; 0 for never.",
    ).tag(sync=True)
    mount_gdrive_to = traitlets.Unicode(
        "",
        help="Folder in the account's home where Google Drive appears; empty for none.",
    ).tag(sync=True)
    mount_gdrive_from = traitlets.Unicode(
        "",
        help="Folder of Google Drive, such as My Drive/data; empty for the whole drive.",
    ).tag(sync=True)
    geometry = traitlets.Unicode(
        "1600x900",
        help="First size of the desktop in pixels; a viewer can change it.",
    ).tag(sync=True)
    depth = traitlets.Int(
        24,
        help="Colour depth of the desktop, in bits per pixel.",
    ).tag(sync=True)
    vnc = traitlets.Unicode(
        "auto",
        help="The VNC server; auto is TurboVNC if it can be downloaded.",
    ).tag(sync=True)
    # </made>

    @traitlets.validate(
        *(name for name in TRAIT_OPTIONS if type(OPTIONS[name].default) is not bool)
    )
    def _check_option(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        try:
            # Alone: whether values go together is checked at Connect, when all are there.
            validation.checked(Options(**{"tunnel": self.tunnel, name: value}), whole=False)
        except ColabWidgetError as error:
            raise OptionRefused.from_info(error.info) from None
        return value

    @traitlets.validate(TOKEN_SECRET.name)
    def _check_secret_name(self, proposal: Any) -> Any:
        from colabwidget.hosts import secrets  # few forms name a secret from the start

        try:
            return secrets.checked_name(proposal["value"])
        except ColabWidgetError as error:
            raise OptionRefused.from_info(error.info) from None


def check_widget_names(widget: traitlets.HasTraits, more: WidgetTraits) -> None:
    """Refuse parameters of a widget that are neither options nor traits.

    Parameters
    ----------
    widget
        The widget that is being made.
    more
        Its parameters beside the options. It is emptied before an error is raised, since a
        traceback can show it.

    Raises
    ------
    UnknownOption
        Also for a token, with how it is given.
    """
    unknown = [name for name in more if not widget.has_trait(name)]
    if not unknown:
        return
    cast("dict[str, Any]", more).clear()
    known = [*OPTIONS, TOKEN_SECRET.name, "auto_connect", *WidgetTraits.__annotations__]
    if TOKEN_GIVEN.name in unknown:
        raise UnknownOption("widget_token")
    check_names(unknown, known)
