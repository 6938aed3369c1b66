"""Shells and desktops for the pages of a notebook: raw bytes over a Unix socket of their own."""
