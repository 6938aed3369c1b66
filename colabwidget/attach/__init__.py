"""A name on the user's computer for a machine behind a tunnel: ``ssh NAME``, with a key of its own.

- `string` is what the card shows and a user pastes once; both ends know it;
- `block` writes what ssh reads, `attaching` does all of it and `cli` has the command.

It needs the standard library and `colabwidget.through` only, so that it runs on Windows too.
"""
