"""Files between a page and the folder of a session: what the transfer process does.

The process reads and writes as the session's account, by descriptors below one folder; its modules
are synchronous and need the standard library only.
"""
