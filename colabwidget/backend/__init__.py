"""The process that owns a session and all its children."""
