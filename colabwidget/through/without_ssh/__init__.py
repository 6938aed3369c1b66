"""A shell and files where there is no sshd; not in the file that ssh starts."""
