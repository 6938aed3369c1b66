"""Data and rules: no I/O, no threads, no asyncio."""
