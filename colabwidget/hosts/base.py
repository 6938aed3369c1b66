"""What machine this is, told without starting a program or asking the network."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from colabwidget.system.machine import architecture, gpu_model

_COLAB_NOTICE = (
    "Colab's terms disallow SSH and remote desktops on runtimes used free of charge, "
    "without compute units. People have lost accounts over it."
)
_COLAB_FAQ = "https://research.google.com/colaboratory/faq.html"


@dataclass(frozen=True)
class Host:
    """The machine that the kernel runs on.

    Parameters
    ----------
    kind
        ``"colab"``, ``"kaggle"``, ``"jupyterhub"`` or ``"linux"``.
    name
        The same for people.
    gpu
        Model of the first NVIDIA GPU; empty where there is none.
    root
        Whether this process may install packages and make accounts.
    notice, notice_link
        What the user must know before connecting here, and where it is written.
    secrets
        Where a token can be kept by name, for people.
    architecture
        ``"amd64"``, ``"arm64"``, or what the kernel calls another one.
    """

    kind: str
    name: str
    gpu: str
    root: bool
    notice: str = ""
    notice_link: str = ""
    secrets: str = "the environment"
    architecture: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


def detect(environment: Mapping[str, str] | None = None) -> Host:
    """Return what this machine is.

    Kaggle and JupyterHub come first: Kaggle's image is made from Colab's
    (https://github.com/Kaggle/docker-python), and Colab's can be run by a JupyterHub, so that
    both may have the marks of Colab's image. Colab's ``google.colab`` can be installed anywhere:
    only where it runs the kernel is this Colab.
    """
    variables = os.environ if environment is None else environment
    root = os.geteuid() == 0
    notice, link, secrets = "", "", "the environment"
    if variables.get("KAGGLE_KERNEL_RUN_TYPE"):
        kind, name, secrets = "kaggle", "Kaggle", "Kaggle's secrets"
    elif variables.get("JUPYTERHUB_SERVICE_PREFIX"):
        kind, name = "jupyterhub", "JupyterHub"
    elif variables.get("COLAB_RELEASE_TAG") or "google.colab._shell" in sys.modules:
        kind, name, secrets = "colab", "Google Colab", "Colab's secrets"
        # Told on a runtime of one's own as well: the variable may come to be called otherwise.
        notice, link = _COLAB_NOTICE, _COLAB_FAQ
        if not variables.get("TBE_RUNTIME_ADDR"):
            name = "Google Colab, local runtime"
    else:
        kind, name = "linux", _distribution() or "Linux"
    if not root:
        name += ", without root"
    return Host(kind, name, gpu_model(), root, notice, link, secrets, architecture())


def _distribution() -> str:
    import platform  # not needed on most machines, and not cheap

    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return ""
