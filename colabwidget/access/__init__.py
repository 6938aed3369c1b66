"""What lets a client in: the account, the private sshd, keys, and what a session finds."""
