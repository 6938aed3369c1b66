"""The far end of SSH through the notebook's own server: it holds sshd's side of each session."""
