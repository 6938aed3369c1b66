"""RFB, the protocol of VNC: signing in at both ends, what watchers may say, the relay."""
