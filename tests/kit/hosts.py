"""Environments of hosts, and what is found in them."""

from __future__ import annotations

import shutil

HUB = {"JUPYTERHUB_SERVICE_PREFIX": "/user/me/"}
KAGGLE = {"KAGGLE_KERNEL_RUN_TYPE": "Interactive"}


def found_python(environment: dict[str, str]) -> str | None:
    return shutil.which("python", path=environment["PATH"])
