"""The address of this machine itself."""
