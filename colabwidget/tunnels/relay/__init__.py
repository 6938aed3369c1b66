"""A server of the user's that ssh reaches."""
