"""The environment of the system's own programs, whatever the notebook's is."""

from __future__ import annotations

#: ``PATH`` to where a system has its programs.
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#: All that such a program needs but ``HOME``; it speaks plain English.
PLAIN = {"PATH": SYSTEM_PATH, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
