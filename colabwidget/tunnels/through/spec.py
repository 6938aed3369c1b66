"""What the way through the notebook's own server says of itself."""

from __future__ import annotations

from colabwidget.core.errors import ErrorText
from colabwidget.tunnels.spec import TunnelSpec

_ERRORS = {
    "through_no_server": ErrorText(
        "No other computer reaches this notebook's server.",
        "{reason}",
        "Choose another tunnel.",
        usual="On Colab and Kaggle only their own pages reach it.",
        offers_tunnels=True,
    ),
}

SPEC = TunnelSpec(
    "through",
    "This notebook's server",
    "No tunnel: ssh goes through the server that shows this notebook, once your computer is paired "
    "with it. For JupyterLab, Notebook and hubs; not for Colab and Kaggle, and guests cannot come.",
    cost="no account; Python on your computer",
    pairs=True,
    errors={"The tunnel": _ERRORS},
)
