"""Files that their makers release on GitHub: Debian packages, and programs of one file."""
