"""The ways through a notebook's server, one module each."""
