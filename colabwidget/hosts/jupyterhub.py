"""A server that a JupyterHub has started."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from colabwidget.hosts.base import HostKind


class JupyterHub(HostKind):
    """Any image; a hub can offer Colab's as well."""

    def matches(self, environment: Mapping[str, str], modules: Collection[str]) -> bool:
        """Tell whether a hub has started the notebook's server."""
        return bool(environment.get("JUPYTERHUB_SERVICE_PREFIX"))

    def name(self, environment: Mapping[str, str]) -> str:
        """Return the name."""
        return "JupyterHub"


HOST = JupyterHub()
