"""Desktop environments, one folder each."""
