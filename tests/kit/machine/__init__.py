"""Machines, accounts and networks that a test has to itself."""
