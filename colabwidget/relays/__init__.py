"""What stands between a notebook's server and the backend, and understands nothing of it.

Each is started by its file or by the server, and passes bytes on between a link and a Unix socket.
"""
