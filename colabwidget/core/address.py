"""Where the project is, in a module that imports nothing; scripts/address.py writes it."""

#: Where a fault is reported; empty until the project has an address.
ISSUES = ""
