"""What the faces do with a session: open it, look at it, end it."""
