"""A notebook's page as the bridge: for a server that only a browser's own sign-in opens.

A local program listens on 127.0.0.1. The open page connects to it, signed in as it is, and asks and
opens for it the few places of its server that the ways need; ssh's client speaks to the program as
to the server.
"""
