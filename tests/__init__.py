"""The suites, and what they share: `tests.kit`, and `tests.doubles` for what cannot be had here."""
