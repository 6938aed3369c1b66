"""Notebooks in a real browser, and what is seen in them."""
