"""Kinds of machine: Colab, Kaggle, JupyterHub, any Linux."""

from __future__ import annotations

from colabwidget.hosts.base import Host, detect

__all__ = ["Host", "detect"]
