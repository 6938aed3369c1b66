"""SSH through a notebook's own server: the user's end, and what both ends share.

It needs the standard library only and imports nothing of the rest of the package, so that it is a
program by itself as well: `colabwidget.through.program` writes it as one file.

- `frames` and `session` carry bytes without loss over links that come and go;
- `websocket` and `jupyter` reach a notebook's server, `ways` are the links that it offers;
- `pairing` and `handshake` let a client of the session in, and no other;
- `profiles` and `ssh_files` are what a paired computer keeps;
- `client` is the program that ssh starts, `cli` has the commands for people.
"""
