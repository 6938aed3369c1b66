"""What machine this is, told without starting a program or asking the network."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# Where Colab and NVIDIA's containers keep what is not on everybody's PATH.
_GPU_FACTS = Path("/proc/driver/nvidia/gpus")

_COLAB_NOTICE = (
    "Colab's terms disallow SSH and remote desktops on runtimes used free of charge, "
    "without compute units. People have lost accounts over it."
)
_COLAB_FAQ = "https://research.google.com/colaboratory/faq.html"

# Names that an SSH session takes over from the notebook. A name is listed only if its value
# can never be a secret: no prefix matches, since COLAB_* and KAGGLE_* hold tokens as well.
SESSION_VARIABLES = (
    "PATH",
    "LD_LIBRARY_PATH",
    "LIBRARY_PATH",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "CONDA_DEFAULT_ENV",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "CUDA_HOME",
    "CUDA_PATH",
    "CUDA_VERSION",
    "CUDA_VISIBLE_DEVICES",
    "CUDA_DEVICE_ORDER",
    "CUDNN_VERSION",
    "NCCL_VERSION",
    "NVIDIA_VISIBLE_DEVICES",
    "NVIDIA_DRIVER_CAPABILITIES",
    "NVIDIA_REQUIRE_CUDA",
    "NVIDIA_PRODUCT_NAME",
    "NV_CUDA_LIB_VERSION",
    "XLA_FLAGS",
    "XRT_TPU_CONFIG",
    "TF_FORCE_GPU_ALLOW_GROWTH",
    "TPU_NAME",
    "TPU_ACCELERATOR_TYPE",
    "TPU_CHIPS_PER_HOST_BOUNDS",
    "TPU_HOST_BOUNDS",
    "TPU_SKIP_MDS_QUERY",
    "TPU_TOPOLOGY",
    "TPU_WORKER_HOSTNAMES",
    "TPU_WORKER_ID",
    "COLAB_GPU",
    "COLAB_TPU_ADDR",
    "COLAB_TPU_1VM",
    "COLAB_RELEASE_TAG",
    "COLAB_BACKEND_VERSION",
    "KAGGLE_KERNEL_RUN_TYPE",
    "KAGGLE_WORKING_DIR",
    "OMP_NUM_THREADS",
)
_VALUE_MAX = 8192


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
    """

    kind: str
    name: str
    gpu: str
    root: bool
    notice: str = ""
    notice_link: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


def detect(environment: Mapping[str, str] | None = None) -> Host:
    """Return what this machine is.

    Colab is known by its ``google.colab`` module or ``COLAB_RELEASE_TAG``, Kaggle by
    ``KAGGLE_KERNEL_RUN_TYPE``, JupyterHub by ``JUPYTERHUB_SERVICE_PREFIX``.
    """
    variables = os.environ if environment is None else environment
    root = os.geteuid() == 0
    gpu = gpu_model()
    if "COLAB_RELEASE_TAG" in variables or "google.colab" in sys.modules:
        return Host("colab", "Google Colab", gpu, root, _COLAB_NOTICE, _COLAB_FAQ)
    if "KAGGLE_KERNEL_RUN_TYPE" in variables:
        return Host("kaggle", "Kaggle", gpu, root)
    if "JUPYTERHUB_SERVICE_PREFIX" in variables:
        return Host("jupyterhub", "JupyterHub", gpu, root)
    return Host("linux", _distribution() or "Linux", gpu, root)


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
    """Return the variables that may reach an SSH session: listed, of sane length, plain text."""
    return {
        name: value
        for name in SESSION_VARIABLES
        if isinstance(value := variables.get(name), str)
        and 0 < len(value) <= _VALUE_MAX
        and value.isprintable()
        and not set(value) & {'"', "\\"}  # sshd_config has no way to write them
    }


def session_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what SSH sessions take over from the notebook's environment.

    The folder of the running Python comes first in ``PATH``, so that ``python`` is the
    notebook's own in an SSH session as well.
    """
    taken = allowed_environment(os.environ if environment is None else environment)
    path = taken.get("PATH", os.defpath)
    folder = str(Path(sys.executable).parent)
    found = shutil.which("python", path=path)
    own = Path(folder, "python").exists()
    if own and (found is None or str(Path(found).parent) != folder):
        path = f"{folder}:{path}"
    taken["PATH"] = path
    return taken


def _distribution() -> str:
    import platform  # not needed on most machines, and not cheap

    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return ""
