"""The operating system: synchronous, with the standard library only."""
