"""Bytes between a page and the backend: terminals and desktops."""
