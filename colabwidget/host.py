"""What machine this is, told without starting a program or asking the network."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from colabwidget.session_variables import FOLDER, SESSION_VARIABLES

# Where Colab and NVIDIA's containers keep what is not on everybody's PATH.
_GPU_FACTS = Path("/proc/driver/nvidia/gpus")

_COLAB_NOTICE = (
    "Colab's terms disallow SSH and remote desktops on runtimes used free of charge, "
    "without compute units. People have lost accounts over it."
)
_COLAB_FAQ = "https://research.google.com/colaboratory/faq.html"

_VALUE_MAX = 8192
# A name and a password before a host. No listed variable should have any; none may pass.
_CREDENTIALS = re.compile("://[^/ ]*@")


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


def architecture(machine: str = "") -> str:
    """Return this machine's architecture as Debian calls it.

    Parameters
    ----------
    machine
        What the kernel calls it; asked for unless given.
    """
    machine = machine or os.uname().machine
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


def gpu_model(facts: Path = _GPU_FACTS) -> str:
    """Return the model of the first NVIDIA GPU as its driver tells it, or an empty string."""
    for information in sorted(facts.glob("*/information")):
        try:
            text = information.read_text(errors="replace")
        except OSError:
            continue
        for line in text.splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "Model":
                return value.strip()
    return ""


def allowed_environment(variables: Mapping[str, object]) -> dict[str, str]:
    """Return the variables that may reach an SSH session: listed, of sane length, plain text.

    An empty value is one: an empty ``CUDA_VISIBLE_DEVICES`` hides every GPU.
    """
    return {
        name: value
        for name in SESSION_VARIABLES
        if isinstance(value := variables.get(name), str)
        and len(value) <= _VALUE_MAX
        and value.isprintable()
        and not set(value) & {'"', "\\"}  # sudo's env_file has no sure way to write them
        and not _CREDENTIALS.search(value)
    }


def session_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what SSH sessions take over from the notebook's environment.

    The folder of the running Python comes first in ``PATH``, so that ``python`` is the
    notebook's own in an SSH session as well. The notebook's working folder is told beside it.
    """
    taken = allowed_environment(os.environ if environment is None else environment)
    path = taken.get("PATH") or os.defpath
    folder = str(Path(sys.executable).parent)
    found = shutil.which("python", path=path)
    own = Path(folder, "python").exists()
    if own and (found is None or str(Path(found).parent) != folder):
        path = f"{folder}:{path}"
    taken.pop(FOLDER, None)  # a kernel that was started in a session of ours has that one's
    return {**taken, "PATH": path, **allowed_environment(_working_folder())}


def _working_folder() -> dict[str, str]:
    try:
        return {FOLDER: str(Path.cwd())}
    except OSError:
        return {}  # it is not there any more


def _distribution() -> str:
    import platform  # not needed on most machines, and not cheap

    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return ""
