"""XFCE: https://www.xfce.org."""
