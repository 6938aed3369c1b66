"""The processor and the graphics card of this machine, read without starting a program."""

from __future__ import annotations

import os
from pathlib import Path

#: Where NVIDIA's driver describes its cards.
_GPU_FACTS = Path("/proc/driver/nvidia/gpus")


def architecture(machine: str = "") -> str:
    """Return this machine's architecture as Debian calls it.

    Parameters
    ----------
    machine
        Name that the kernel has for it; this machine's unless given.
    """
    machine = machine or os.uname().machine
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


def gpu_model(facts: Path = _GPU_FACTS) -> str:
    """Return the model of the first NVIDIA GPU as its driver names it, or an empty string."""
    return next(iter(gpu_models(facts)), "")


def gpu_models(facts: Path = _GPU_FACTS) -> list[str]:
    """Return the models of all NVIDIA GPUs as their driver names them."""
    models = []
    for information in sorted(facts.glob("*/information")):
        try:
            text = information.read_text(errors="replace")
        except OSError:
            continue
        for line in text.splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "Model":
                models.append(value.strip())
    return models
