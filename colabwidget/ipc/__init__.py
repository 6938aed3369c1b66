"""The backend's Unix socket: what travels on it, and the client's end."""
